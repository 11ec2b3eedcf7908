import Bytes
import Glibc
import HTTP

// Nanoseconds per message of the HTTP/1 codec on one thread, best of five rounds.

let requestText = Array(
    """
    GET /api/v1/items?id=42 HTTP/1.1\r
    Host: shop.example:8080\r
    User-Agent: wrk/4.2.0\r
    Accept: */*\r
    Accept-Encoding: gzip, deflate\r
    traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r
    X-Client: a\r
    \r

    """.utf8)
let responseText = Array(
    """
    HTTP/1.1 200 OK\r
    Server: nginx/1.22.1\r
    Date: Sun, 06 Nov 1994 08:49:37 GMT\r
    Content-Type: application/json\r
    Content-Length: 86\r
    Connection: keep-alive\r
    ETag: "65f1c2d0-56"\r
    Accept-Ranges: bytes\r
    \r

    """.utf8)
let traceparent = Array("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".utf8)

func nanoseconds() -> Int {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

func measure(_ name: String, _ count: Int = 1_000_000, _ body: (Int) -> Void) {
    var best = Int.max
    for _ in 0..<5 {
        let start = nanoseconds()
        body(count)
        best = min(best, nanoseconds() - start)
    }
    print("\(name): \(best / count) ns")
}

func run() {
    var scanner = HeadScanner(.request)
    var responseScanner = HeadScanner(.response)
    var request = RequestHead()
    var response = ResponseHead()
    var out = ByteBuffer(capacity: 4096)
    var forwarding = RequestForwarding()
    forwarding.removing = [.traceparent]
    let back = ResponseForwarding()
    let limits = HTTPLimits()
    var checksum = 0

    print("request \(requestText.count) bytes, response \(responseText.count) bytes")
    measure("scan request") { count in
        for _ in 0..<count where scanner.scan(requestText.rawBytes) == .needMore { checksum += 1 }
    }
    measure("parse request") { count in
        for _ in 0..<count where request.parse(requestText.rawBytes, limits: limits) != nil { checksum += 1 }
    }
    measure("write request") { count in
        for _ in 0..<count {
            out.clear()
            HeadWriter.writeRequest(request, forwarding, to: &out) { $0.field("traceparent", traceparent.rawBytes) }
            checksum &+= out.count
        }
    }
    measure("scan response") { count in
        for _ in 0..<count where responseScanner.scan(responseText.rawBytes) == .needMore { checksum += 1 }
    }
    measure("parse response") { count in
        for _ in 0..<count where response.parse(responseText.rawBytes, for: .get, limits: limits) != nil {
            checksum += 1
        }
    }
    measure("write response") { count in
        for _ in 0..<count {
            out.clear()
            HeadWriter.writeResponse(response, back, to: &out)
            checksum &+= out.count
        }
    }
    let chunk = Array("400\r\n".utf8) + Array(repeating: UInt8(ascii: "x"), count: 1024) + Array("\r\n0\r\n\r\n".utf8)
    measure("decode a chunk of 1 KiB and the end") { count in
        for _ in 0..<count {
            var decoder = BodyDecoder(.chunked, limits: limits)
            var position = 0
            while case .data(_, let consumed) = decoder.decode(chunk.rawBytes.extracting(position..<chunk.count)) {
                position += consumed
            }
            checksum &+= position
        }
    }
    precondition(checksum > 0)
}

run()
