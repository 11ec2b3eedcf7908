internal import Glibc

/// A file with keys or certificates, read and written whole.
package enum StoredFile {
    package enum Content: Sendable {
        /// Or another secret. Written for its owner only; not read when others could read it, or its group write it.
        case privateKey
        /// Written for everyone.
        case certificates

        fileprivate var mode: mode_t { self == .privateKey ? 0o600 : 0o644 }
        fileprivate var forbiddenMode: mode_t { self == .privateKey ? 0o027 : 0 }
    }

    package static func read(_ content: Content, from path: String) throws(IdentityError) -> [UInt8] {
        let number = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard number >= 0 else { throw failed("cannot be read", path) }
        defer { close(number) }
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw failed("cannot be read", path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw IdentityError(path, "is not a file") }
        guard status.st_mode & content.forbiddenMode == 0 else {
            let mode = String(status.st_mode & 0o7777, radix: 8)
            throw IdentityError(path, "has mode 0\(mode), a secret may have 0640 at most; run: chmod 0600 \(path)")
        }
        return try bytes(of: number, path)
    }

    private static func bytes(of number: Int32, _ path: String) throws(IdentityError) -> [UInt8] {
        // One more than allowed tells a file that is too large, even while it grows.
        var bytes = [UInt8](repeating: 0, count: Limits.pemBytesMax + 1)
        var count = 0
        while count < bytes.count {
            let step = unsafe bytes.withUnsafeMutableBytes { room in
                unsafe Glibc.read(number, room.baseAddress?.advanced(by: count), room.count - count)
            }
            if step < 0, errno == EINTR { continue }
            guard step >= 0 else { throw failed("cannot be read", path) }
            guard step > 0 else { break }
            count += step
        }
        guard count <= Limits.pemBytesMax else { throw IdentityError(path, PEMError.tooLarge.description) }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    /// Makes `path` have `bytes`, whole or not at all: whoever reads it sees the old file or the new one.
    /// - Parameter replaces: whether a file that is there may go; without, it is refused, even if it appears meanwhile.
    package static func write(
        _ content: Content, _ bytes: [UInt8], to path: String, replaces: Bool
    ) throws(IdentityError) {
        let temporary = "\(path).\(String(UInt64.random(in: .min ... .max), radix: 16)).new"
        let number = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, content.mode)
        guard number >= 0 else { throw failed("cannot be written", path) }
        defer { unsafe unlink(temporary) }
        let isWritten = writeAll(bytes, to: number) && fchmod(number, content.mode) == 0 && fsync(number) == 0
        let code = errno
        close(number)
        errno = code
        guard isWritten else { throw failed("cannot be written", path) }
        // `link` refuses what is there in the same step in which it would make it.
        guard unsafe (replaces ? rename(temporary, path) : link(temporary, path)) == 0 else {
            guard errno == EEXIST else { throw failed("cannot be written", path) }
            throw IdentityError(path, "exists; --force replaces it")
        }
        syncDirectory(of: path)
    }

    private static func writeAll(_ bytes: [UInt8], to number: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let step = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(number, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if step < 0, errno == EINTR { continue }
            guard step > 0 else { return false }
            written += step
        }
        return true
    }

    /// Makes the new name survive a crash. A file system that cannot do so has the file all the same.
    static func syncDirectory(of path: String) {
        let end = path.lastIndex(of: "/")
        let directory = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let number = unsafe open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { return }
        fsync(number)
        close(number)
    }

    private static func failed(_ problem: String, _ path: String) -> IdentityError {
        IdentityError(path, "\(problem): \(unsafe String(cString: strerror(errno)))")
    }
}
