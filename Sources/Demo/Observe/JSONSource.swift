import EventLoop
import Foundation
import HTTPTransport

/// Fetches JSON documents from one address.
struct JSONSource {
    let name: String
    let address: SocketAddress
    let client: HTTPClient
    let loop: EventLoop

    static let timeout = Duration.seconds(10)

    func get<Document: Decodable>(_ target: String, as type: Document.Type) async throws(ObservationError) -> Document {
        try decode(try await fetch("GET", target), target)
    }

    /// Sends a form, since an expression may be longer than a URL should be.
    func post<Document: Decodable>(
        _ target: String, form: [(String, String)], as type: Document.Type
    ) async throws(ObservationError) -> Document {
        let body = form.map { "\(PercentEncoding.encode($0.0))=\(PercentEncoding.encode($0.1))" }
        return try decode(try await fetch("POST", target, body: body.joined(separator: "&")), target)
    }

    /// The status of a GET, or nil when nobody answers.
    func status(of target: String) async -> Int? {
        do throws(HTTPClientError) {
            return try await send("GET", target, body: nil).status
        } catch {
            return nil
        }
    }

    func text(of target: String) async throws(ObservationError) -> String { try await fetch("GET", target).text }

    private func fetch(
        _ method: String, _ target: String, body: String? = nil
    ) async throws(ObservationError) -> HTTPResponse {
        let response: HTTPResponse
        do throws(HTTPClientError) {
            response = try await send(method, target, body: body)
        } catch {
            throw ObservationError("\(name) \(target): \(error)")
        }
        guard response.status == 200 else {
            throw ObservationError("\(name) \(target): status \(response.status), \(response.text.prefix(200))")
        }
        return response
    }

    private func send(_ method: String, _ target: String, body: String?) async throws(HTTPClientError) -> HTTPResponse {
        let fields: HTTPFields = body == nil ? [:] : ["Content-Type": "application/x-www-form-urlencoded"]
        return try await client.request(
            method, to: address, authority: address.description, target: target, fields: fields,
            body: Array((body ?? "").utf8), deadline: loop.now.advanced(by: Self.timeout))
    }

    private func decode<Document: Decodable>(
        _ response: HTTPResponse, _ target: String
    ) throws(ObservationError) -> Document {
        do {
            return try JSONDecoder().decode(Document.self, from: Data(response.body))
        } catch {
            throw ObservationError("\(name) \(target): unexpected document: \(error)")
        }
    }
}

/// Why something could not be looked at.
struct ObservationError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
