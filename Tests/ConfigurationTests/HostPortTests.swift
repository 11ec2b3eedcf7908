import Testing

@testable import Configuration

@Suite("Addresses")
struct HostPortTests {
    @Test(
        "Literals, localhost and names are told apart and print as they were written",
        arguments: [
            ("127.0.0.1:80", "127.0.0.1", 80, HostPort.Kind.ipv4), ("[::1]:80", "::1", 80, .ipv6),
            ("[2001:db8::7]:65535", "2001:db8::7", 65535, .ipv6), ("localhost:80", "localhost", 80, .name),
            ("name:80", "name", 80, .name), ("cart_1.shop-a.svc:0", "cart_1.shop-a.svc", 0, .name),
            ("7cart:8", "7cart", 8, .name), ("0.0.0.0:4143", "0.0.0.0", 4143, .ipv4),
        ])
    func reads(text: String, host: String, port: UInt16, kind: HostPort.Kind) throws {
        let address = try #require(HostPort(text))
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.kind == kind)
        #expect(address.description == text)
    }

    @Test(
        "What is not an address is refused",
        arguments: [
            "", ":", ":80", "80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:+80", "127.0.0.1:-1", "127.0.0.1:65536",
            "127.0.0.1:8 ", "10.0.0:80", "10.0.0.256:80", "::1:80", "[::1]", "[::1:80", "[]:80", "[name]:80",
            "na me:80", "name.:80", ".name:80", "a..b:80", "na/me:80", "näme:80", "http://a:80", "a:80:90",
            String(repeating: "a", count: 64) + ":80", String(repeating: "a.", count: 127) + "b:80",
        ])
    func refuses(text: String) { #expect(HostPort(text) == nil) }

    @Test(
        "Loopback is what only this machine reaches",
        arguments: [
            ("127.0.0.1:1", true), ("127.9.9.9:1", true), ("[::1]:1", true), ("localhost:1", true),
            ("0.0.0.0:1", false), ("[::]:1", false), ("10.0.0.1:1", false), ("127.example:1", false),
        ])
    func loopback(text: String, expected: Bool) throws { #expect(try #require(HostPort(text)).isLoopback == expected) }

    @Test(
        "A collector URL has OTLP's path unless it names its own",
        arguments: [
            ("http://127.0.0.1:4318", "127.0.0.1:4318", "/v1/traces", "http://127.0.0.1:4318"),
            ("http://[::1]:4318/", "[::1]:4318", "/v1/traces", "http://[::1]:4318"),
            ("http://otel:80/in/traces?a=b", "otel:80", "/in/traces?a=b", "http://otel:80/in/traces?a=b"),
            ("grpc://otel:4317", "otel:4317", "/v1/traces", "grpc://otel:4317"),
            ("grpc://[::1]:4317/", "[::1]:4317", "/v1/traces", "grpc://[::1]:4317"),
        ])
    func collector(text: String, address: String, path: String, printed: String) throws {
        let url = try #require(CollectorURL(text))
        #expect(url.address.description == address)
        #expect(url.path == path)
        #expect(url.description == printed)
    }

    @Test(
        "What is not a plain HTTP or gRPC URL with a port is refused",
        arguments: [
            "", "http://", "http://a", "https://a:1", "a:1", "http://a:0", "http://a:1/ b", "http://u@a:1",
            "http://a:1?x", "http://a:1/#x", "HTTP://a:1", "grpc://a", "grpc://a:1/x", "grpcs://a:1", "://a:1",
        ])
    func refusesURL(text: String) { #expect(CollectorURL(text) == nil) }
}
