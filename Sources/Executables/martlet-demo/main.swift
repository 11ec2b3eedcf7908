import Configuration

MartletDemo.runAsProgram()
