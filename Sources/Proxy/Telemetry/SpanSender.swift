import Bytes
import EventLoop
import GRPC
import HTTP
import HTTPTransport

/// Carries one export request to the collector. Belongs to its loop.
protocol SpanSender: AnyObject {
    /// - Parameter body: an ExportTraceServiceRequest, compressed with gzip.
    func send(_ body: [UInt8], deadline: MonotonicTime) async -> SpanSendOutcome
    func closeIdle()
}

enum SpanSendOutcome {
    case response(HTTPResponse)
    case call(SpanCallResult)
    /// No connection, or none that lasted.
    case noAnswer
}

/// OTLP over HTTP.
final class HTTPSpanSender: SpanSender {
    private let client: HTTPClient
    private let url: HTTPURL
    private let address: SocketAddress

    init(_ url: HTTPURL, at address: SocketAddress, loop: EventLoop) {
        self.url = url
        self.address = address
        client = HTTPClient(loop: loop)
    }

    func send(_ body: [UInt8], deadline: MonotonicTime) async -> SpanSendOutcome {
        do throws(HTTPClientError) {
            return .response(
                try await client.request(
                    "POST", url, at: address,
                    fields: ["Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"], body: body,
                    deadline: deadline))
        } catch {
            return .noAnswer
        }
    }

    func closeIdle() { client.closeIdle() }
}

/// OTLP over gRPC: unary calls on one connection, which is made again when the collector ends it.
final class GRPCSpanSender: SpanSender {
    private static let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    private let client: HTTP2Client
    private let loop: EventLoop

    init(authority: String, at address: SocketAddress, loop: EventLoop) {
        self.loop = loop
        var limits = HTTPClientLimits()
        // OTLP's bound for the answers of a client that has not another one.
        limits.bodyBytesMax = 4 << 20
        client = HTTP2Client(to: address, authority: authority, loop: loop, limits: limits)
    }

    func send(_ body: [UInt8], deadline: MonotonicTime) async -> SpanSendOutcome {
        var timeout = ByteBuffer()
        GRPCTimeout.write(nanoseconds: deadline.nanoseconds(since: .now()), to: &timeout)
        let fields: HTTPFields = [
            "te": "trailers", "content-type": "application/grpc", "grpc-encoding": "gzip",
            "grpc-accept-encoding": "identity", "grpc-timeout": String(decoding: timeout.bytes),
            "user-agent": "martlet-proxy",
        ]
        do throws(HTTPClientError) {
            let response = try await client.request(
                .post, Self.path, fields: fields, body: GRPCMessage.framed(body, isCompressed: true),
                deadline: deadline)
            return .call(SpanCallResult(response))
        } catch {
            return .noAnswer
        }
    }

    func closeIdle() {}
}
