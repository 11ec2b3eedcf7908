import Configuration

ProxyOptions.runAsProgram()
