import Glibc

/// The bytes of a configuration file and the name that errors call it by.
package struct ConfigurationFile: Equatable, Sendable {
    package let name: String
    package let bytes: [UInt8]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Reads the whole file, up to one byte more than a configuration may have.
    package static func read(_ path: String) throws(ConfigurationErrors) -> ConfigurationFile {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= ConfigurationLimits.fileBytes {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { break }
            if count > 0 {
                bytes.append(contentsOf: chunk[..<count])
            } else if errno != EINTR {
                throw unreadable(path, errno)
            }
        }
        return ConfigurationFile(name: path, bytes: bytes)
    }

    private static func unreadable(_ path: String, _ code: Int32) -> ConfigurationErrors {
        let reason = unsafe String(cString: strerror(code))
        return ConfigurationErrors([
            ConfigurationIssue(origin: .file(name: path, mark: nil), keyPath: "", problem: .unreadable(reason))
        ])
    }
}

/// A flag as the command line gave it, its value not yet read.
package struct GivenFlag: Equatable, Sendable {
    /// Without dashes.
    package let name: String
    package let value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
