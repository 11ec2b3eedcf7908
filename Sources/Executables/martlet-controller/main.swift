import Configuration

ControllerCommand.runAsProgram()
