import Bytes
import Foundation
import TLS
import Testing

extension Endpoint {
    /// Handshakes with a peer in another process.
    func finishHandshake() -> HandshakeResult {
        while true {
            let result = session.handshake()
            switch result {
            case .wantsRead where waits(for: POLLIN, on: socket): continue
            case .wantsWrite where waits(for: POLLOUT, on: socket): continue
            case .done, .failed, .wantsRead, .wantsWrite: return result
            }
        }
    }

    /// Reads until the text ends with `words`, or to the end.
    func read(until words: String?) -> (text: String, end: TLSReadResult) {
        var buffer = ByteBuffer()
        while true {
            let result = session.read(into: &buffer, minimum: 16384)
            let text = String(decoding: buffer.array, as: UTF8.self)
            switch result {
            case .bytes where words.map { text.hasSuffix($0) } ?? false: return (text, result)
            case .bytes: continue
            case .wouldBlockOnRead where waits(for: POLLIN, on: socket): continue
            case .wouldBlockOnRead, .wouldBlockOnWrite, .end, .truncated, .failed: return (text, result)
            }
        }
    }
}
