import Bytes

/// The nine bytes before every frame (RFC 9113 §4.1).
struct FrameHeader: Equatable, Sendable {
    enum Kind {
        static let data: UInt8 = 0
        static let headers: UInt8 = 1
        static let priority: UInt8 = 2
        static let resetStream: UInt8 = 3
        static let settings: UInt8 = 4
        static let pushPromise: UInt8 = 5
        static let ping: UInt8 = 6
        static let goAway: UInt8 = 7
        static let windowUpdate: UInt8 = 8
        static let continuation: UInt8 = 9
        static let priorityUpdate: UInt8 = 0x10
    }

    enum Flag {
        static let endStream: UInt8 = 0x1
        static let acknowledgement: UInt8 = 0x1
        static let endHeaders: UInt8 = 0x4
    }

    static let byteCount = 9

    var length = 0
    var kind: UInt8 = 0
    var flags: UInt8 = 0
    var stream: UInt32 = 0
}

extension FrameHeader {
    /// Precondition: all of it stands at `offset`.
    init(_ bytes: RawSpan, at offset: Int) {
        // The first eight bytes as they are on the wire: length (24), kind, flags, and the first three of the stream's four.
        let word = bytes.word(at: offset).byteSwapped
        length = Int(truncatingIfNeeded: word &>> 40)
        kind = UInt8(truncatingIfNeeded: word &>> 32)
        flags = UInt8(truncatingIfNeeded: word &>> 24)
        stream = (UInt32(truncatingIfNeeded: word) & 0x7F_FFFF) &<< 8 | UInt32(bytes[offset &+ 8])
    }
}

/// Follows the frames in the bytes that go to nghttp2, so that floods are judged before they cost anything, and so that
/// the bytes can be handed over frame by frame. It only counts; what a frame means is nghttp2's.
struct FrameScanner: Sendable {
    struct Step {
        /// Where this piece ends: behind a frame, or where the bytes do.
        var end: Int
        /// Of the frame whose header became complete in this piece.
        var header: FrameHeader?
        var isFrameEnd: Bool
    }

    private var prefaceLeft: Int
    private var headerBytes = 0
    private var current = FrameHeader()
    private var payloadLeft = 0

    /// - Parameter prefaceBytes: of the client's connection preface, which stands before the first frame.
    init(prefaceBytes: Int) { prefaceLeft = prefaceBytes }

    mutating func next(_ bytes: RawSpan, from start: Int) -> Step {
        var offset = start
        if prefaceLeft > 0 {
            let taken = min(prefaceLeft, bytes.byteCount - offset)
            prefaceLeft -= taken
            return Step(end: offset + taken, header: nil, isFrameEnd: false)
        }
        var complete: FrameHeader?
        if headerBytes == 0, bytes.byteCount &- offset >= FrameHeader.byteCount {
            current = FrameHeader(bytes, at: offset)
            headerBytes = FrameHeader.byteCount
            offset += FrameHeader.byteCount
            payloadLeft = current.length
            complete = current
        }
        while headerBytes < FrameHeader.byteCount {
            guard offset < bytes.byteCount else { return Step(end: offset, header: nil, isFrameEnd: false) }
            take(bytes[offset])
            offset += 1
            if headerBytes == FrameHeader.byteCount {
                payloadLeft = current.length
                complete = current
            }
        }
        let taken = min(payloadLeft, bytes.byteCount - offset)
        payloadLeft -= taken
        offset += taken
        let isEnd = payloadLeft == 0
        if isEnd {
            headerBytes = 0
            current = FrameHeader()
        }
        return Step(end: offset, header: complete, isFrameEnd: isEnd)
    }

    private mutating func take(_ byte: UInt8) {
        switch headerBytes {
        case 0, 1, 2: current.length = current.length << 8 | Int(byte)
        case 3: current.kind = byte
        case 4: current.flags = byte
        case 5: current.stream = UInt32(byte & 0x7F)
        default: current.stream = current.stream << 8 | UInt32(byte)
        }
        headerBytes += 1
    }
}
