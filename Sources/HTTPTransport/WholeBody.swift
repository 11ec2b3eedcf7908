import Bytes
import HTTP

/// Collects one message body, whatever its framing, up to a limit.
struct WholeBody: ~Copyable {
    enum Progress { case incomplete, complete, tooLarge, malformed }

    private var decoder: BodyDecoder
    private let bytesMax: Int
    private(set) var bytes: [UInt8] = []

    init(_ framing: BodyFraming, bytesMax: Int) {
        decoder = BodyDecoder(framing)
        self.bytesMax = bytesMax
    }

    /// Consumes what belongs to the body. An announced length beyond the limit is refused before any of it is read.
    mutating func take(from buffer: inout ByteBuffer) -> Progress {
        if let remaining = decoder.remaining, remaining > UInt64(bytesMax - bytes.count) { return .tooLarge }
        while !decoder.isComplete {
            switch decoder.decode(buffer.bytes) {
            case .data(let range, let consumed):
                guard range.count <= bytesMax - bytes.count else { return .tooLarge }
                bytes.append(buffer.bytes.extracting(range))
                buffer.consume(consumed)
            case .needMore(let consumed):
                buffer.consume(consumed)
                return .incomplete
            case .end(let consumed):
                buffer.consume(consumed)
                return .complete
            case .failed: return .malformed
            }
        }
        return .complete
    }

    /// Whether the end of the connection ended the body properly.
    mutating func endsHere() -> Bool { decoder.finish() == .complete }
}
