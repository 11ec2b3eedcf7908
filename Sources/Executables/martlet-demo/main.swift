import ArgumentParser

MartletDemo.main()
