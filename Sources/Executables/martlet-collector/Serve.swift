import ArgumentParser
import Configuration

/// Serves until a signal ends it.
func serve(_ settings: CollectorSettings) throws {
    print("not yet")
    throw ExitCode.failure
}
