import HTTP
import Testing

/// One numbered row of the checklist as raw bytes.
struct Case<Input: Sendable, Expected: Sendable>: CustomTestStringConvertible, Sendable {
    let id: String
    let bytes: Input
    let expected: Expected

    init(_ id: String, _ bytes: Input, _ expected: Expected) {
        self.id = id
        self.bytes = bytes
        self.expected = expected
    }

    var testDescription: String { "\(id) \("\(bytes)".prefix(90).debugDescription)" }
}

typealias Refused = Case<String, HTTPError>

/// `GET /` with more lines.
func get(_ lines: String...) -> String {
    "GET / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
}

/// `POST /` with more lines.
func post(_ lines: String...) -> String {
    "POST / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
}

/// `HTTP/1.1 200 OK` with more lines.
func ok(_ lines: String...) -> String {
    "HTTP/1.1 200 OK\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
}
