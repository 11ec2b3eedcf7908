import HTTP
import HTTP2
import Testing

/// proxy-conformance §2.1, and the h2spec groups that it stands for; each row whole and at every cut.
@Suite("Frame and state errors")
struct FrameErrorTests {
    static let block = HPACK.block([":method: GET", ":scheme: http", ":path: /", ":authority: a"])

    static let identifiers: [Case<Reaction>] = [
        Case("2.1/1 even stream", [.get(2)], .goAway(.protocolError)),
        Case("2.1/1 stream lower than a used one", [.get(3), .get(1)], .nothing),
        Case("2.1/2 DATA on an idle stream", [.data(1)], .goAway(.protocolError)),
        Case("2.1/2 RST_STREAM on an idle stream", [.reset(1)], .goAway(.protocolError)),
        Case("2.1/2 WINDOW_UPDATE on an idle stream", [.windowUpdate(1, 1)], .goAway(.protocolError)),
        Case("2.1/2 DATA on stream 0", [.data(0, [1])], .goAway(.protocolError)),
        Case("2.1/2 HEADERS on stream 0", [.get(0)], .goAway(.protocolError)),
        Case("2.1/2 PRIORITY on stream 0", [.priority(0, dependsOn: 1)], .goAway(.protocolError)),
        Case("2.1/2 RST_STREAM on stream 0", [.reset(0)], .goAway(.protocolError)),
        Case("2.1/2 SETTINGS on a stream", [Frame(kind: 4, stream: 1)], .goAway(.protocolError)),
        Case("2.1/2 PING on a stream", [Frame(kind: 6, stream: 1, payload: Array(1...8))], .goAway(.protocolError)),
        Case(
            "2.1/2 GOAWAY on a stream", [Frame(kind: 7, stream: 1, payload: [0, 0, 0, 0, 0, 0, 0, 0])],
            .goAway(.protocolError)),
    ]

    static let sizes: [Case<Reaction>] = [
        Case(
            "2.1/3 frame above the size", [.get(1, ends: false), .data(1, Array(repeating: 0, count: 16_385))],
            .goAway(.frameSizeError)),
        Case("2.1/3 PING of 7", [.ping(Array(1...7))], .goAway(.frameSizeError)),
        Case("2.1/3 SETTINGS of 5", [Frame(kind: 4, payload: Array(1...5))], .goAway(.frameSizeError)),
        Case(
            "2.1/3 SETTINGS acknowledged with payload", [Frame(kind: 4, flags: 1, payload: [0, 1, 0, 0, 0, 1])],
            .goAway(.frameSizeError)),
        Case(
            "2.1/3 RST_STREAM of 3", [.get(1), Frame(kind: 3, stream: 1, payload: [0, 0, 8])], .goAway(.frameSizeError)),
        Case(
            "2.1/3 WINDOW_UPDATE of 3", [.get(1), Frame(kind: 8, stream: 1, payload: [0, 0, 8])],
            .goAway(.frameSizeError)),
        Case("2.1/3 PRIORITY of 4", [Frame(kind: 2, stream: 1, payload: [0, 0, 0, 0])], .goAway(.frameSizeError)),
        Case("2.1/3 GOAWAY of 7", [Frame(kind: 7, payload: Array(1...7))], .goAway(.frameSizeError)),
    ]

