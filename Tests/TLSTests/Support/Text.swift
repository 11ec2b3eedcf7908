extension Substring {
    func trimming(while isTrimmed: (Character) -> Bool) -> String {
        String(drop(while: isTrimmed))
    }
}

extension [String] {
    /// The line after the one that is `line`.
    func follow(_ line: String) -> String? {
        firstIndex(of: line).flatMap { $0 + 1 < count ? self[$0 + 1] : nil }
    }
}
