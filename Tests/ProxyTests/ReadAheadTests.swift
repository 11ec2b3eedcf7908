import Bytes
import EventLoop
import Glibc
import TLS
import Testing

@testable import HTTPTransport
@testable import Proxy

/// OpenSSL takes from a socket what is there, which may be more than the message that it waits for.
@Suite("Bytes that are received with the end of a handshake", .timeLimit(.minutes(1)))
struct ReadAheadTests {
    /// A server's end of a connection, of the proxy or of the small servers.
    enum End: CaseIterable {
        case channel, transportStream
    }

    @Test("are read at once, though no event of the socket tells of them", arguments: End.allCases)
    func readAtOnce(end: End) async throws {
        try await onLoop { loop in
            var numbers: [Int32] = [0, 0]
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            try #require(unsafe socketpair(AF_UNIX, kind, 0, &numbers) == 0)
            defer { close(numbers[0]) }
            let mesh = try Mesh()
            var client = TLSSession(try mesh.context(.client), socket: numbers[0])
            #expect(client.handshake() == .wantsRead)

            let waiter = Waiter(loop: loop)
            let descriptor = try Descriptor(number: numbers[1], loop: loop, waiter: waiter)
            let read = LoopBound(Self.server(end, descriptor, try mesh.context(.server), waiter), loop: loop)
            let received = Task(executorPreference: loop) { await read.value() }
            // The server's part is sent, and its socket has told of everything up to here.
            for _ in 0..<20 { await Task.yield() }

            #expect(client.handshake() == .done)
            var request = ByteBuffer()
            request.append("hello")
            #expect(client.write(from: &request) == .bytes(5))
            // The server goes on for another reason, before the loop asks for events.
            waiter.wake()
            #expect(await received.value == .bytes(5))
        }
    }

    /// - Returns: shakes hands, and reads once.
    private static func server(
        _ end: End, _ descriptor: Descriptor, _ context: TLSContext, _ waiter: Waiter
    ) -> () async -> IOResult {
        let deadline = waiter.loop.now.advanced(by: .seconds(30))
        switch end {
        case .channel:
            let channel = Channel(descriptor)
            return {
                guard case .done = await channel.secure(context, waiter, until: deadline) else { return .end }
                var input = ByteBuffer()
                return channel.read(into: &input, minimum: 4096)
            }
        case .transportStream:
            let stream = TransportStream(descriptor)
            return {
                guard await stream.secure(context, waiter, until: deadline) else { return .end }
                var input = ByteBuffer()
                return stream.read(into: &input, minimum: 4096)
            }
        }
    }

    private struct Mesh {
        private let anchor: CertificateAuthority
        private let issuer: CertificateAuthority

        init() throws {
            anchor = CertificateAuthority.makeAnchor(trustDomain: try TrustDomain("mesh.test"), at: .now())
            issuer = anchor.makeIssuer(at: .now())
        }

        func context(_ role: TLSContext.Role) throws -> TLSContext {
            let workload = try WorkloadIdentity(
                trustDomain: issuer.trustDomain, namespace: "shop", serviceAccount: "cart")
            let issued = try issuer.issue(workload, at: .now())
            let snapshot = try IdentitySnapshot(
                key: issued.key, chain: issued.chain, bundle: TrustBundle([anchor.certificate]), generation: 1,
                at: .now())
            return try TLSContext(role, identity: snapshot, settings: TLSSettings())
        }
    }
}

private func onLoop(_ body: @escaping @Sendable (EventLoop) async throws -> Void) async throws {
    let loop = try EventLoop()
    let thread = try EventLoopThread(running: loop)
    let result = await Task(executorPreference: loop) { try await body(loop) }.result
    loop.stop()
    thread.join()
    try result.get()
}