    static let windows: [Case<Reaction>] = [
        // nghttp2 ends the connection, where RFC 9113 §6.9 would be content with the stream.
        Case(
            "2.1/4 WINDOW_UPDATE of 0 on a stream", [.get(1, ends: false), .windowUpdate(1, 0)], .goAway(.protocolError)
        ),
        Case("2.1/4 WINDOW_UPDATE of 0 on the connection", [.windowUpdate(0, 0)], .goAway(.protocolError)),
        Case(
            "2.1/5 stream window overflows", [.get(1, ends: false), .windowUpdate(1, 0x7FFF_FFFF)],
            .reset(1, .flowControlError)),
        Case("2.1/5 connection window overflows", [.windowUpdate(0, 0x7FFF_FFFF)], .goAway(.flowControlError)),
        Case("2.1/6 INITIAL_WINDOW_SIZE above 2^31-1", [.settings((4, 0x8000_0000))], .goAway(.flowControlError)),
        Case("2.1/6 ENABLE_PUSH of 2", [.settings((2, 2))], .goAway(.protocolError)),
        Case("2.1/6 MAX_FRAME_SIZE too small", [.settings((5, 16_383))], .goAway(.protocolError)),
        Case("2.1/6 MAX_FRAME_SIZE too large", [.settings((5, 16_777_216))], .goAway(.protocolError)),
        Case(
            "2.1/6 INITIAL_WINDOW_SIZE makes a window overflow",
            [.get(1, ends: false), .windowUpdate(1, 0x7FFF_0000), .settings((4, 0x7FFF_FFFF))],
            .reset(1, .flowControlError)),
    ]

    static let structure: [Case<Reaction>] = [
        Case(
            "2.1/7 PUSH_PROMISE from a client",
            [.get(1, ends: false), Frame(kind: 5, flags: 4, stream: 1, payload: [0, 0, 0, 2] + block)],
            .goAway(.protocolError)),
        Case("2.1/7 PRIORITY that depends on itself", [.priority(1, dependsOn: 1)], .goAway(.protocolError)),
        Case(
            "2.1/7 HEADERS that depend on themselves",
            [Frame(kind: 1, flags: 0x25, stream: 1, payload: [0, 0, 0, 1, 15] + block)], .goAway(.protocolError)),
        Case("2.1/8 HPACK index 0", [.headers(1, [0x80])], .goAway(.compressionError)),
        Case("2.1/8 HPACK index beyond the table", [.headers(1, [0xFF, 0x80, 0x01])], .goAway(.compressionError)),
        Case(
            "2.1/8 HPACK table size above the setting", [.headers(1, [0x3F, 0xE2, 0x1F] + block)],
            .goAway(.compressionError)),
        Case("2.1/8 HPACK table size behind a field", [.headers(1, block + [0x20])], .goAway(.compressionError)),
        Case("2.1/8 HPACK string cut off", [.headers(1, [0x00, 0x05, 0x61])], .goAway(.compressionError)),
        Case(
            "2.1/8 HPACK Huffman padding of 8 bits", [.headers(1, [0x00, 0x81, 0xFF] + HPACK.string([0x61]))],
            .goAway(.compressionError)),
        Case(
            "2.1/8 HPACK Huffman with EOS", [.headers(1, [0x00, 0x84, 0xFF, 0xFF, 0xFF, 0xFF] + HPACK.string([0x61]))],
            .goAway(.compressionError)),
        Case(
            "2.1/9 another frame inside a head",
            [.headers(1, Array(block.prefix(5)), isWhole: false), .ping()], .goAway(.protocolError)),
        Case(
            "2.1/9 CONTINUATION of another stream",
            [.headers(1, Array(block.prefix(5)), isWhole: false), .continuation(3, [], isWhole: true)],
            .goAway(.protocolError)),
        Case("2.1/9 CONTINUATION without a head", [.continuation(1, [], isWhole: true)], .goAway(.protocolError)),
        Case(
            "2.1/9 unknown frame inside a head",
            [.headers(1, Array(block.prefix(5)), isWhole: false), Frame(kind: 0x42, stream: 1)], .goAway(.protocolError)
        ),
        Case("2.1/10 unknown frame", [Frame(kind: 0x42, flags: 0xFF, stream: 7, payload: [1, 2, 3])], .nothing),
        Case("2.1/10 unknown setting", [.settings((0x4242, 7))], .nothing),
        Case("2.1/10 unknown flags", [Frame(kind: 6, flags: 0xF0, payload: Array(1...8))], .nothing),
        Case("2.1/10 unknown error code", [.get(1, ends: false), .reset(1, 0x4242)], .nothing),
        Case(
            "2.1/12 DATA with padding as long as the payload",
            [.get(1, ends: false), Frame(kind: 0, flags: 8, stream: 1, payload: [3, 1, 2])], .goAway(.protocolError)),
        Case(
            "2.1/12 HEADERS with padding longer than the payload",
            [Frame(kind: 1, flags: 0xD, stream: 1, payload: [200] + block)], .goAway(.protocolError)),
    ]

