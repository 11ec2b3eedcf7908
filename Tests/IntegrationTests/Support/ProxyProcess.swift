import EventLoop
import Glibc
import HTTPTransport
import Testing

/// A real `martlet-proxy` between the test's clients and its upstreams.
///
/// ```
/// try await onLoop { loop in
///     let upstream = try ScriptedUpstream.answering("hello", loop: loop)
///     try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
///         let client = try await proxy.connect()
///         let response = try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
///         try await proxy.until("response_total", ["classification": "success"], is: 1)
///     }
/// }
/// ```
final class ProxyProcess {
    let program: StartedProgram
    let loop: EventLoop
    /// Where callers reach the service.
    let inbound: SocketAddress
    /// Where the service makes its own calls.
    let outbound: SocketAddress
    let admin: SocketAddress

    /// Starts a proxy with one worker, waits until it is ready, runs `body`, and ends it whatever happens. A proxy that
    /// ended before without being asked fails the test with its log.
    ///
    /// - Parameters:
    ///   - forwardingTo: the service behind the inbound side.
    ///   - targets: for the outbound side, by name.
    ///   - flags: of martlet-proxy, on top.
    static func run<Result>(
        _ loop: EventLoop, forwardingTo service: SocketAddress? = nil, targets: [String: [SocketAddress]] = [:],
        _ flags: [String] = [], inbound: SocketAddress = Loopback.freshAddress(),
        outbound: SocketAddress = Loopback.freshAddress(), descriptorLimit: ClosedRange<Int>? = nil,
        _ body: (ProxyProcess) async throws -> Result
    ) async throws -> Result {
        let proxy = try ProxyProcess(
            loop, forwardingTo: service, targets: targets, flags, inbound: inbound, outbound: outbound,
            descriptorLimit: descriptorLimit)
        do {
            try await proxy.program.untilReady("/ready", at: proxy.admin)
            let result = try await body(proxy)
            try await proxy.remove()
            return result
        } catch {
            Issue.record("\(error)\nthe proxy said:\n\(proxy.program.log)")
            try await proxy.remove()
            throw error
        }
    }

    /// Starts a proxy; the caller waits for it and removes it. For tests of starting and ending.
    init(
        _ loop: EventLoop, forwardingTo service: SocketAddress? = nil, targets: [String: [SocketAddress]] = [:],
        _ flags: [String] = [], inbound: SocketAddress = Loopback.freshAddress(),
        outbound: SocketAddress = Loopback.freshAddress(), descriptorLimit: ClosedRange<Int>? = nil
    ) throws {
        self.loop = loop
        self.inbound = inbound
        self.outbound = outbound
        admin = Loopback.freshAddress()
        var arguments = ["--name", "tested", "--admin", admin.description]
        if let service { arguments += ["--inbound", inbound.description, "--forward", service.description] }
        for (name, endpoints) in targets.sorted(by: { $0.key < $1.key }) {
            arguments += ["--target", "\(name)=\(endpoints.map(\.description).joined(separator: ","))"]
        }
        if !targets.isEmpty { arguments += ["--outbound", outbound.description] }
        program = try StartedProgram(
            "martlet-proxy", arguments + flags, descriptorLimit: descriptorLimit, loop: loop)
    }

    /// Ends the process if it runs; an end that `stop` did not ask for is an issue.
    func remove() async throws {
        let log = program.log
        if try await program.remove(), !wasStopped { Issue.record("the proxy ended by itself:\n\(log)") }
    }

    private var wasStopped = false

    /// Sends `signal` and waits for the end of the process. - Returns: its exit code, or minus the signal that ended it.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) async throws -> Int32 {
        wasStopped = true
        return try await program.end(signal)
    }

    /// Waits for an end that was asked for otherwise.
    func ended() async throws -> Int32 {
        wasStopped = true
        return try await program.ended()
    }

    // MARK: Traffic

    /// A client of the inbound side.
    func connect() async throws -> RawConnection { try await RawConnection(to: inbound, loop: loop) }

    /// A client of the outbound side.
    func connectOutbound() async throws -> RawConnection { try await RawConnection(to: outbound, loop: loop) }

    /// Sends a GET on a connection of its own: does the proxy serve?
    func serves(_ body: String) async throws -> Bool {
        let response = try await connect().exchange("GET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        return response.status == 200 && response.text == body && response.isComplete
    }

    // MARK: Metrics

    func metrics() async throws -> MetricSamples {
        MetricSamples(try await program.get("/metrics", at: admin).text)
    }

    /// Waits until a metric (the sum over the series with these labels) has this value: what happened is counted just
    /// after the client has seen it.
    func until(_ name: String, _ labels: [String: String] = [:], is value: Double) async throws {
        var last = 0.0
        do {
            try await program.until("\(name)\(labels) is \(value)") {
                last = try await metrics()(name, labels)
                return last == value
            }
        } catch let error as ProgramError {
            throw ProgramError("\(error); it is \(last)")
        }
    }

    /// Waits until every request has ended and holds that so many ended with this reason, and with this status.
    func untilEnded(_ count: Int, reason: String, status: Int) async throws {
        try await until(
            "response_status_total", ["reason": reason, "status_code": "\(status)"], is: Double(count))
        try await until("requests_in_flight", is: 0)
    }
}
