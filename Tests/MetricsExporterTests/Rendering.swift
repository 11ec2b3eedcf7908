@testable import MetricsExporter

extension Registry {
    /// The lines of the text exposition that belong to `name`, without the registry's own metrics.
    func lines(_ name: String, _ format: ExpositionFormat = .text) -> [String] {
        string(format).split(separator: "\n").map(String.init).filter { line in
            let body =
                line.hasPrefix("# ") ? line.split(separator: " ", maxSplits: 2).last.map(String.init) ?? "" : line
            return body.hasPrefix(name)
        }
    }

    func string(_ format: ExpositionFormat = .text) -> String { String(decoding: body(format), as: UTF8.self) }
}

extension String {
    init(appending body: (inout [UInt8]) -> Void) {
        var bytes: [UInt8] = []
        body(&bytes)
        self.init(decoding: bytes, as: UTF8.self)
    }
}
