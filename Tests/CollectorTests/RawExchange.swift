import CollectorBench
import EventLoop
import Foundation

/// One connection on which bytes are sent as they are, and the answer is taken apart as it came.
struct RawExchange {
    let status: Int
    let fields: [(name: String, value: String)]
    let body: [UInt8]

    /// Seconds until a server that says nothing fails the test.
    private static let patience = 60

    func field(_ name: String) -> String? { fields.first { $0.name.lowercased() == name }?.value }

    /// Sends everything and reads until the server has closed; the request must ask for that or provoke it.
    init(_ pieces: [[UInt8]], to address: SocketAddress) throws {
        let received = try Self.exchange(pieces, address)
        guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else {
            throw BenchError("no response, but: \(String(decoding: received.prefix(200), as: UTF8.self))")
        }
        let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        status = Int(lines[0].split(separator: " ")[1]) ?? 0
        fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), parts[1].trimmingCharacters(in: .whitespaces))
        }
        body = Array(received[end.upperBound...])
    }

    private static func exchange(_ pieces: [[UInt8]], _ address: SocketAddress) throws -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var limit = timeval(tv_sec: patience, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        var target = sockaddr_in()
        target.sin_family = sa_family_t(AF_INET)
        target.sin_port = address.port.bigEndian
        target.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = unsafe withUnsafeBytes(of: &target) {
            unsafe connect(descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        guard connected == 0 else { throw BenchError("cannot connect to \(address)") }
        for piece in pieces {
            var sent = 0
            // A server may answer and close before it has read everything; its answer counts then.
            while sent < piece.count {
                let count = unsafe piece.withUnsafeBytes {
                    unsafe send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { break }
                sent += count
            }
        }
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { return received }
            received += chunk[..<count]
        }
    }
}

/// The fields of a protobuf message that errors are made of: numbers and strings by field number.
struct DecodedMessage {
    private(set) var numbers: [Int: UInt64] = [:]
    private(set) var blobs: [Int: [UInt8]] = [:]

    func text(_ field: Int) -> String? { blobs[field].map { String(decoding: $0, as: UTF8.self) } }

    init(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        func varint() throws -> UInt64 {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while let byte = rest.popFirst() {
                value |= UInt64(byte & 0x7F) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
            throw BenchError("a message ends in the middle of a number")
        }
        while !rest.isEmpty {
            let key = try varint()
            switch key & 7 {
            case 0: numbers[Int(key >> 3)] = try varint()
            case 2:
                let length = Int(try varint())
                blobs[Int(key >> 3)] = Array(rest.prefix(length))
                rest = rest.dropFirst(length)
            default: throw BenchError("a field of wire type \(key & 7)")
            }
        }
    }
}
