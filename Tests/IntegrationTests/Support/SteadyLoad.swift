import EventLoop
import HTTPTransport

/// Clients that send requests without end and count every one that did not get its whole, right answer.
///
/// A request counts as failed from the moment that its first byte has been sent. A connection that the server refuses, or
/// that it closes after it said so, is no failure.
final class SteadyLoad {
    enum Style { case keepsAlive, connectsAnew }

    private(set) var answered = 0
    private(set) var failures: [String] = []
    /// Responses that said that their connection ends, to clients that would have kept it.
    private(set) var closings = 0
    private(set) var refusals = 0
    private let loop: EventLoop
    private let address: SocketAddress
    private let request: String
    private let expected: Set<String>
    private var isStopping = false
    private var running = 0
    private let changed: Waiter

    /// - Parameters:
    ///   - pause: between two requests of one client.
    ///   - expected: the bodies that are right.
    init(
        on address: SocketAddress, host: String, expecting expected: Set<String>, keepAlive: Int, anew: Int = 0,
        pause: Duration = .milliseconds(2), loop: EventLoop
    ) {
        self.loop = loop
        self.address = address
        self.expected = expected
        request = "GET /load HTTP/1.1\r\nHost: \(host)\r\n"
        changed = Waiter(loop: loop)
        for style in Array(repeating: Style.keepsAlive, count: keepAlive)
            + Array(repeating: Style.connectsAnew, count: anew)
        {
            running += 1
            loop.spawn { [bound = LoopBound(self, loop: loop)] in await bound.value.run(style, pause) }
        }
    }

    /// Waits until `condition` holds, which is looked at after every answer.
    func wait(_ what: String, until condition: () -> Bool) async throws {
        let deadline = loop.now.advanced(by: RawConnection.patience)
        while !condition() {
            guard await changed.wait(until: deadline) == .event else {
                throw ConnectionError("waited in vain for \(what): \(answered) answers, \(failures)")
            }
        }
    }

    /// Waits for `count` more answers.
    func more(_ count: Int) async throws {
        let goal = answered + count
        try await wait("\(count) more answers") { answered >= goal }
    }

    /// Lets every client finish its request, and waits until all have ended.
    func stop() async throws {
        isStopping = true
        try await wait("the end of \(running) clients") { running == 0 }
    }

    private func run(_ style: Style, _ pause: Duration) async {
        var connection: RawConnection?
        while !isStopping {
            if connection == nil { connection = await connect() }
            guard let open = connection else { break }
            if await !exchange(over: open, style) { connection = nil }
            changed.wake()
            await loop.sleep(for: pause)
        }
        running -= 1
        changed.wake()
    }

    /// - Returns: nil when nobody listens any more.
    private func connect() async -> RawConnection? {
        do {
            return try await RawConnection(to: address, loop: loop)
        } catch {
            refusals += 1
            return nil
        }
    }

    /// - Returns: whether the connection can be used again.
    private func exchange(over connection: RawConnection, _ style: Style) async -> Bool {
        do {
            let option = style == .connectsAnew ? "Connection: close\r\n" : ""
            let response = try await connection.exchange("\(request)\(option)\r\n")
            guard response.status == 200, response.isComplete, expected.contains(response.text) else {
                failures.append("\(response.startLine) \(response.reason ?? "") \(response.text)")
                return false
            }
            answered += 1
            guard response["connection"] == "close" else { return style == .keepsAlive }
            if style == .keepsAlive { closings += 1 }
        } catch {
            failures.append("\(error)")
        }
        return false
    }
}

/// A scraper that asks for `/metrics` again and again, as Prometheus does, and notes every answer that is not right.
final class ScrapeLoop {
    private(set) var scrapes = 0
    private(set) var failures: [String] = []
    private var isStopping = false
    private var hasStopped = false
    private let changed: Waiter
    private let loop: EventLoop

    init(of proxy: ProxyProcess, every interval: Duration = .milliseconds(50)) {
        loop = proxy.loop
        changed = Waiter(loop: loop)
        loop.spawn { [bound = LoopBound(self, loop: loop), program = LoopBound(proxy, loop: loop)] in
            await bound.value.run(program.value, interval)
        }
    }

    private func run(_ proxy: ProxyProcess, _ interval: Duration) async {
        while !isStopping {
            do {
                let response = try await proxy.program.get("/metrics", at: proxy.admin)
                if response.status != 200 || !response.text.contains("martlet_ready") {
                    failures.append("\(response.status) \(response.text.prefix(100))")
                }
            } catch {
                failures.append("\(error)")
            }
            scrapes += 1
            await loop.sleep(for: interval)
        }
        hasStopped = true
        changed.wake()
    }

    /// Waits for the scrape that is under way.
    func stop() async throws {
        isStopping = true
        let deadline = loop.now.advanced(by: RawConnection.patience)
        while !hasStopped {
            guard await changed.wait(until: deadline) == .event else {
                throw ConnectionError("a scrape did not end; before it \(failures)")
            }
        }
    }
}
