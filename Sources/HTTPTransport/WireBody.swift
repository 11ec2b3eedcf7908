import Bytes

/// Collects one message body, whatever its framing, up to a limit.
struct WireBody {
    enum Progress { case incomplete, complete, tooLarge, malformed }

    private enum State {
        case fixed(Int)
        case chunkSize
        case chunkData(Int)
        case chunkEnd
        case trailers
        case untilClose
    }

    private var state: State
    private let bytesMax: Int
    /// Bytes of trailer section and chunk lines left; they are dropped, but a peer may not send them for ever.
    private var overheadLeft = 65_536
    private(set) var bytes: [UInt8] = []

    init(_ framing: BodyFraming, bytesMax: Int) {
        self.bytesMax = bytesMax
        switch framing {
        case .none: state = .fixed(0)
        case .length(let length): state = .fixed(length)
        case .chunked: state = .chunkSize
        case .untilClose: state = .untilClose
        }
    }

    /// Whether the end of the connection ends the body properly.
    var endsWithConnection: Bool { if case .untilClose = state { true } else { false } }

    mutating func take(from buffer: inout ByteBuffer) -> Progress {
        while true {
            switch state {
            case .fixed(let left):
                guard bytes.count + left <= bytesMax else { return .tooLarge }
                let rest = left - buffer.move(upTo: left, into: &bytes)
                state = .fixed(rest)
                return rest == 0 ? .complete : .incomplete
            case .untilClose:
                _ = buffer.move(upTo: bytesMax - bytes.count, into: &bytes)
                return buffer.isEmpty ? .incomplete : .tooLarge
            case .chunkData(let left):
                guard bytes.count + left <= bytesMax else { return .tooLarge }
                let rest = left - buffer.move(upTo: left, into: &bytes)
                state = rest == 0 ? .chunkEnd : .chunkData(rest)
                if rest > 0 { return .incomplete }
            case .chunkEnd, .chunkSize, .trailers:
                guard let line = takeLine(from: &buffer) else { return overheadLeft > 0 ? .incomplete : .malformed }
                switch afterLine(line) {
                case .incomplete: continue
                case let ended: return ended
                }
            }
        }
    }

    private mutating func afterLine(_ line: [UInt8]) -> Progress {
        if case .chunkEnd = state {
            state = .chunkSize
            return line.isEmpty ? .incomplete : .malformed
        }
        if case .trailers = state { return line.isEmpty ? .complete : .incomplete }
        let digits = line.prefix { $0.hexadecimalValue != nil }
        guard !digits.isEmpty, digits.count <= 8, digits.count == line.count || line[digits.count] == 0x3B else {
            return .malformed
        }
        let size = digits.reduce(0) { $0 << 4 | Int($1.hexadecimalValue ?? 0) }
        state = size == 0 ? .trailers : .chunkData(size)
        return .incomplete
    }

    private mutating func takeLine(from buffer: inout ByteBuffer) -> [UInt8]? {
        let line = unsafe buffer.withReadableBytes { unsafe Array($0.prefix { $0 != 0x0A }) }
        guard line.count < overheadLeft else {
            overheadLeft = 0
            return nil
        }
        guard line.count < buffer.count, line.last == 0x0D else { return nil }
        overheadLeft -= line.count + 1
        buffer.consume(line.count + 1)
        return line.dropLast()
    }
}
