import Foundation
import Glibc
import Synchronization

@testable import MetricsExporter

/// The smallest HTTP server that a Prometheus can scrape: it reads one head per connection and answers with what the
/// registry renders for its headers.
final class ScrapeServer: Sendable {
    let port: UInt16
    private let listener: Int32
    private let seen = Mutex<[String]>([])

    /// The formats that were asked for and given so far.
    var contentTypes: [String] { seen.withLock { $0 } }

    init(_ registry: Registry) throws {
        (listener, port) = try Loopback.listen()
        let listener = listener
        Thread.detachNewThread { [self] in
            while true {
                let connection = accept(listener, nil, nil)
                if connection < 0 { return }
                answer(connection, registry)
                close(connection)
            }
        }
    }

    func stop() {
        // Wakes the thread out of accept, which a mere close would not.
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func answer(_ connection: Int32, _ registry: Registry) {
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
            let piece = Loopback.read(connection)
            if piece.isEmpty { return }
            head += piece
        }
        var headers: [String: String] = [:]
        for line in String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n").dropFirst() {
            let pair = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if pair.count == 2 { headers[pair[0].lowercased()] = pair[1] }
        }
        let answer = registry.render(accept: headers["accept"], acceptEncoding: headers["accept-encoding"])
        let encoding = answer.contentEncoding.map { "Content-Encoding: \($0)\r\n" } ?? ""
        let lines =
            "HTTP/1.1 200 OK\r\nContent-Type: \(answer.contentType)\r\n\(encoding)"
            + "Content-Length: \(answer.body.count)\r\nConnection: close\r\n\r\n"
        Loopback.write(connection, Array(lines.utf8) + answer.body)
        seen.withLock { $0.append(answer.contentType) }
    }
}

/// Blocking TCP on 127.0.0.1.
enum Loopback {
    struct Failure: Error {
        var call: String
        var code: Int32
    }

    static func listen() throws -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Failure(call: "socket", code: errno) }
        var address = address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, length) == 0 && Glibc.listen(descriptor, 16) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard bound else { throw Failure(call: "bind", code: errno) }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    static func freePort() throws -> UInt16 {
        let (descriptor, port) = try listen()
        close(descriptor)
        return port
    }

    /// The body of a successful answer; HTTP/1.0, so that it comes unchunked.
    static func get(port: UInt16, _ path: String) throws -> Data {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = address(port: port)
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(call: "connect", code: errno) }
        write(descriptor, Array("GET \(path) HTTP/1.0\r\nHost: localhost\r\n\r\n".utf8))
        var answer = Data()
        while true {
            let piece = read(descriptor)
            if piece.isEmpty { break }
            answer += piece
        }
        guard let head = answer.range(of: Data("\r\n\r\n".utf8)), answer.starts(with: Data("HTTP/1.0 200".utf8)) else {
            throw Failure(call: "GET \(path)", code: 0)
        }
        return answer[head.upperBound...]
    }

    static func read(_ descriptor: Int32) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, filled in
            filled = max(0, unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count))
        }
    }

    static func write(_ descriptor: Int32, _ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent <= 0 { return }
            rest = rest.dropFirst(sent)
        }
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        return address
    }
}
