import Bytes
import Glibc

/// Blocking sockets on 127.0.0.1, which give up after half a minute so that a test fails instead of hanging.
enum Loopback {
    /// - Returns: a listening socket and its port.
    static func listen() -> (socket: Int32, port: UInt16) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = address(port: 0)
        let isListening = unsafe withSocketAddress(&address) { pointer, size in
            var length = size
            return unsafe bind(listener, pointer, size) == 0 && Glibc.listen(listener, 16) == 0
                && getsockname(listener, pointer, &length) == 0
        }
        precondition(isListening, "no port to listen on")
        return (listener, UInt16(bigEndian: address.sin_port))
    }

    static func accept(_ listener: Int32) -> Int32? {
        let connection = Glibc.accept(listener, nil, nil)
        return connection >= 0 ? connection : nil
    }

    static func connect(_ port: UInt16) -> Int32? {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = address(port: port)
        let code = unsafe withSocketAddress(&address) { pointer, size in
            unsafe Glibc.connect(connection, pointer, size)
        }
        return code == 0 ? connection : nil
    }

    static func prepare(_ connection: Int32) {
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        unsafe setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        var on: Int32 = 1
        unsafe setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// - Returns: whether bytes came.
    static func read(_ connection: Int32, into buffer: inout ByteBuffer) -> Bool {
        unsafe buffer.withWritableBytes(minimum: 16 * 1024) {
            unsafe max(recv(connection, $0.baseAddress, $0.count, 0), 0)
        } > 0
    }

    /// - Returns: whether all went.
    static func write(_ connection: Int32, _ buffer: inout ByteBuffer) -> Bool {
        while !buffer.isEmpty {
            let count = unsafe buffer.withReadableBytes {
                unsafe send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            buffer.consume(count)
        }
        return true
    }

    /// Closes so that the peer reads what was sent: unread bytes would make a reset of it.
    static func finish(_ connection: Int32) {
        shutdown(connection, Int32(SHUT_WR))
        var rest = ByteBuffer()
        while read(connection, into: &rest) { rest.clear() }
        close(connection)
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func withSocketAddress<Result>(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
