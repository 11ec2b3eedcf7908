import EventLoop
import HTTPTransport
import Synchronization
import Testing

@testable import Demo

/// The whole shop in one loop, each service calling the others directly.
private struct DirectShop {
    let services: [ServiceName: ShopService]
    let addresses: [ServiceName: SocketAddress]

    init(loop: EventLoop) throws {
        var services: [ServiceName: ShopService] = [:]
        var addresses: [ServiceName: SocketAddress] = [:]
        // Leaves first: a service must know the addresses of those it calls.
        for name in [ServiceName.inventory, .payment, .catalog, .cart, .checkout, .web] {
            let service = try ShopService(name, listening: anyPort, outgoing: .direct(addresses), loop: loop)
            service.start()
            services[name] = service
            addresses[name] = service.address
        }
        self.services = services
        self.addresses = addresses
    }

    func stop() { for service in services.values { service.stop() } }
}

@Suite("The shop without a mesh", .timeLimit(.minutes(1)))
struct ShopTests {
    private func request(
        _ client: HTTPClient, _ loop: EventLoop, _ method: String, _ address: SocketAddress?, _ path: String
    ) async throws -> HTTPResponse {
        try await client.request(
            method, to: try #require(address), authority: "web", target: path,
            deadline: loop.now.advanced(by: .seconds(10)))
    }

    @Test("answers every request of the load, through every hop")
    func everyRoute() async throws {
        let bodies = try await onLoop { loop in
            let shop = try DirectShop(loop: loop)
            let client = HTTPClient(loop: loop)
            var bodies: [String] = []
            for route in LoadRoute.mix {
                bodies.append(try await request(client, loop, route.method, shop.addresses[.web], route.path).text)
            }
            shop.stop()
            return bodies
        }
        #expect(bodies == Array(repeating: #"{"service":"web","degraded":[]}"# + "\n", count: LoadRoute.mix.count))
    }

    @Test("tolerates a broken service: it alone answers 500, and every answer above it names it")
    func degraded() async throws {
        let (control, own, caller, customer) = try await onLoop { loop in
            let shop = try DirectShop(loop: loop)
            let client = HTTPClient(loop: loop)
            let control = try await request(
                client, loop, "POST", shop.addresses[.payment], "/_control?failure_rate=1&latency_ms=0")
            let own = try await request(client, loop, "POST", shop.addresses[.payment], "/charges")
            let caller = try await request(client, loop, "POST", shop.addresses[.checkout], "/orders")
            let customer = try await request(client, loop, "POST", shop.addresses[.web], "/checkout")
            shop.stop()
            return (control, own, caller, customer)
        }
        #expect(control.text == #"{"failure_rate":1.0,"latency_ms":0.0,"spread":0.6}"# + "\n")
        #expect(own.status == 500)
        #expect(caller.status == 200)
        #expect(caller.text == #"{"service":"checkout","degraded":["payment"]}"# + "\n")
        #expect(customer.text == #"{"service":"web","degraded":["payment"]}"# + "\n")
    }

    @Test(
        "refuses a control that makes no sense, and changes nothing",
        arguments: [
            ("failure_rate=2", "failure_rate: found 2, allowed is a number from 0 to 1\n"),
            ("spread=4", "spread: found 4, allowed is a number from 0 to 3\n"),
            ("latency_ms=-1", "latency_ms: found -1, allowed is a number from 0 to 60000\n"),
            ("failure_rate=0.5&speed=1", "speed: unknown; known are failure_rate, latency_ms and spread\n"),
        ])
    func control(query: String, message: String) async throws {
        let (refusal, state) = try await onLoop { loop in
            let shop = try DirectShop(loop: loop)
            let client = HTTPClient(loop: loop)
            let refusal = try await request(client, loop, "POST", shop.addresses[.web], "/_control?\(query)")
            let state = try await request(client, loop, "GET", shop.addresses[.web], "/_control")
            shop.stop()
            return (refusal, state)
        }
        #expect(refusal.status == 400)
        #expect(refusal.text == message)
        #expect(state.text == #"{"failure_rate":0.0,"latency_ms":2.0,"spread":0.3}"# + "\n")
    }

