import Bytes

/// A valid tracestate list (W3C Trace Context level 2 §3.3), kept as it came: order, spacing and duplicates.
///
/// A list that breaks the grammar or has more members than allowed is dropped whole and reads as empty; it never
/// affects the traceparent. A valid list that is too long to send on loses whole members.
public struct TraceState: Hashable, Sendable {
    /// ASCII; empty when there is none.
    public let text: String

    public static let empty = TraceState(unchecked: "")

    public var isEmpty: Bool { text.isEmpty }

    private init(unchecked text: String) { self.text = text }

    /// - Parameter list: the values of all tracestate lines in their order, joined by commas.
    public init(_ list: borrowing RawSpan) {
        var members: [Range<Int>] = []
        guard list.byteCount > 0, list.byteCount <= TracingLimits.traceStateReceivedBytes,
            Self.split(list, into: &members), !members.isEmpty
        else {
            self = .empty
            return
        }
        let whole = list.trimmedRange(0..<list.byteCount)
        if whole.count <= TracingLimits.traceStateBytes {
            text = list.text(of: whole)
        } else {
            Self.shorten(&members)
            text = members.map { list.text(of: $0) }.joined(separator: ",")
        }
    }

    /// Finds the members without the whitespace around them; `false` when the list is invalid. Empty members are legal
    /// and not counted.
    private static func split(_ list: borrowing RawSpan, into members: inout [Range<Int>]) -> Bool {
        var start = 0
        while start <= list.byteCount {
            var end = start
            while end < list.byteCount, list[end] != UInt8(ascii: ",") { end += 1 }
            let member = list.trimmedRange(start..<end)
            if !member.isEmpty {
                guard members.count < TracingLimits.traceStateMembers, list.isMember(member) else { return false }
                members.append(member)
            }
            start = end + 1
        }
        return true
    }

    /// Drops whole members until the list fits: the long ones first, then from the right (§3.3.1.5).
    private static func shorten(_ members: inout [Range<Int>]) {
        var byteCount = members.reduce(members.count - 1) { $0 + $1.count }
        for index in members.indices.reversed() where byteCount > TracingLimits.traceStateBytes {
            guard members[index].count > TracingLimits.traceStateLongMemberBytes else { continue }
            byteCount -= members[index].count + 1
            members.remove(at: index)
        }
        while byteCount > TracingLimits.traceStateBytes, let last = members.popLast() { byteCount -= last.count + 1 }
    }
}

extension RawSpan {
    fileprivate func text(of range: Range<Int>) -> String {
        String(decoding: range.map { self[$0] }, as: UTF8.self)
    }

    /// `key=value` by the grammar of §3.3.1.3.
    fileprivate func isMember(_ range: Range<Int>) -> Bool {
        var position = range.lowerBound
        while position < range.upperBound, self[position].isTraceStateKeyByte { position += 1 }
        let keyLength = position - range.lowerBound
        guard (1...256).contains(keyLength), self[range.lowerBound].isTraceStateKeyStart,
            position < range.upperBound, self[position] == UInt8(ascii: "=")
        else { return false }
        let value = (position + 1)..<range.upperBound
        guard (1...256).contains(value.count), self[value.upperBound - 1] != 0x20 else { return false }
        for index in value where !self[index].isTraceStateValueByte { return false }
        return true
    }
}

extension UInt8 {
    fileprivate var isTraceStateKeyStart: Bool { (0x61...0x7A).contains(self) || (0x30...0x39).contains(self) }

    fileprivate var isTraceStateKeyByte: Bool {
        isTraceStateKeyStart || self == UInt8(ascii: "_") || self == UInt8(ascii: "-") || self == UInt8(ascii: "*")
            || self == UInt8(ascii: "/") || self == UInt8(ascii: "@")
    }

    fileprivate var isTraceStateValueByte: Bool {
        (0x20...0x7E).contains(self) && self != UInt8(ascii: ",") && self != UInt8(ascii: "=")
    }
}
