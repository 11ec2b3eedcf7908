import EventLoop
import HTTP
import TLS

/// One connection that was carried as it is, as a line of the access log; written when it has ended.
struct TCPLogLine {
    let unixNanoseconds: UInt64
    let direction: Direction
    let client: SocketAddress
    /// The target's name.
    let upstream: String
    /// Where the last attempt went.
    let endpoint: SocketAddress?
    let peerID: SPIFFEID?
    let isSecure: Bool
    let reason: FailureReason?
    /// From the client.
    let receivedBytes: UInt64
    /// To the client.
    let sentBytes: UInt64
    let totalNanoseconds: UInt64

    /// As for requests: a client that left or stalled is no failure of the service.
    var hasFailed: Bool { reason.map { $0.status >= 500 } ?? false }

    func writeJSON(to bytes: inout [UInt8]) {
        var object = JSONObjectWriter(bytes)
        bytes = []
        object.add("timestamp", AccessLogLine.time(unixNanoseconds, "%Y-%m-%dT%H:%M:%S", fraction: true))
        object.add("direction", direction.rawValue)
        object.add("protocol", "tcp")
        object.add("client.addr", client.host)
        if let peerID { object.add(direction == .inbound ? "client.id" : "upstream.id", peerID.description) }
        object.add("upstream", upstream)
        if let endpoint { object.add("upstream.addr", endpoint.description) }
        object.add("tls", isSecure ? "true" : "false")
        if let reason { object.add("reason", reason.word.description) }
        object.add("received_bytes", receivedBytes)
        object.add("sent_bytes", sentBytes)
        object.add("total_ns", totalNanoseconds)
        bytes = object.finish()
        bytes.append(UInt8(ascii: "\n"))
    }

    /// The Common Log Format has no place for a connection without a request: its target and a dash stand in for one.
    func writeCommon(to bytes: inout [UInt8]) {
        let time = AccessLogLine.time(unixNanoseconds, "%d/%b/%Y:%H:%M:%S +0000", fraction: false)
        let line =
            "\(client.host) - - [\(time)] \"TCP \(upstream)\" - \(sentBytes) \(reason?.word.description ?? "-")\n"
        bytes.append(contentsOf: line.utf8)
    }
}