    @Test(
        "reaches its outbound proxy in both ways, and forwards trace headers alone",
        arguments: [
            (
                ServiceName.checkout, Addressing.absoluteForm,
                ["POST http://payment/charges", "POST http://inventory/reservations"]
            ),
            (.checkout, .host, ["POST /charges", "POST /reservations"]),
        ])
    func proxied(name: ServiceName, addressing: Addressing, targets: [String]) async throws {
        let seen = try await onLoop { loop in
            let seen = Mutex<[String]>([])
            let proxy = try HTTPServer(binding: anyPort, loop: loop) { request in
                let host = request.fields["host"] ?? ""
                let form = addressing == .absoluteForm ? "http://\(host)" : ""
                let copied = ["traceparent", "b3", "X-B3-TraceId", "cookie"].map { request.fields[$0] ?? "-" }
                seen.withLock {
                    $0.append("\(request.method) \(form)\(request.path) \(host) \(copied.joined(separator: " "))")
                }
                return .text("ok")
            }
            proxy.start()
            let service = try ShopService(
                name, listening: anyPort, outgoing: .proxy(proxy.address, addressing), loop: loop)
            service.start()
            let address = try #require(service.address)
            _ = try await HTTPClient(loop: loop).request(
                "POST", to: address, authority: "x", target: "/orders",
                fields: ["traceparent": "00-1", "b3": "0", "x-b3-traceid": "7", "Cookie": "c"],
                deadline: loop.now.advanced(by: .seconds(10)))
            service.stop()
            proxy.stop()
            return seen.withLock { $0.sorted(by: >) }
        }
        #expect(seen.map { String($0.split(separator: " ").prefix(2).joined(separator: " ")) } == targets.sorted(by: >))
        #expect(seen.map { $0.contains(" payment ") || $0.contains(" inventory ") } == [true, true])
        #expect(seen.allSatisfy { $0.hasSuffix(" 00-1 0 7 -") })
    }
}

@Suite("The load generator", .timeLimit(.minutes(1)))
struct LoadGeneratorTests {
    @Test("sends at its rate, in the order of the mix, and counts what came of it")
    func counting() async throws {
        let (counts, seconds) = try await onLoop { loop in
            let number = Atomic<Int>(0)
            let server = try HTTPServer(binding: anyPort, loop: loop) { request in
                switch number.add(1, ordering: .relaxed).newValue % 4 {
                case 0: .text("no", status: 500)
                case 1: .text(#""degraded":["checkout"]"#)
                case _: .text(#""degraded":[]"#)
                }
            }
            server.start()
            let load = LoadGenerator(entrance: server.address, ratePerSecond: 200, loop: loop)
            let start = loop.now
            load.start()
            while load.total.sent < 100 { await loop.sleep(for: .milliseconds(5)) }
            let seconds = Double(loop.now.nanoseconds(since: start)) / 1e9
            await load.stop()
            server.stop()
            return (load.counts, seconds)
        }
        let total = counts.values.reduce(into: LoadCounts()) { $0.add($1) }
        #expect(total.answered == total.sent)
        #expect(total.failed == total.sent / 4)
        #expect(total.degraded == (total.sent + 3) / 4)
        #expect(seconds >= 0.49)
        #expect(counts.values.allSatisfy { $0.sent >= total.sent / 4 && $0.sent <= total.sent / 4 + 1 })
    }

    @Test("counts requests that nobody answers by the reason")
    func unanswered() async throws {
        let counts = try await onLoop { loop in
            let free = try HTTPServer(binding: anyPort, loop: loop) { _ in .text("") }.address
            let load = LoadGenerator(entrance: free, ratePerSecond: 500, loop: loop)
            load.start()
            while load.total.unansweredCount < 8 { await loop.sleep(for: .milliseconds(2)) }
            await load.stop()
            return load.total
        }
        #expect(counts.unanswered == ["connect_refused": counts.sent])
        #expect(counts.answered == 0)
    }
}