    @Test("a frame that may not be is answered as RFC 9113 wants", arguments: identifiers + sizes + windows + structure)
    func reactions(row: Case<Reaction>) {
        let outcome = outcome(of: row.frames)
        outcome.expect(row.expected)
        if case .goAway(let code) = row.expected { #expect(outcome.failure == .protocolError(code)) }
    }

    @Test("2.1/2 frames on a stream that has ended")
    func closed() {
        let first = opening([.get(1)])
        for (late, code) in [
            (Frame.data(1, [1]), HTTP2ErrorCode.streamClosed), (.get(1), .streamClosed),
            (.continuation(1, [], isWhole: true), .protocolError),
        ] {
            outcome(of: late.bytes, after: first) { server(answers: true) }.expect(.goAway(code))
        }
        outcome(of: (Frame.reset(1).bytes + Frame.windowUpdate(1, 5).bytes), after: first) { server(answers: true) }
            .expect(.nothing)
    }

    @Test("2.1/2 frames on a stream that the peer has ended")
    func halfClosed() {
        outcome(of: [.get(1), .data(1, [1])]).expect(.goAway(.streamClosed))
        outcome(of: [.get(1), .get(1)]).expect(.goAway(.streamClosed))
    }

    @Test("what is not HTTP/2 fails at its first wrong byte")
    func preface() {
        let answer = outcome(of: "GET / HTTP/1.1\r\nHost: a\r\n\r\n".latin1)
        #expect(answer.failure == .badPreface)
        #expect(answer.isOver)
        outcome(of: Frame.preface + Frame.ping().bytes).expect(.goAway(.protocolError))
        outcome(of: Frame.preface + Frame.settingsAcknowledgement.bytes).expect(.goAway(.protocolError))
    }

    @Test("2.1/10 unknown frames are ignored, but counted")
    func unknownFrames() {
        let endpoint = server()
        endpoint.receive(opening([Frame(kind: 0x42), Frame(kind: 0x43, payload: [1])]))
        #expect(endpoint.counters.unknownFrames == 2)
        #expect(endpoint.counters.framesReceived == 3)
    }

    @Test("2.1/1 a head on a lower stream is ignored, but counted")
    func lateHeads() {
        let endpoint = server()
        endpoint.receive(opening([.get(3), .get(1)]))
        #expect(endpoint.messages.keys.sorted() == [3])
        #expect(endpoint.counters.lateHeads == 1)
    }

    @Test("2.1/11 a stream too many is refused while our limit is not acknowledged, and ends the connection after that")
    func concurrency() {
        var limits = HTTP2Limits()
        limits.concurrentStreams = 2
        let early = outcome(of: [.get(1), .get(3), .get(5)]) { server(limits: limits) }
        early.expect(.reset(5, .refusedStream))
        #expect(early.told[5] == nil)
        outcome(of: [.settingsAcknowledgement, .get(1), .get(3), .get(5)]) { server(limits: limits) }
            .expect(.goAway(.protocolError))
    }

    @Test("2.1/12 padding counts for flow control, and is given back at once")
    func padding() {
        let endpoint = server()
        endpoint.receive(opening([.settingsAcknowledgement, .get(1, ends: false)]))
        _ = endpoint.flush()
        let padded = Frame(kind: 0, flags: 8, stream: 1, payload: [255, 0x61] + Array(repeating: 0, count: 255))
        let rounds = Int(endpoint.limits.streamWindowBytes) / padded.payload.count * 3
        for _ in 0..<rounds {
            endpoint.receive(padded.bytes)
            _ = endpoint.flush()
        }
        #expect(endpoint.messages[1]?.body.count == rounds)
        #expect(endpoint.failure == nil)
        let credit = endpoint.sentFrames.filter { $0.kind == 8 && $0.stream == 1 }
            .reduce(0) { $0 + Int(UInt32(bigEndianBytes: $1.payload[0..<4])) }
        #expect(credit >= rounds * padded.payload.count - Int(endpoint.limits.streamWindowBytes))
    }

    @Test("2.1/13 SETTINGS that nobody acknowledges end the connection in time")
    func settingsTimeout() {
        let endpoint = server()
        endpoint.receive(opening([]))
        _ = endpoint.flush()
        let deadline = endpoint.now + 10_000_000_000
        #expect(endpoint.nextDeadline == deadline)
        endpoint.tick(at: deadline - 1)
        #expect(endpoint.failure == nil)
        endpoint.tick(at: deadline)
        _ = endpoint.flush()
        #expect(endpoint.failure == .violation(.settingsTimeout))
        #expect(endpoint.sentFrames.last?.code == HTTP2ErrorCode.settingsTimeout.rawValue)
        #expect(endpoint.isOver)
    }

    @Test("2.1/13 acknowledged SETTINGS leave no deadline")
    func settingsAcknowledged() {
        let endpoint = server()
        endpoint.receive(opening([.settingsAcknowledgement]))
        #expect(endpoint.nextDeadline == nil)
    }

    @Test("2.1/14 a GOAWAY that takes more streams than the last one is an error")
    func growingGoAway() {
        let endpoint = Endpoint(.client)
        #expect(endpoint.request("GET / HTTP/1.1\r\nHost: a\r\n\r\n")?.id == 1)
        _ = endpoint.flush()
        endpoint.receive([Frame.settings(), .goAway(last: 1), .goAway(last: 3)].flatMap(\.bytes))
        _ = endpoint.flush()
        #expect(endpoint.failure == .protocolError(.protocolError))
        #expect(endpoint.sentFrames.last?.code == HTTP2ErrorCode.protocolError.rawValue)
    }

    @Test("2.1/14 behind our GOAWAY new streams are not looked at, but the tables of the connection are kept")
    func afterGoAway() {
        let endpoint = server()
        endpoint.receive(opening([.get(1, ends: false)]))
        endpoint.session.finishDrain()
        _ = endpoint.flush()
        let late = FrameErrorTests.block + HPACK.indexedLiteral(name: "late".latin1, value: "entry".latin1)
        endpoint.receive(Frame.headers(3, late).bytes)
        #expect(endpoint.messages[3] == nil)
        endpoint.receive(Frame.headers(1, [0x80 | 62]).bytes)
        #expect(endpoint.messages[1]?.trailers == ["late: entry"])
        #expect(endpoint.messages[1]?.isWhole == true)
        #expect(endpoint.sentFrames.last == .goAway(last: 1))
    }

    @Test("SETTINGS are applied and acknowledged in order, PING before what waits")
    func acknowledgements() {
        let endpoint = server(answers: true)
        endpoint.receive(opening([.get(1), .settings((4, 5)), .ping()]))
        _ = endpoint.flush()
        let kinds = endpoint.sentFrames.map(\.kind)
        let acknowledgements = endpoint.sentFrames.filter { $0 == .settingsAcknowledgement }
        #expect(acknowledgements.count == 2)
        #expect(endpoint.sentFrames.contains(.ping(isAcknowledgement: true)))
        #expect(kinds.first == 4)
        #expect(kinds.last == 1)
    }
}
