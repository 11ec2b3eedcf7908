import Glibc

/// The few files of `/proc` that tell about this process.
enum ProcFile {
    /// The whole of a small file; nil when it cannot be read. `/proc` answers with what fits, so one read suffices.
    static func contents(_ path: String) -> [UInt8]? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let largest = 16 * 1024
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: largest) { buffer, filled in
            filled = max(0, unsafe read(descriptor, buffer.baseAddress, buffer.count))
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// Since Linux 6.2 the size of `/proc/self/fd` is the number of descriptors; before, its entries are counted.
    static func openDescriptors() -> Int? {
        var status = stat()
        if unsafe stat("/proc/self/fd", &status) == 0, status.st_size > 0 { return status.st_size }
        guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(directory) }
        var entries = 0
        while let entry = unsafe readdir(directory) {
            if unsafe entry.pointee.d_type != UInt8(DT_DIR) { entries += 1 }
        }
        // One of them is this directory, open only for the count.
        return entries - 1
    }
}

/// What `/proc/self/stat` (proc(5)) tells; the fields that the process metrics show.
struct ProcessStatistics: Equatable {
    var userTicks: UInt64
    var systemTicks: UInt64
    var threads: UInt64
    /// Ticks after the machine started.
    var startTicks: UInt64
    var virtualBytes: UInt64
    var residentPages: UInt64

    init?(_ bytes: [UInt8]) {
        // The second field is the command in parentheses and may itself hold spaces and parentheses.
        guard let commandEnd = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = bytes[(commandEnd + 1)...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        // proc(5) counts from 1 and these begin with field 3.
        func field(_ number: Int) -> UInt64? {
            guard number - 3 < fields.count else { return nil }
            return UInt64(String(decoding: fields[number - 3], as: UTF8.self))
        }
        guard let user = field(14), let system = field(15), let threads = field(20), let start = field(22),
            let virtual = field(23), let resident = field(24)
        else { return nil }
        userTicks = user
        systemTicks = system
        self.threads = threads
        startTicks = start
        virtualBytes = virtual
        residentPages = resident
    }

    /// The `btime` line of `/proc/stat`: when the machine started, seconds since 1970.
    static func bootTime(_ bytes: [UInt8]) -> UInt64? {
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: "btime ".utf8) {
            return UInt64(String(decoding: line.dropFirst("btime ".utf8.count), as: UTF8.self))
        }
        return nil
    }
}
