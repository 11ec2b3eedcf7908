import Bytes
import Foundation
import HTTP
import Testing

@Suite("Names, dates, reasons")
struct VocabularyTests {
    @Test(
        "every special name is recognised in any case, and nothing near it",
        arguments: FieldName.allCases.filter { $0 != .other })
    func names(name: FieldName) {
        let lower = "\(name.text)".latin1
        let upper = lower.map { $0 >= 0x61 && $0 <= 0x7A ? $0 ^ 0x20 : $0 }
        #expect(token(lower) == name)
        #expect(token(upper) == name)
        #expect(token(lower + [UInt8(ascii: "!")]) == .other)
        #expect(token(Array(lower.dropLast())) != name)
        for index in lower.indices {
            for replacement: UInt8 in [0x00, 0x0D, 0x5F, lower[index] ^ 0x80, lower[index] ^ 0x60] {
                var near = lower
                near[index] = replacement
                #expect(token(near) == .other)
            }
        }
    }

    private func token(_ name: [UInt8]) -> FieldName { FieldName(name.rawBytes) }

    @Test("a set keeps names apart")
    func sets() {
        let set: FieldNameSet = [.host, .via, .other]
        for name in FieldName.allCases { #expect(set.contains(name) == [.host, .via, .other].contains(name)) }
    }

    @Test("lines of one name are found in order, without the others")
    func lookup() {
        var head = RequestHead()
        #expect(head.parse(get("Via: 1", "X: y", "via: 2", "Date: d").latin1.rawBytes) == nil)
        var values: [String] = []
        for field in head.fields.all(of: .via) { values.append(text(head[field.valueRange])) }
        #expect(values == ["1", "2"])
        #expect(head.fields.count(of: .via) == 2)
        #expect(head.fields.count(of: .cookie) == 0)
        let date = head.value(of: .date) ?? .empty
        #expect(text(head[date]) == "d")
        #expect(head.value(of: .cookie) == nil)
    }

    @Test(
        "dates are those of the calendar",
        arguments: [
            0, 784_111_777, 951_782_400, 951_868_799, 951_868_800, 1_709_164_800, 4_107_542_400, 253_402_300_799,
            1_795_312_345,
        ] as [Int64])
    func dates(seconds: Int64) {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        var out = ByteBuffer()
        HTTPDate(unixSeconds: seconds).append(to: &out)
        #expect(text(out) == formatter.string(from: Date(timeIntervalSince1970: TimeInterval(seconds))))
    }

    @Test("each fault of a request has the reason that its status has", arguments: HTTPError.allCases)
    func reasons(error: HTTPError) {
        let expected: FailureReason =
            switch error.status {
            case 400: .badRequest
            case 414: .uriTooLong
            case 417: .expectationFailed
            case 431: .headTooLarge
            case 501: .notImplemented
            case 505: .versionNotSupported
            default: .internal
            }
        #expect(error.requestReason == expected)
        #expect(
            error.responseReason
                == (error.status == 414 || error.status == 431 ? .upstreamTooLarge : .upstreamInvalidResponse))
    }

    @Test("the reason words are the contract's")
    func words() {
        #expect(
            FailureReason.allCases.map { "\($0.word)" }.joined(separator: " ") == """
                connect_refused connect_timeout connect_failed no_endpoint no_route tls_failed peer_refused \
                tls_required upstream_reset upstream_closed upstream_invalid_response upstream_too_large response_timeout request_timeout bad_request head_too_large \
                uri_too_long client_closed client_timeout body_too_large not_implemented version_not_supported \
                expectation_failed loop_detected overload connect_forbidden internal
                """)
    }

    @Test(
        "phrases",
        arguments: [(200, "OK"), (404, "Not Found"), (502, "Bad Gateway"), (299, "Success"), (799, "Unknown")])
    func phrases(status: Int, phrase: String) { #expect("\(HTTPStatus.phrase(status))" == phrase) }
}
