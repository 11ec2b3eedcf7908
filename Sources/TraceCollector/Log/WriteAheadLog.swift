import Glibc

/// Export requests on disk from before they are acknowledged until their traces are in the store.
///
/// Numbered segment files; a request is one `write` of one record, so what was acknowledged survives `kill -9`, and
/// `unsynced` hands the files to whoever calls `fdatasync`, so that the machine's death costs at most that interval.
/// Belongs to one thread at a time.
package struct WriteAheadLog: ~Copyable {
    private let directory: String
    private let segmentLimit: Int
    private var current: OpenSegment
    /// Sealed segments by number, with their sizes.
    private var sealed: [(number: UInt64, bytes: Int)]
    /// Segments that another process left: they are replayed and then deleted like any other.
    package let leftOver: [UInt64]
    private var hasUnsyncedBytes = false
    private var retired: [Int32] = []

    private struct OpenSegment {
        var number: UInt64
        var descriptor: Int32
        var bytes: Int
    }

    /// - Parameter segmentLimit: bytes after which the next segment begins.
    package init(directory: String, segmentLimit: Int = 64 << 20) throws(LogError) {
        if unsafe mkdir(directory, 0o755) != 0, errno != EEXIST { throw LogError("make the directory", directory) }
        let found = try Self.segments(in: directory)
        let number = (found.last?.number ?? 0) + 1
        let descriptor = try Self.create(directory, number)
        self.directory = directory
        self.segmentLimit = segmentLimit
        leftOver = found.map(\.number)
        sealed = found
        current = OpenSegment(number: number, descriptor: descriptor, bytes: 0)
    }

    deinit {
        close(current.descriptor)
        for descriptor in retired { close(descriptor) }
    }

    /// The segment that the next record goes to.
    package var currentSegment: UInt64 { current.number }
    /// Bytes of all segments.
    package var byteCount: Int { sealed.reduce(current.bytes) { $0 + $1.bytes } }

    /// Writes one request. When this returns, the death of the process cannot lose it.
    ///
    /// - Returns: the number of the segment that holds it.
    package mutating func append(_ body: [UInt8], isGzipped: Bool) throws(LogError) -> UInt64 {
        if current.bytes >= segmentLimit { try roll() }
        let header = LogRecord.header(isGzipped ? .gzip : .identity, body)
        try write(header, body)
        current.bytes += header.count + body.count
        hasUnsyncedBytes = true
        return current.number
    }

    /// Descriptors to `fdatasync`, and those of them to close after; the caller does both, on any thread.
    package mutating func takeUnsynced() -> (sync: [Int32], close: [Int32]) {
        guard hasUnsyncedBytes || !retired.isEmpty else { return ([], []) }
        hasUnsyncedBytes = false
        // A duplicate, because the segment may be sealed and closed while the other thread still syncs.
        let copy = dup(current.descriptor)
        let owned = retired + (copy >= 0 ? [copy] : [])
        retired = []
        return (owned, owned)
    }

    /// Deletes the segments below `number`. - Returns: how many.
    @discardableResult
    package mutating func delete(below number: UInt64) -> Int {
        let doomed = sealed.filter { $0.number < number }
        for segment in doomed { unsafe unlink(Self.path(directory, segment.number)) }
        sealed.removeAll { $0.number < number }
        return doomed.count
    }

    /// Seals the current segment, so that everything in it can be deleted once it is stored.
    package mutating func roll() throws(LogError) {
        let next = current.number + 1
        let descriptor = try Self.create(directory, next)
        sealed.append((current.number, current.bytes))
        retired.append(current.descriptor)
        current = OpenSegment(number: next, descriptor: descriptor, bytes: 0)
    }

    /// Begins a new segment if the current one holds anything. When that fails the current one stays, which costs disk
    /// and nothing else.
    mutating func sealIfUsed() {
        guard current.bytes > 0 else { return }
        do {
            try roll()
        } catch {}
    }

    /// The acknowledged requests of a left-over segment, in order.
    package func read(segment number: UInt64) throws(LogError) -> [(isGzipped: Bool, body: [UInt8])] {
        let bytes = try Self.contents(Self.path(directory, number))
        var records: [(isGzipped: Bool, body: [UInt8])] = []
        var offset = 0
        while let record = LogRecord.read(bytes, at: offset) {
            records.append((record.encoding == .gzip, Array(record.body)))
            offset += LogRecord.headerBytes + record.body.count
        }
        return records
    }

    private mutating func write(_ header: [UInt8], _ body: [UInt8]) throws(LogError) {
        let total = header.count + body.count
        let written = unsafe header.withUnsafeBytes { header in
            unsafe body.withUnsafeBytes { body in
                var parts = unsafe [
                    iovec(iov_base: UnsafeMutableRawPointer(mutating: header.baseAddress), iov_len: header.count),
                    iovec(iov_base: UnsafeMutableRawPointer(mutating: body.baseAddress), iov_len: body.count),
                ]
                return unsafe writev(current.descriptor, &parts, 2)
            }
        }
        guard written != total else { return }
        let code = written < 0 ? errno : ENOSPC
        // Half a record would end the replay early and hide what follows.
        ftruncate(current.descriptor, off_t(current.bytes))
        lseek(current.descriptor, off_t(current.bytes), SEEK_SET)
        throw LogError("write to", Self.path(directory, current.number), code: code)
    }

    private static func path(_ directory: String, _ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return directory + "/" + prefix + String(repeating: "0", count: 16 - digits.count) + digits + suffix
    }

    private static let prefix = "requests-"
    private static let suffix = ".log"

    private static func create(_ directory: String, _ number: UInt64) throws(LogError) -> Int32 {
        let path = path(directory, number)
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw LogError("create", path) }
        return descriptor
    }

    private static func segments(in directory: String) throws(LogError) -> [(number: UInt64, bytes: Int)] {
        guard let stream = unsafe opendir(directory) else { throw LogError("read the directory", directory) }
        defer { unsafe closedir(stream) }
        var found: [(number: UInt64, bytes: Int)] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { continue }
            let digits = name.dropFirst(prefix.count).dropLast(suffix.count)
            guard digits.count == 16, let number = UInt64(digits, radix: 16) else { continue }
            var status = stat()
            guard unsafe stat(path(directory, number), &status) == 0 else { continue }
            found.append((number, Int(status.st_size)))
        }
        return found.sorted { $0.number < $1.number }
    }

    private static func contents(_ path: String) throws(LogError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LogError("open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw LogError("examine", path) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress! + filled, $0.count - filled)
            }
            guard count > 0 else { break }
            filled += count
        }
        bytes.removeLast(bytes.count - filled)
        return bytes
    }
}
