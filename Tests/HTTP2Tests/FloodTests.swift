import Bytes
import HTTP
import HTTP2
import Testing

/// proxy-conformance §2.3: each flood meets its counter, and what is just below it does not.
@Suite("Floods")
struct FloodTests {
    /// Feeds the frames one by one, as if they came in one burst, until the connection ends.
    /// - Returns: how many were taken.
    private func attack(_ endpoint: Endpoint, _ frames: some Sequence<Frame>, reads: Bool = true) -> Int {
        var taken = 0
        for frame in frames {
            if endpoint.failure != nil { break }
            endpoint.receive(frame.bytes)
            if reads { _ = endpoint.flush() }
            taken += 1
        }
        _ = endpoint.flush()
        return taken
    }

    private func expectEnd(
        _ endpoint: Endpoint, _ violation: HTTP2Violation, location: SourceLocation = #_sourceLocation
    ) {
        #expect(endpoint.failure == .violation(violation), sourceLocation: location)
        #expect(endpoint.isOver, sourceLocation: location)
        let last = endpoint.sentFrames.last
        #expect(last?.kind == 7, sourceLocation: location)
        #expect(last?.code == HTTP2ErrorCode.enhanceYourCalm.rawValue, sourceLocation: location)
        #expect(last.map { Array($0.payload[8...]).text } == "\(violation.word)", sourceLocation: location)
        #expect(endpoint.counters.framesReceived < 20_000, sourceLocation: location)
    }

    private func opened(_ frames: [Frame] = [], limits: HTTP2Limits = HTTP2Limits(), answers: Bool = false) -> Endpoint
    {
        let endpoint = server(limits: limits, answers: answers)
        endpoint.receive(opening([.settingsAcknowledgement] + frames))
        _ = endpoint.flush()
        return endpoint
    }

    private func streams(_ count: Int) -> some Sequence<UInt32> { stride(from: 1, to: UInt32(2 * count), by: 2) }

    @Test("rapid reset (CVE-2023-44487): 200 at once, 33 per second")
    func rapidReset() {
        let endpoint = opened()
        let taken = attack(endpoint, streams(3000).lazy.flatMap { [Frame.get($0, ends: false), .reset($0)] })
        #expect(taken == 402)
        #expect(endpoint.counters.peerResets == 201)
        expectEnd(endpoint, .rapidReset)
    }

    @Test("resets at the allowed pace go on")
    func slowReset() {
        let endpoint = opened()
        for (index, stream) in streams(500).enumerated() {
            if index >= 200 { endpoint.now += 31_000_000 }
            #expect(attack(endpoint, [.get(stream, ends: false), .reset(stream)]) == 2)
        }
        #expect(endpoint.failure == nil)
        #expect(endpoint.counters.peerResets == 500)
    }

    @Test("a mesh peer's resets are judged by their share of all streams")
    func meshPeerResets() {
        func run(resetEvery period: Int) -> Endpoint {
            let endpoint = opened(limits: .meshPeer, answers: true)
            for (index, stream) in streams(1200).enumerated() where endpoint.failure == nil {
                let isReset = index % period == 0
                endpoint.receive(Frame.get(stream, ends: !isReset).bytes)
                if isReset { endpoint.receive(Frame.reset(stream).bytes) }
                _ = endpoint.flush()
            }
            return endpoint
        }
        #expect(run(resetEvery: 3).failure == nil)
        let attacked = run(resetEvery: 1)
        expectEnd(attacked, .rapidReset)
        #expect(attacked.counters.peerResets == 501)
    }

    @Test("resets that the peer provokes (CVE-2025-8671) count like its own")
    func provokedResets() {
        let overflow = opened()
        _ = attack(
            overflow, streams(3000).lazy.flatMap { [Frame.get($0, ends: false), .windowUpdate($0, 0x7FFF_FFFF)] })
        #expect(overflow.counters.provokedResets == 201)
        expectEnd(overflow, .provokedResets)
        let length = opened()
        _ = attack(length, streams(3000).lazy.map { Frame.get($0, "content-length: 1") })
        expectEnd(length, .provokedResets)
        let trailers = opened()
        _ = attack(trailers, streams(3000).lazy.flatMap { [Frame.get($0, ends: false), .headers($0, [":path: /"])] })
        expectEnd(trailers, .provokedResets)
    }

