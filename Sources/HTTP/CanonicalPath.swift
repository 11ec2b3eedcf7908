import Bytes

/// What in a path two servers could read in two ways. A rule that decides by path must look at the canonical form,
/// and the same form must be forwarded, or the request be refused.
public struct PathHazards: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// `.` or `..` as a segment, plain or escaped.
    public static let dotSegment = PathHazards(rawValue: 1)
    /// `//`.
    public static let emptySegment = PathHazards(rawValue: 2)
    /// `%2F` or `%5C`: one segment or two?
    public static let escapedSlash = PathHazards(rawValue: 4)
    /// An escape of a character that needs none, such as `%41`.
    public static let needlessEscape = PathHazards(rawValue: 8)
    /// `%` without two hexadecimal digits behind it.
    public static let malformedEscape = PathHazards(rawValue: 16)
}

/// The normal form of a path (RFC 3986 §6.2.2): unreserved characters unescaped, escapes in capitals, dot segments
/// removed, a stray `%` escaped. `//` and `%2F` stay, because they may mean something. It is its own normal form.
public enum CanonicalPath {
    /// False when `write` would not change `path`: it holds no escape and no segment that begins with a dot.
    public static func mayDiffer(from path: RawSpan) -> Bool {
        var previous: UInt8 = 0
        for offset in 0..<path.byteCount {
            let byte = path[offset]
            if byte == UInt8(ascii: "%") || byte == UInt8(ascii: ".") && previous == UInt8(ascii: "/") { return true }
            previous = byte
        }
        return false
    }

    /// - Parameters:
    ///   - path: of a request target, without its query; begins with `/`.
    ///   - output: replaced by the canonical form.
    public static func write(_ path: RawSpan, into output: inout [UInt8]) -> PathHazards {
        output.removeAll(keepingCapacity: true)
        var hazards = PathHazards()
        var offset = 0
        while offset < path.byteCount {
            // Each round takes one `/` with the segment behind it.
            let segmentStart = output.count
            if path[offset] == UInt8(ascii: "/") {
                output.append(UInt8(ascii: "/"))
                offset += 1
            }
            let textStart = output.count
            while offset < path.byteCount, path[offset] != UInt8(ascii: "/") {
                if path[offset] == UInt8(ascii: "%") {
                    offset += appendEscape(path, offset, &output, &hazards)
                } else {
                    output.append(path[offset])
                    offset += 1
                }
            }
            let isLast = offset == path.byteCount
            if output.count == textStart && !isLast { hazards.insert(.emptySegment) }
            removeDots(&output, segmentStart, textStart, isLast, &hazards)
        }
        return hazards
    }

    /// RFC 3986 §5.2.4 for the segment that was just written.
    private static func removeDots(
        _ output: inout [UInt8], _ segmentStart: Int, _ textStart: Int, _ isLast: Bool, _ hazards: inout PathHazards
    ) {
        let dots = output.count - textStart
        guard dots == 1 || dots == 2, output[textStart...].allSatisfy({ $0 == UInt8(ascii: ".") }) else { return }
        hazards.insert(.dotSegment)
        output.removeSubrange(segmentStart...)
        if dots == 2, let parent = output.lastIndex(of: UInt8(ascii: "/")) { output.removeSubrange(parent...) }
        if isLast { output.append(UInt8(ascii: "/")) }
    }

    /// - Returns: the bytes read.
    private static func appendEscape(
        _ path: RawSpan, _ offset: Int, _ output: inout [UInt8], _ hazards: inout PathHazards
    ) -> Int {
        guard offset + 2 < path.byteCount, let high = ByteClass.hexValue(path[offset + 1]),
            let low = ByteClass.hexValue(path[offset + 2])
        else {
            // Left bare it could form an escape with what is unescaped behind it: `%b%41` would become `%bA`.
            hazards.insert(.malformedEscape)
            output.append(contentsOf: [UInt8(ascii: "%"), UInt8(ascii: "2"), UInt8(ascii: "5")])
            return 1
        }
        let byte = high << 4 | low
        if byte == UInt8(ascii: "/") || byte == UInt8(ascii: "\\") { hazards.insert(.escapedSlash) }
        if ByteClass.isHost(byte) {
            hazards.insert(.needlessEscape)
            output.append(byte)
        } else {
            output.append(UInt8(ascii: "%"))
            for digit in [high, low] { output.append(digit < 10 ? digit + 0x30 : digit + 0x37) }
        }
        return 3
    }
}
