import CommandLine

MartletCommand.main()