    @Test("a stream whose work is not gone keeps its place, also after a reset")
    func lingering() throws {
        var limits = HTTP2Limits()
        limits.concurrentStreams = 3
        limits.lingeringStreams = 2
        let endpoint = opened(limits: limits)
        endpoint.releases = false
        #expect(attack(endpoint, streams(6).flatMap { [Frame.get($0, ends: false), .reset($0)] }) == 12)
        #expect(endpoint.counters.refusedStreams == 1)
        #expect(endpoint.messages.keys.sorted() == [1, 3, 5, 7, 9])
        #expect(endpoint.sentFrames.last == .reset(11, HTTP2ErrorCode.refusedStream.rawValue))
        endpoint.release(try #require(endpoint.handles[1]))
        #expect(attack(endpoint, [.get(13)]) == 1)
        #expect(endpoint.messages[13]?.isWhole == true)
        #expect(endpoint.counters.refusedStreams == 1)
    }

    @Test("PING (CVE-2019-9512): a burst of 1000, and what DATA earns")
    func pings() {
        let endpoint = opened()
        #expect(attack(endpoint, repeatElement(.ping(), count: 20_000)) == 1001)
        expectEnd(endpoint, .pingFlood)
        let silent = opened()
        #expect(attack(silent, repeatElement(.ping(), count: 20_000), reads: false) == 1001)
        expectEnd(silent, .pingFlood)
        let prober = opened([.get(1, ends: false)])
        #expect(attack(prober, (0..<3000).lazy.flatMap { _ in [Frame.data(1, [1]), .ping()] }) == 6000)
        #expect(prober.failure == nil)
    }

    @Test("SETTINGS (CVE-2019-9515), many or large")
    func settings() {
        let endpoint = opened()
        #expect(attack(endpoint, repeatElement(.settings((4, 1)), count: 3000)) == 50)
        expectEnd(endpoint, .settingsFlood)
        let large = opened()
        let entries = (0..<2000).flatMap { _ in Array(Frame.settings((4, 1)).payload) }
        #expect(attack(large, [Frame(kind: 4, payload: entries)]) == 1)
        #expect(large.failure == .protocolError(.enhanceYourCalm))
        #expect(large.isOver)
    }

    @Test("PRIORITY (CVE-2019-9513): a hundred for each stream, and once more")
    func priorities() {
        let endpoint = opened([.get(1)])
        #expect(attack(endpoint, repeatElement(.priority(3, dependsOn: 1), count: 3000)) == 201)
        expectEnd(endpoint, .priorityFlood)
    }

    @Test("frames of unknown types, and heads on ended streams")
    func ignoredFrames() {
        let endpoint = opened()
        #expect(attack(endpoint, repeatElement(Frame(kind: 0x42), count: 3000)) == 201)
        expectEnd(endpoint, .unknownFrameFlood)
        let late = opened([.get(9)])
        #expect(attack(late, repeatElement(.get(5), count: 3000)) == 201)
        expectEnd(late, .unknownFrameFlood)
    }

    @Test("empty DATA frames (CVE-2019-9518) in a row, on one stream or several")
    func emptyData() {
        let endpoint = opened([.get(1, ends: false), .get(3, ends: false)])
        #expect(attack(endpoint, [.data(1), .data(1, [1]), .data(3), .data(3, ends: true), .data(1, [1])]) == 5)
        #expect(attack(endpoint, repeatElement(.data(1), count: 3000)) == 2)
        expectEnd(endpoint, .emptyFrameFlood)
    }

    @Test("WINDOW_UPDATE: five, two for each stream, and twenty for each DATA frame sent")
    func windowUpdates() {
        let endpoint = opened([.get(1)])
        #expect(attack(endpoint, repeatElement(.windowUpdate(0, 1), count: 3000)) == 8)
        expectEnd(endpoint, .windowUpdateFlood)
    }

    @Test("CONTINUATION (CVE-2024-28182): empty ones, tiny ones, and too many bytes")
    func continuations() {
        let block = HPACK.block(["x: y"])
        for (piece, violation) in [([], HTTP2Violation.emptyFrameFlood), (block, .continuationFlood)] {
            let endpoint = opened([.headers(1, HPACK.block(MessageTests.start), isWhole: false)])
            let taken = attack(endpoint, repeatElement(.continuation(1, piece, isWhole: false), count: 20_000))
            #expect(taken == (piece.isEmpty ? 2 : 9))
            expectEnd(endpoint, violation)
        }
        let large = opened([.headers(1, HPACK.block(MessageTests.start), isWhole: false)])
        let piece = HPACK.block(["x: " + String(repeating: "y", count: 16_000)])
        #expect(attack(large, repeatElement(.continuation(1, piece, isWhole: false), count: 20)) == 5)
        expectEnd(large, .continuationFlood)
    }

    @Test("the HPACK bomb (CVE-2026-47774, -49975): references of one byte, and cookie crumbs")
    func bombs() {
        let start = HPACK.block(MessageTests.start)
        let filler = HPACK.indexedLiteral(name: "x".latin1, value: Array(repeating: 0x79, count: 3500))
        let amplified = opened()
        _ = attack(amplified, [.headers(1, start + filler + Array(repeating: 0x80 | 62, count: 8000))])
        expectEnd(amplified, .headerListBomb)
        let crumbs = opened()
        let crumb = HPACK.indexedLiteral(name: "cookie".latin1, value: "a=b".latin1)
        _ = attack(crumbs, [.headers(1, start + crumb + Array(repeating: 0x80 | 62, count: 15_000))])
        expectEnd(crumbs, .headerListBomb)
        #expect(crumbs.messages == [:])
    }

    @Test("below the bomb a head of too many fields is only refused")
    func notABomb() {
        let start = HPACK.block(MessageTests.start)
        let crumb = HPACK.indexedLiteral(name: "cookie".latin1, value: "a=b".latin1)
        let endpoint = opened()
        #expect(attack(endpoint, [.headers(1, start + crumb + Array(repeating: 0x80 | 62, count: 500))]) == 1)
        #expect(endpoint.transcript.contains("refused 1 tooManyFields"))
        #expect(endpoint.failure == nil)
    }

    @Test("many large heads come a few at a time")
    func headBudget() {
        let start = HPACK.block(MessageTests.start)
        let filler = HPACK.indexedLiteral(name: "x".latin1, value: Array(repeating: 0x79, count: 3500))
        let first = Frame.headers(1, start + filler).bytes
        let rest = stride(from: UInt32(3), to: 199, by: 2).flatMap {
            Frame.headers($0, start + Array(repeating: 0x80 | 62, count: 15)).bytes
        }
        let endpoint = opened()
        endpoint.receive(first)
        let taken = endpoint.session.receive(rest.rawBytes, now: endpoint.now)
        #expect(taken < rest.count)
        endpoint.takeEvents(rest)
        #expect(endpoint.messages.count == 6)
        endpoint.receive(Array(rest[taken...]))
        #expect(endpoint.messages.count == 99)
        #expect(endpoint.messages[197]?.fields.count == 15)
    }

    @Test("frames that wait because nobody reads (CVE-2019-9517)")
    func outbound() {
        var limits = HTTP2Limits()
        limits.outboundFrames = 100
        let endpoint = opened(limits: limits)
        #expect(attack(endpoint, repeatElement(.ping(), count: 1000), reads: false) == 101)
        #expect(endpoint.failure != nil)
    }

    @Test("GOAWAY without end")
    func goAways() {
        let endpoint = opened([.get(1, ends: false)])
        #expect(attack(endpoint, repeatElement(.goAway(last: 0), count: 100)) == 11)
        expectEnd(endpoint, .goAwayFlood)
    }

    // MARK: Time

    @Test("a head that drips over CONTINUATION has ten seconds")
    func slowHead() {
        let endpoint = opened([.headers(1, HPACK.block(MessageTests.start), isWhole: false)])
        let began = endpoint.now
        #expect(endpoint.nextDeadline == began + 10_000_000_000)
        endpoint.now += 6_000_000_000
        endpoint.receive(Frame.continuation(1, HPACK.block(["x: y"]), isWhole: false).bytes)
        endpoint.tick(at: began + 10_000_000_000)
        _ = endpoint.flush()
        expectEnd(endpoint, .slowHead)
    }

    private func stalled(_ frames: [Frame]) -> Endpoint {
        let endpoint = opened()
        endpoint.react = { endpoint, event in
            guard case .end(let handle) = event else { return }
            endpoint.respond(
                handle, "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n", body: String(repeating: "x", count: 9000))
        }
        endpoint.receive(frames.flatMap(\.bytes))
        _ = endpoint.flush()
        return endpoint
    }

    @Test("a window of zero ends the stream, ten of them the connection")
    func zeroWindow() throws {
        let one = stalled([.settings((4, 0)), .get(1)])
        #expect(one.isBlocked(try #require(one.handles[1])))
        let began = one.now
        #expect(one.nextDeadline == began + 60_000_000_000)
        one.tick(at: began + 60_000_000_000 - 1)
        #expect(one.counters.stalledStreams == 0)
        one.tick(at: began + 60_000_000_000)
        _ = one.flush()
        #expect(one.messages[1]?.end == .stalled)
        #expect(one.counters.stalledStreams == 1)
        #expect(one.counters.provokedResets == 0)
        #expect(one.failure == nil)
        let ten = stalled([.settings((4, 0))] + streams(10).map { .get($0) })
        ten.tick(at: ten.now + 60_000_000_000)
        _ = ten.flush()
        expectEnd(ten, .zeroWindowStall)
        #expect(ten.messages[1]?.end == .connectionEnded || ten.messages[1]?.end == .stalled)
    }

    @Test("a window that opens byte by byte (CVE-2019-9511) is no life")
    func dribble() {
        let endpoint = stalled([.settings((4, 0)), .get(1)])
        let began = endpoint.now
        for second in 1...59 as ClosedRange<UInt64> {
            endpoint.receive(Frame.windowUpdate(1, 1).bytes)
            _ = endpoint.flush()
            endpoint.tick(at: began + second * 1_000_000_000)
        }
        #expect(endpoint.counters.dataFramesSent == 59)
        endpoint.tick(at: began + 60_000_000_000)
        #expect(endpoint.counters.stalledStreams == 1)
    }

    @Test("a stream that moves stays")
    func moving() {
        let endpoint = stalled([.settings((4, 0)), .get(1)])
        endpoint.receive(Frame.windowUpdate(1, 4096).bytes)
        _ = endpoint.flush()
        let began = endpoint.now
        endpoint.tick(at: began + 50_000_000_000)
        endpoint.tick(at: began + 100_000_000_000)
        #expect(endpoint.counters.stalledStreams == 0)
        endpoint.tick(at: began + 110_000_000_000)
        #expect(endpoint.counters.stalledStreams == 1)
    }

    @Test("a shut window of the connection ends the connection")
    func connectionWindow() throws {
        let endpoint = opened()
        endpoint.react = { endpoint, event in
            guard case .end(let handle) = event else { return }
            endpoint.respond(
                handle, "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n", body: String(repeating: "x", count: 70_000))
        }
        endpoint.receive([Frame.settings((4, 100_000)), .get(1)].flatMap(\.bytes))
        _ = endpoint.flush()
        #expect(endpoint.pendingBytes(try #require(endpoint.handles[1])) == 70_000 - 65_535)
        endpoint.tick(at: endpoint.now + 60_000_000_000)
        endpoint.tick(at: endpoint.now + 60_000_000_000)
        _ = endpoint.flush()
        expectEnd(endpoint, .zeroWindowStall)
    }
}
