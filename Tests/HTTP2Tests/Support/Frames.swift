import Foundation

/// One frame as a value: written by tests that play a peer, and read from what a session sent.
struct Frame: Equatable, CustomStringConvertible {
    var kind: UInt8
    var flags: UInt8 = 0
    var stream: UInt32 = 0
    var payload: [UInt8] = []

    static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    var bytes: [UInt8] {
        let count = payload.count
        return [UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF), kind, flags]
            + stream.bigEndianBytes
            + payload
    }

    static func data(_ stream: UInt32, _ payload: [UInt8] = [], ends: Bool = false) -> Frame {
        Frame(kind: 0, flags: ends ? 1 : 0, stream: stream, payload: payload)
    }

    static func headers(_ stream: UInt32, _ block: [UInt8], ends: Bool = true, isWhole: Bool = true) -> Frame {
        Frame(kind: 1, flags: (ends ? 1 : 0) | (isWhole ? 4 : 0), stream: stream, payload: block)
    }

    static func headers(_ stream: UInt32, _ fields: [String], ends: Bool = true) -> Frame {
        headers(stream, HPACK.block(fields), ends: ends)
    }

    /// `GET /` for host `a`.
    static func get(_ stream: UInt32, _ more: String..., ends: Bool = true) -> Frame {
        headers(stream, [":method: GET", ":scheme: http", ":path: /", ":authority: a"] + more, ends: ends)
    }

    static func priority(_ stream: UInt32, dependsOn other: UInt32) -> Frame {
        Frame(kind: 2, stream: stream, payload: other.bigEndianBytes + [15])
    }

    static func reset(_ stream: UInt32, _ code: UInt32 = 8) -> Frame {
        Frame(kind: 3, stream: stream, payload: code.bigEndianBytes)
    }

    static func settings(_ entries: (UInt16, UInt32)...) -> Frame {
        Frame(kind: 4, payload: entries.flatMap { [UInt8($0.0 >> 8), UInt8($0.0 & 0xFF)] + $0.1.bigEndianBytes })
    }

    static let settingsAcknowledgement = Frame(kind: 4, flags: 1)

    static func ping(_ payload: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8], isAcknowledgement: Bool = false) -> Frame {
        Frame(kind: 6, flags: isAcknowledgement ? 1 : 0, payload: payload)
    }

    static func goAway(last: UInt32, _ code: UInt32 = 0) -> Frame {
        Frame(kind: 7, payload: last.bigEndianBytes + code.bigEndianBytes)
    }

    static func windowUpdate(_ stream: UInt32, _ increment: UInt32) -> Frame {
        Frame(kind: 8, stream: stream, payload: increment.bigEndianBytes)
    }

    static func continuation(_ stream: UInt32, _ block: [UInt8], isWhole: Bool) -> Frame {
        Frame(kind: 9, flags: isWhole ? 4 : 0, stream: stream, payload: block)
    }

    /// The frames in what a session sent; a client's preface is left out.
    static func all(in bytes: [UInt8]) -> [Frame] {
        var frames: [Frame] = []
        var offset = bytes.starts(with: preface) ? preface.count : 0
        while offset + 9 <= bytes.count {
            let length = Int(bytes[offset]) << 16 | Int(bytes[offset + 1]) << 8 | Int(bytes[offset + 2])
            guard offset + 9 + length <= bytes.count else { break }
            frames.append(
                Frame(
                    kind: bytes[offset + 3], flags: bytes[offset + 4],
                    stream: UInt32(bigEndianBytes: bytes[offset + 5..<offset + 9]) & 0x7FFF_FFFF,
                    payload: Array(bytes[offset + 9..<offset + 9 + length])))
            offset += 9 + length
        }
        return frames
    }

    /// Of RST_STREAM; of GOAWAY the second word.
    var code: UInt32? {
        switch kind {
        case 3: UInt32(bigEndianBytes: payload[0..<4])
        case 7: UInt32(bigEndianBytes: payload[4..<8])
        default: nil
        }
    }

    var description: String {
        let names = [
            "DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE",
            "CONTINUATION",
        ]
        let name = Int(kind) < names.count ? names[Int(kind)] : "\(kind)"
        return "\(name)(\(stream), flags \(flags), \(payload.count) bytes\(code.map { ", code \($0)" } ?? ""))"
    }
}

extension UInt32 {
    var bigEndianBytes: [UInt8] {
        [UInt8(self >> 24), UInt8(self >> 16 & 0xFF), UInt8(self >> 8 & 0xFF), UInt8(self & 0xFF)]
    }

    init(bigEndianBytes bytes: ArraySlice<UInt8>) { self = bytes.reduce(0) { $0 << 8 | UInt32($1) } }
}

/// The simplest encoder: literals, no Huffman, no table (RFC 7541 §6.2.2).
enum HPACK {
    /// Each field as `name: value`; the first colon behind the first byte parts them.
    static func block(_ fields: [String]) -> [UInt8] {
        fields.flatMap { field -> [UInt8] in
            let parts = field.dropFirst().split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? String(parts[1].dropFirst()) : ""
            return literal(name: (String(field.prefix(1)) + String(parts[0])).latin1, value: value.latin1)
        }
    }

    static func literal(name: [UInt8], value: [UInt8], neverIndexed: Bool = false) -> [UInt8] {
        [neverIndexed ? 0x10 : 0x00] + string(name) + string(value)
    }

    /// Puts the field into the peer's table, where the newest has index 62.
    static func indexedLiteral(name: [UInt8], value: [UInt8]) -> [UInt8] { [0x40] + string(name) + string(value) }

    static func string(_ bytes: [UInt8]) -> [UInt8] { integer(bytes.count, prefix: 7) + bytes }

    static func integer(_ value: Int, prefix: Int) -> [UInt8] {
        let limit = 1 << prefix - 1
        guard value >= limit else { return [UInt8(value)] }
        var result = [UInt8(limit)]
        var rest = value - limit
        while rest >= 128 {
            result.append(UInt8(rest & 0x7F | 0x80))
            rest >>= 7
        }
        return result + [UInt8(rest)]
    }
}

extension String {
    /// The scalars below 256 as bytes.
    var latin1: [UInt8] { unicodeScalars.map { UInt8($0.value) } }
}

extension [UInt8] {
    var text: String { String(String.UnicodeScalarView(map { Unicode.Scalar($0) })) }
}
