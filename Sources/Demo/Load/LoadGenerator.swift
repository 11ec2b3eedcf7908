import EventLoop
import HTTPTransport

/// Sends requests to the shop at a steady rate, whatever the answers take (an open loop: a slow shop gets no rest, and
/// no slow answer is left uncounted).
final class LoadGenerator {
    private let loop: EventLoop
    private let client: HTTPClient
    private let entrance: SocketAddress
    private let interval: Duration
    private var isStopping = false
    private var inFlight = 0
    private let waiter: Waiter
    private(set) var counts: [LoadRoute: LoadCounts] = [:]
    /// Requests that were due but not sent, because `inFlightMax` were on their way.
    private(set) var skipped = 0

    /// More requests on their way than this would measure the generator.
    static let inFlightMax = 512
    static let timeout = Duration.seconds(10)

    init(entrance: SocketAddress, ratePerSecond: Int, loop: EventLoop) {
        self.entrance = entrance
        self.loop = loop
        interval = .seconds(1) / ratePerSecond
        waiter = Waiter(loop: loop)
        var limits = HTTPClientLimits()
        limits.idlePerAddressMax = 64
        client = HTTPClient(loop: loop, limits: limits)
        for route in LoadRoute.mix { counts[route] = LoadCounts() }
    }

    /// Every route together.
    var total: LoadCounts { counts.values.reduce(into: LoadCounts()) { $0.add($1) } }

    func start() {
        loop.spawn { [bound = LoopBound(self, loop: loop)] in await bound.value.run() }
    }

    /// Ends sending and waits for the answers that are on their way.
    func stop() async {
        isStopping = true
        waiter.wake()
        while inFlight > 0 { await loop.sleep(for: .milliseconds(20)) }
        client.closeIdle()
    }

    private func run() async {
        defer { waiter.invalidate() }
        let start = loop.now
        var number = 0
        while !isStopping {
            let due = start.advanced(by: interval * number)
            if await waiter.wait(until: due) == .event { continue }
            let route = LoadRoute.mix[number % LoadRoute.mix.count]
            number += 1
            guard inFlight < Self.inFlightMax else {
                skipped += 1
                continue
            }
            inFlight += 1
            loop.spawn { [bound = LoopBound(self, loop: loop)] in await bound.value.send(route) }
        }
    }

    private func send(_ route: LoadRoute) async {
        defer { inFlight -= 1 }
        counts[route]?.sent += 1
        let start = MonotonicTime.now()
        do throws(HTTPClientError) {
            let response = try await client.request(
                route.method, to: entrance, authority: ServiceName.web.rawValue, target: route.path,
                deadline: loop.now.advanced(by: Self.timeout))
            let isDegraded = response.status == 200 && !response.text.contains(#""degraded":[]"#)
            counts[route]?.note(
                status: response.status, isDegraded: isDegraded,
                nanoseconds: MonotonicTime.now().nanoseconds(since: start))
        } catch {
            counts[route]?.note(error)
        }
    }
}

/// One of the requests that customers make.
struct LoadRoute: Hashable {
    let method: String
    let path: String

    /// A quarter each of browsing, looking at a product, and checking out; the rest looks into the cart.
    static let mix = [
        LoadRoute(method: "GET", path: "/"), LoadRoute(method: "POST", path: "/checkout"),
        LoadRoute(method: "GET", path: "/products/7"), LoadRoute(method: "GET", path: "/cart"),
    ]
}
