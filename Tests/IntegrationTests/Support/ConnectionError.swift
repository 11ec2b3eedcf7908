/// A peer that did not do what the test needed.
struct ConnectionError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

extension [UInt8] {
    /// The index after the first occurrence of `mark`.
    func firstEnd(of mark: [UInt8]) -> Int? {
        guard count >= mark.count else { return nil }
        for start in 0...(count - mark.count) where self[start] == mark[0] {
            if self[start..<(start + mark.count)].elementsEqual(mark) { return start + mark.count }
        }
        return nil
    }

    /// The first bytes, readable, for messages.
    var excerpt: String {
        let text = String(decoding: prefix(400), as: UTF8.self).debugDescription
        return count > 400 ? "\(text)… (\(count) bytes)" : text
    }
}
