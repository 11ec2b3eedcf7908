import HTTP
import HTTP2
import Testing

@Suite("Codes, words, reasons")
struct VocabularyTests {
    @Test("every code of RFC 9113 §7 has its number and word")
    func codes() {
        let words = [
            "no_error", "protocol_error", "internal_error", "flow_control_error", "settings_timeout", "stream_closed",
            "frame_size_error", "refused_stream", "cancel", "compression_error", "connect_error", "enhance_your_calm",
            "inadequate_security", "http_1_1_required", "unknown",
        ]
        #expect((0...14 as ClosedRange<UInt32>).map { "\(HTTP2ErrorCode(rawValue: $0).word)" } == words)
        let codes: [HTTP2ErrorCode] = [
            .noError, .protocolError, .internalError, .flowControlError, .settingsTimeout, .streamClosed,
            .frameSizeError,
            .refusedStream, .cancel, .compressionError, .connectError, .enhanceYourCalm, .inadequateSecurity,
            .http11Required,
        ]
        #expect(codes.map(\.rawValue) == Array(0...13))
    }

    @Test("every violation has a word of its own, and asks for calm unless it is a timer's")
    func violations() {
        #expect(Set(HTTP2Violation.allCases.map { "\($0.word)" }).count == HTTP2Violation.allCases.count)
        let others = HTTP2Violation.allCases.filter { $0.code != .enhanceYourCalm }
        #expect(others == [.settingsTimeout, .keepAliveTimeout])
    }

    @Test("how a stream ended says whose fault it was, and whether to try again")
    func ends() {
        let rows: [(StreamEnd, Bool, FailureReason?, FailureReason?)] = [
            (.complete, false, nil, nil), (.cancelled(.cancel), false, nil, nil),
            (.reset(.cancel), false, .upstreamReset, .clientClosed),
            (.reset(.refusedStream), true, .upstreamReset, .clientClosed),
            (.refused, true, .upstreamClosed, .clientClosed),
            (.malformed(.headTooLarge), false, .upstreamTooLarge, .headTooLarge),
            (.malformed(.forbiddenTrailer), false, .upstreamInvalidResponse, .badRequest),
            (.invalid(.protocolError), false, .upstreamInvalidResponse, .badRequest),
            (.stalled, false, .responseTimeout, .clientTimeout),
            (.connectionEnded, false, .upstreamClosed, .clientClosed),
        ]
        for (end, isSafe, upstream, client) in rows {
            #expect(end.isSafeToRetry == isSafe, "\(end)")
            #expect(end.upstreamReason == upstream, "\(end)")
            #expect(end.clientReason == client, "\(end)")
        }
    }

    @Test("a response that cannot be ended properly is reset with the code of its reason")
    func reasons() {
        let expected: [HTTP2ErrorCode: [FailureReason]] = [
            .cancel: [.responseTimeout, .requestTimeout, .clientClosed, .clientTimeout],
            .enhanceYourCalm: [.overload],
            .protocolError: [.badRequest, .headTooLarge, .uriTooLong, .bodyTooLarge, .expectationFailed],
            .http11Required: [.versionNotSupported],
            .connectError: [
                .connectRefused, .connectTimeout, .connectFailed, .noEndpoint, .noRoute, .tlsFailed, .peerRefused,
                .connectForbidden,
            ],
            .inadequateSecurity: [.tlsRequired],
            .internalError: [
                .upstreamReset, .upstreamClosed, .upstreamInvalidResponse, .upstreamTooLarge, .notImplemented,
                .loopDetected, .internal,
            ],
        ]
        let found = Dictionary(grouping: FailureReason.allCases) { HTTP2ErrorCode(ending: $0) }
        #expect(found == expected)
    }
}
