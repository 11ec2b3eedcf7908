import Glibc

/// Directories of a measurement.
package enum Files {
    /// Bytes of all files below a directory, by their sizes.
    package static func bytes(below directory: String) throws(BenchError) -> Int {
        var total = 0
        for path in try entries(of: directory) {
            var status = stat()
            guard unsafe lstat(path, &status) == 0 else { throw failure("examine", path) }
            total += status.st_mode & S_IFMT == S_IFDIR ? try bytes(below: path) : Int(status.st_size)
        }
        return total
    }

    package static func remove(_ directory: String) throws(BenchError) {
        for path in try entries(of: directory) {
            var status = stat()
            guard unsafe lstat(path, &status) == 0 else { throw failure("examine", path) }
            if status.st_mode & S_IFMT == S_IFDIR {
                try remove(path)
            } else {
                guard unsafe unlink(path) == 0 else { throw failure("delete", path) }
            }
        }
        guard unsafe rmdir(directory) == 0 else { throw failure("delete", directory) }
    }

    /// Makes a directory of a new name.
    package static func makeTemporaryDirectory() throws(BenchError) -> String {
        let base = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? "/tmp"
        var template = Array((base + "/collector-bench-XXXXXX").utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw failure("make a directory in", base) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func entries(of directory: String) throws(BenchError) -> [String] {
        guard let stream = unsafe opendir(directory) else { throw failure("read", directory) }
        defer { unsafe closedir(stream) }
        var paths: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { paths.append(directory + "/" + name) }
        }
        return paths
    }

    private static func failure(_ action: String, _ path: String) -> BenchError {
        BenchError("cannot \(action) \(path): \(unsafe String(cString: strerror(errno)))")
    }
}
