import Bytes
import Discovery
import EventLoop
import GRPC
import HTTP
import TLS
import Tracing

/// One exchange as a line of the access log. Built only when the log is on.
struct AccessLogLine {
    let unixNanoseconds: UInt64
    let client: String
    let direction: Direction
    let method: String
    let host: String
    let target: String
    /// As in `HTTP/1.1`.
    let version: String
    let grpcStatus: GRPCStatus?
    let userAgent: String?
    let route: String
    let upstreamTarget: String
    let status: Int
    let reason: FailureReason?
    let attempts: Int
    let requestBytes: UInt64
    let responseBytes: UInt64
    let totalNanoseconds: UInt64
    /// Until the response head was there; nil when none came.
    let responseNanoseconds: UInt64?
    let traceID: String?
    let peerID: String?

    init(_ exchange: borrowing Exchange, _ direction: Direction, _ peer: SocketAddress, unixNanoseconds: UInt64) {
        self.unixNanoseconds = unixNanoseconds
        self.direction = direction
        client = peer.host
        method = exchange.request.text(exchange.request.methodRange)
        host = exchange.request.text(exchange.request.host)
        target = exchange.request.text(exchange.request.target.whole)
        version = exchange.request.versionText
        grpcStatus = exchange.record.grpcStatus
        userAgent = exchange.request.fields.first(of: .userAgent).map { exchange.request.text($0.valueRange) }
        route = exchange.cells?.route ?? ""
        upstreamTarget = exchange.target?.target.name ?? ""
        status = exchange.record.status
        reason = exchange.record.reason
        attempts = exchange.record.attempts
        requestBytes = exchange.record.requestBodyBytes
        responseBytes = exchange.record.responseBodyBytes
        totalNanoseconds = exchange.record.latencyNanoseconds
        let started = exchange.record.started
        responseNanoseconds = exchange.record.responded.map { $0.nanoseconds(since: started) }
        traceID = exchange.record.trace?.traceID.description
        peerID = exchange.record.peerID?.description
    }

    func writeJSON(to bytes: inout [UInt8]) {
        var object = JSONObjectWriter(bytes)
        bytes = []
        object.add("timestamp", Self.time(unixNanoseconds, "%Y-%m-%dT%H:%M:%S", fraction: true))
        object.add("direction", direction.rawValue)
        object.add("client.addr", client)
        if let peerID { object.add(direction == .inbound ? "client.id" : "upstream.id", peerID) }
        object.add("method", method)
        object.add("host", host)
        object.add("uri", target)
        object.add("version", "HTTP/\(version)")
        object.add("route", route)
        object.add("upstream", upstreamTarget)
        object.add("status", UInt64(status))
        if let grpcStatus { object.add("grpc_status", grpcStatus.word.description) }
        if let reason { object.add("reason", reason.word.description) }
        object.add("attempts", UInt64(attempts))
        object.add("request_bytes", requestBytes)
        object.add("response_bytes", responseBytes)
        object.add("total_ns", totalNanoseconds)
        if let responseNanoseconds { object.add("response_ns", responseNanoseconds) }
        if let userAgent { object.add("user_agent", userAgent) }
        if let traceID { object.add("trace_id", traceID) }
        bytes = object.finish()
        bytes.append(UInt8(ascii: "\n"))
    }

    /// The Common Log Format, with the reason (or `-`) at the end where the identity would tell nothing.
    func writeCommon(to bytes: inout [UInt8]) {
        let time = Self.time(unixNanoseconds, "%d/%b/%Y:%H:%M:%S +0000", fraction: false)
        bytes.append(contentsOf: "\(client) - - [\(time)] \"".utf8)
        // A quote in the target must not end the field: escaped as Apache does it.
        for byte in "\(method) \(target)".utf8 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        let rest = " HTTP/\(version)\" \(status) \(responseBytes) \(reason?.word.description ?? "-")\n"
        bytes.append(contentsOf: rest.utf8)
    }

    static func time(_ unixNanoseconds: UInt64, _ format: String, fraction: Bool) -> String {
        let whole = UTCTime.text(unixSeconds: unixNanoseconds / 1_000_000_000, format)
        guard fraction else { return whole }
        let microseconds = String(unixNanoseconds % 1_000_000_000 / 1000)
        return whole + "." + String(repeating: "0", count: 6 - microseconds.utf8.count) + microseconds + "Z"
    }
}

/// Appends the members of one flat JSON object to bytes (RFC 8259).
struct JSONObjectWriter {
    private var bytes: [UInt8]
    private var isFirst = true

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        self.bytes.append(UInt8(ascii: "{"))
    }

    mutating func add(_ key: StaticString, _ value: UInt64) {
        begin(key)
        bytes.append(contentsOf: String(value).utf8)
    }

    mutating func add(_ key: StaticString, _ value: String) {
        begin(key)
        bytes.append(UInt8(ascii: "\""))
        for byte in value.utf8 { append(escaped: byte) }
        bytes.append(UInt8(ascii: "\""))
    }

    consuming func finish() -> [UInt8] {
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    private mutating func begin(_ key: StaticString) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        bytes.append(contentsOf: "\"\(key)\":".utf8)
    }

    private mutating func append(escaped byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
            bytes.append(UInt8(ascii: "\\"))
            bytes.append(byte)
        case 0..<0x20, 0x7F:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: "\\u00".utf8)
            bytes.append(digits[Int(byte >> 4)])
            bytes.append(digits[Int(byte & 15)])
        default:
            bytes.append(byte)
        }
    }
}

extension RequestHead {
    /// Bytes of the head as text; what is not UTF-8 becomes U+FFFD.
    borrowing func text(_ range: ByteRange) -> String {
        guard range.upperBound <= bytes.byteCount else { return "" }
        return String(decoding: self[range])
    }
}
