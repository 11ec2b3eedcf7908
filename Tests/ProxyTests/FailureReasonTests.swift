import HTTP
import Proxy
import Testing

@Suite("Reasons and their statuses (§1.9)")
struct FailureReasonTests {
    @Test(
        "each reason has its status: E400, E403, E404, E405, E408, E413, E414, E417, E431, E500, E501, E502, E503, E504, E505, E508",
        arguments: FailureReason.allCases)
    func status(reason: FailureReason) {
        let expected =
            switch reason {
            case .badRequest: 400
            case .tlsRequired: 403
            case .tlsFailed, .peerRefused: 502
            case .noRoute: 404
            case .connectForbidden: 405
            case .clientTimeout: 408
            case .bodyTooLarge: 413
            case .uriTooLong: 414
            case .expectationFailed: 417
            case .headTooLarge: 431
            case .clientClosed: 499
            case .internal: 500
            case .notImplemented: 501
            case .upstreamReset, .upstreamClosed, .upstreamInvalidResponse, .upstreamTooLarge: 502
            case .connectRefused, .connectFailed, .noEndpoint, .overload: 503
            case .connectTimeout, .responseTimeout, .requestTimeout: 504
            case .versionNotSupported: 505
            case .loopDetected: 508
            }
        #expect(reason.status == expected)
    }

    @Test("no reason has a status that the proxy never makes: E411, E421 (V12), E425, E426, E429")
    func neverMade() {
        let made = Set(FailureReason.allCases.map(\.status))
        #expect(made.isDisjoint(with: [411, 421, 425, 426, 429]))
        #expect(made.isSuperset(of: [400, 502, 503, 504]))
    }

    @Test("words are distinct, lower case, and said to the client with an explanation of their own")
    func words() {
        let words = FailureReason.allCases.map(\.word.description)
        #expect(Set(words).count == words.count)
        #expect(words.allSatisfy { $0.allSatisfy { $0.isLowercase || $0 == "_" } })
        #expect(Set(FailureReason.allCases.map(\.explanation)).count == words.count)
    }

    @Test("every fault of a request has a reason with the fault's status", arguments: HTTPError.allCases)
    func faults(error: HTTPError) {
        #expect(error.requestReason.status == error.status)
        #expect(error.responseReason.status == 502)
    }
}
