import ArgumentParser

_ = CollectorOptions.parseOrExit()
print("not yet")
