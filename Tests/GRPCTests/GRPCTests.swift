import Bytes
import GRPC
import HTTP
import Testing

/// proxy-conformance §3.
@Suite("gRPC")
struct GRPCTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    private func text(_ buffer: borrowing ByteBuffer) -> String {
        String(decoding: (0..<buffer.count).map { buffer.bytes[$0] }, as: UTF8.self)
    }

    // MARK: Identification

    @Test(
        "the content type names gRPC exactly",
        arguments: [
            ("application/grpc", true), ("application/grpc+proto", true), ("application/grpc;charset=utf-8", true),
            ("application/grpc ; x", true), ("Application/GRPC+json", true), ("application/grpc-web", false),
            ("application/grpc-web+proto", false), ("application/grpcx", false), ("application/grp", false),
            ("application/json", false), ("", false),
        ])
    func contentType(value: String, expected: Bool) {
        let value = bytes(value)
        let result = GRPCContentType.matches(value.rawBytes)
        #expect(result == expected)
    }

    @Test("a call is a POST of that type")
    func call() {
        func isCall(_ method: String, _ type: String) -> Bool {
            var head = RequestHead()
            let request = bytes("\(method) /S/M HTTP/1.1\r\nHost: a\r\nContent-Type: \(type)\r\n\r\n")
            return head.parse(request.rawBytes) == nil && head.isGRPC
        }
        #expect(isCall("POST", "application/grpc"))
        #expect(!isCall("GET", "application/grpc"))
        #expect(!isCall("POST", "application/grpc-web"))
    }

    // MARK: Status

    @Test("every status has its number and name")
    func statuses() {
        let names = [
            "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
            "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
            "UNIMPLEMENTED",
            "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
        ]
        for (number, name) in names.enumerated() {
            let value = bytes("\(number)")
            let status = GRPCStatus(value: value.rawBytes)
            #expect(status?.rawValue == UInt8(number))
            #expect(status.map { "\($0.word)" } == name)
        }
    }

    @Test(
        "a status that is no number is none, one beyond the list is unknown",
        arguments: ["", "00", "01", "-1", "a", "0 ", "1234567890"])
    func malformedStatus(value: String) {
        let value = bytes(value)
        let result = GRPCStatus(value: value.rawBytes)
        #expect(result == nil)
        let beyond = bytes("17")
        let unlisted = GRPCStatus(value: beyond.rawBytes)
        #expect(unlisted == .unknown)
    }

    @Test("what the service failed at counts against it, what its caller did does not")
    func failures() {
        #expect(
            GRPCStatus.allCases.filter(\.isServerFailure) == [
                .unknown, .deadlineExceeded, .internal, .unavailable, .dataLoss,
            ])
    }

    @Test(
        "a response without a status means what its HTTP status does",
        arguments: [
            (400, GRPCStatus.internal), (401, .unauthenticated), (403, .permissionDenied), (404, .unimplemented),
            (429, .unavailable), (502, .unavailable), (503, .unavailable), (504, .unavailable), (431, .internal),
            (418, .unknown), (500, .unknown), (200, .unknown), (302, .unknown),
        ])
    func httpStatus(status: Int, expected: GRPCStatus) {
        #expect(GRPCStatus(httpStatus: status) == expected)
    }

    @Test("a reset means what its code does")
    func resets() {
        let expected: [GRPCStatus] = [
            .internal, .internal, .internal, .internal, .unknown, .unknown, .internal, .unavailable, .cancelled,
            .internal,
            .internal, .resourceExhausted, .permissionDenied, .unknown,
        ]
        #expect((0...13).map { GRPCStatus(resetCode: UInt32($0)) } == expected)
        #expect(GRPCStatus(resetCode: 0x4242) == .unknown)
    }

    @Test("what the proxy ends has the status of its reason")
    func reasons() {
        let expected: [FailureReason: GRPCStatus] = [
            .connectRefused: .unavailable, .connectTimeout: .unavailable, .connectFailed: .unavailable,
            .noEndpoint: .unavailable, .noRoute: .unimplemented, .upstreamReset: .unavailable,
            .upstreamClosed: .unavailable, .upstreamInvalidResponse: .unavailable, .upstreamTooLarge: .unavailable,
            .responseTimeout: .deadlineExceeded, .requestTimeout: .deadlineExceeded, .badRequest: .internal,
            .headTooLarge: .internal, .uriTooLong: .internal, .clientClosed: .cancelled,
            .clientTimeout: .deadlineExceeded, .bodyTooLarge: .resourceExhausted, .notImplemented: .unimplemented,
            .versionNotSupported: .unimplemented, .expectationFailed: .internal, .loopDetected: .internal,
            .overload: .unavailable, .connectForbidden: .permissionDenied, .internal: .internal,
            .tlsFailed: .unavailable, .peerRefused: .unavailable, .tlsRequired: .permissionDenied,
        ]
        for reason in FailureReason.allCases { #expect(GRPCStatus(reason) == expected[reason], "\(reason.word)") }
    }

    @Test("every status has an HTTP status that stands for it")
    func toHTTP() {
        let expected = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401]
        #expect(GRPCStatus.allCases.map(\.httpStatus) == expected)
    }

    // MARK: Outcome

    private func outcome(_ lines: String, trailers: [(String, String)] = [], ends: Bool = false) -> GRPCOutcome {
        var head = ResponseHead()
        head.beginSection()
        for line in lines.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 1)
            let (name, value) = (bytes(String(parts[0])), bytes(String(parts[1])))
            #expect(head.take(name.rawBytes, value.rawBytes) == nil)
        }
        #expect(head.endSection(for: .post, endsMessage: ends) == nil)
        var section = TrailerSection()
        section.beginSection()
        for (name, value) in trailers {
            let (name, value) = (bytes(name), bytes(value))
            #expect(section.take(name.rawBytes, value.rawBytes) == nil)
        }
        return GRPCOutcome(head, trailers: section.fields, in: section.bytes)
    }

    @Test("the status stands in the trailers, or in the head of a Trailers-Only response")
    func sources() {
        let head = ":status 200\ncontent-type application/grpc"
        #expect(outcome(head, trailers: [("grpc-status", "0")]).status == .ok)
        #expect(
            outcome(head, trailers: [("x", "y"), ("grpc-status", "5")])
                == outcome(head, trailers: [("grpc-status", "5")]))
        #expect(outcome(head, trailers: [("grpc-status", "5")]).source == .trailers)
        let only = outcome(head + "\ngrpc-status 12", ends: true)
        #expect(only.status == .unimplemented)
        #expect(only.source == .head)
    }

    @Test("a missing or malformed status is a failure, also behind a 200")
    func missing() {
        let head = ":status 200\ncontent-type application/grpc"
        #expect(outcome(head).status == .unknown)
        #expect(outcome(head).source == .httpStatus)
        #expect(outcome(head, trailers: [("grpc-status", "x")]).status == .unknown)
        // In a head with a body it is not the call's.
        #expect(outcome(head + "\ngrpc-status 0").status == .unknown)
        #expect(outcome(":status 503", ends: true).status == .unavailable)
        #expect(outcome(":status 503", trailers: [("grpc-status", "0")]).status == .ok)
    }

    @Test("a call that was reset failed as the code says")
    func resetOutcome() {
        let outcome = GRPCOutcome(resetCode: 8)
        #expect(outcome.status == .cancelled)
        #expect(outcome.source == .reset)
    }

    // MARK: Values

    @Test(
        "a timeout is up to eight digits and a unit",
        arguments: [
            ("1S", 1_000_000_000), ("0m", 0), ("99999999n", 99_999_999), ("99999999u", 99_999_999_000),
            ("250m", 250_000_000),
            ("2M", 120_000_000_000), ("1H", 3_600_000_000_000), ("00000001S", 1_000_000_000), ("99999999H", .max),
            ("5x", nil), ("S", nil), ("", nil), ("1", nil), ("123456789n", nil), ("-1S", nil), ("1.5S", nil),
            ("1s", nil),
            ("1 S", nil), (" 1S", nil), ("1S ", nil), ("1h", nil), ("1N", nil),
        ] as [(String, UInt64?)])
    func timeout(value: String, expected: UInt64?) {
        let value = bytes(value)
        let result = GRPCTimeout.parse(value.rawBytes)
        #expect(result == expected)
    }

    @Test(
        "a timeout is written in the finest unit that fits, and never grows",
        arguments: [
            (0, "0n"), (1, "1n"), (99_999_999, "99999999n"), (100_000_000, "100000u"), (100_000_999, "100000u"),
            (99_999_999_999, "99999999u"), (100_000_000_000, "100000m"), (3_600_000_000_000, "3600000m"),
            (99_999_999_999_999, "99999999m"), (100_000_000_000_000, "100000S"), (.max, "5124095H"),
        ] as [(UInt64, String)])
    func writtenTimeout(nanoseconds: UInt64, expected: String) throws {
        var buffer = ByteBuffer()
        GRPCTimeout.write(nanoseconds: nanoseconds, to: &buffer)
        #expect(text(buffer) == expected)
        let written = bytes(expected)
        let back = GRPCTimeout.parse(written.rawBytes)
        #expect(try #require(back) <= nanoseconds)
    }

    @Test(
        "a message is percent-encoded where it must be",
        arguments: [
            ("plain text", "plain text"), ("100%", "100%25"), ("a\r\nb\t", "a%0D%0Ab%09"), ("ü", "%C3%BC"),
            ("😈", "%F0%9F%98%88"),
            ("\u{7F}~ ", "%7F~ "), ("", ""),
        ])
    func message(plain: String, encoded: String) {
        var out = ByteBuffer()
        let (source, wire) = (bytes(plain), bytes(encoded))
        GRPCMessageText.write(source.rawBytes, to: &out)
        #expect(text(out) == encoded)
        var back = ByteBuffer()
        GRPCMessageText.read(wire.rawBytes, to: &back)
        #expect(text(back) == plain)
    }

    @Test(
        "a percent sign that begins no escape stands for itself",
        arguments: [("%", "%"), ("%4", "%4"), ("%zz", "%zz"), ("%41%", "A%"), ("%c3%BC", "ü")])
    func lenientMessage(encoded: String, plain: String) {
        var back = ByteBuffer()
        let wire = bytes(encoded)
        GRPCMessageText.read(wire.rawBytes, to: &back)
        #expect(text(back) == plain)
    }

    @Test(
        "pushback is an exact delay, or no retry",
        arguments: [
            ("0", GRPCPushback.after(milliseconds: 0)), ("1500", .after(milliseconds: 1500)), ("-1", .never),
            ("abc", .never),
            ("", .never), ("1.5", .never), ("9999999999", .never),
        ])
    func pushback(value: String, expected: GRPCPushback) {
        let value = bytes(value)
        let result = GRPCPushback(value.rawBytes)
        #expect(result == expected)
    }

    // MARK: Messages

    private func message(_ payload: Int, compressed: UInt8 = 0) -> [UInt8] {
        [
            compressed, UInt8(payload >> 24), UInt8(payload >> 16 & 0xFF), UInt8(payload >> 8 & 0xFF),
            UInt8(payload & 0xFF),
        ]
            + Array(repeating: 7, count: payload)
    }

    @Test("messages are counted the same however they are cut")
    func counting() {
        let stream = message(0) + message(1) + message(300, compressed: 1) + message(5)
        for first in 0...stream.count {
            for second in stride(from: first, through: stream.count, by: 37) {
                var counter = GRPCMessageCounter()
                counter.take(stream.rawBytes.extracting(0..<first))
                counter.take(stream.rawBytes.extracting(first..<second))
                counter.take(stream.rawBytes.extracting(second..<stream.count))
                #expect(counter.messages == 4)
                #expect(counter.payloadBytes == 306)
                #expect(counter.isBetweenMessages)
            }
        }
        var dripped = GRPCMessageCounter()
        for byte in stream { dripped.take([byte].rawBytes) }
        #expect(dripped.messages == 4)
    }

    @Test("a message that was cut off is not counted, and what is no prefix ends the counting")
    func partial() {
        var counter = GRPCMessageCounter()
        let stream = message(3)
        counter.take(stream.rawBytes.extracting(first: 7))
        #expect(counter.messages == 0)
        #expect(!counter.isBetweenMessages)
        var malformed = GRPCMessageCounter()
        let wrong = message(1) + [2, 0, 0, 0, 0]
        malformed.take(wrong.rawBytes)
        #expect(malformed.messages == 1)
        #expect(malformed.isMalformed)
        malformed.take(stream.rawBytes)
        #expect(malformed.messages == 1)
        #expect(!malformed.isBetweenMessages)
    }
}
