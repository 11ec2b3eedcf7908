import Configuration

CollectorCommand.runAsProgram()
