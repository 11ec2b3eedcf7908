import Glibc

/// Writes a bundle below a directory, making directories as needed.
package struct BundleWriter {
    private let directory: String

    package init(directory: String) { self.directory = directory }

    /// Each file replaces its predecessor at once, so that a Prometheus or Grafana that watches the directory never
    /// reads half a file.
    package func write(_ files: [BundleFile]) throws(BundleWriterError) {
        for file in files {
            try makeParents(of: "\(directory)/\(file.path)")
            try replace("\(directory)/\(file.path)", with: file.contents)
        }
    }

    private func makeParents(of path: String) throws(BundleWriterError) {
        var end = path.startIndex
        while let slash = path[end...].dropFirst().firstIndex(of: "/") {
            let parent = String(path[..<slash])
            end = slash
            if unsafe mkdir(parent, 0o755) != 0, errno != EEXIST {
                throw BundleWriterError(action: .makeDirectory, path: parent, code: errno)
            }
        }
    }

    private func replace(_ path: String, with contents: String) throws(BundleWriterError) {
        let draft = path + ".draft"
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw BundleWriterError(action: .writeFile, path: path, code: errno) }
        let failure = Self.writeAll(Array(contents.utf8), to: descriptor)
        let closed = close(descriptor)
        guard failure == 0, closed == 0, unsafe rename(draft, path) == 0 else {
            let code = failure == 0 ? errno : failure
            _ = unsafe unlink(draft)
            throw BundleWriterError(action: .writeFile, path: path, code: code)
        }
    }

    /// - Returns: 0, or the error number.
    private static func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> CInt {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if written == 0 || errno != EINTR {
                return written == 0 ? EIO : errno
            }
        }
        return 0
    }
}

/// Why a bundle could not be written, in one line.
package struct BundleWriterError: Error, Equatable, CustomStringConvertible {
    package enum Action: String, Sendable {
        case makeDirectory = "make directory"
        case writeFile = "write"
    }

    package let action: Action
    package let path: String
    /// `errno`.
    package let code: CInt

    package var description: String {
        let reason = unsafe String(cString: strerror(code))
        return "cannot \(action.rawValue) \(path): \(reason); choose a directory that you may write to"
    }
}
