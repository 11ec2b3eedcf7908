import ArgumentParser

CollectorCommand.main()
