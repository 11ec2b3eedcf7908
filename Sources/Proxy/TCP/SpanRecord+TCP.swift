import EventLoop
import HTTP
import TLS
import Tracing

extension SpanRecord {
    /// The span of a connection that was carried as it is: a trace of its own, since nothing in it names another.
    init(of line: TCPLogLine, trace: TraceContext, verdict: Sampler.Verdict) {
        self.init(
            context: trace, kind: line.direction == .inbound ? .server : .client, name: "TCP",
            startUnixNanoseconds: line.unixNanoseconds,
            endUnixNanoseconds: line.unixNanoseconds &+ line.totalNanoseconds)
        let peer = line.direction == .inbound ? line.client : line.endpoint
        attributes.append(SpanAttribute(.martletDirection, .string(line.direction.rawValue)))
        if line.direction == .outbound { attributes.append(SpanAttribute(.servicePeerName, .string(line.upstream))) }
        if let peer {
            attributes.append(SpanAttribute(.networkPeerAddress, .string(peer.host)))
            attributes.append(SpanAttribute(.networkPeerPort, .integer(Int64(peer.port))))
        }
        if let id = line.peerID { attributes.append(SpanAttribute(.martletPeerID, .string(id.description))) }
        if let word = line.reason?.word.description {
            attributes.append(SpanAttribute(.martletReason, .string(word)))
            if line.hasFailed {
                status = .error
                attributes.append(SpanAttribute(.errorType, .string(word)))
            }
        }
        if verdict == .recordError { attributes.append(SpanAttribute(.martletSamplingKept, .string("error"))) }
    }
}
