import Foundation
import Programs
import Testing

/// `openssl s_client` or `s_server` in a process of its own.
final class OpenSSLPeer {
    private let process: Child
    private let input: Int32
    private let output: FileHandle
    private(set) var text = ""

    init(_ arguments: [String]) throws {
        let (inputEnds, outputEnds) = (try Self.connectedSockets(), try Self.connectedSockets())
        input = inputEnds.ours
        output = FileHandle(fileDescriptor: outputEnds.ours, closeOnDealloc: true)
        let itsInput = FileHandle(fileDescriptor: inputEnds.theirs, closeOnDealloc: true)
        let itsOutput = FileHandle(fileDescriptor: outputEnds.theirs, closeOnDealloc: true)
        process = try Child([OpenSSLTool.program.path] + arguments, input: itsInput, output: itsOutput)
        try itsInput.close()
        try itsOutput.close()
    }

    /// Sockets, because a write to a pipe whose reader is gone is a signal, and a pipe of Foundation's ends only when the
    /// programs have that other tests start at the same time.
    private static func connectedSockets() throws -> (ours: Int32, theirs: Int32) {
        var ends: [Int32] = [0, 0]
        try #require(
            unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        return (ends[0], ends[1])
    }

    deinit { close(input) }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        let count = unsafe send(input, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        #expect(count == bytes.count)
    }

    /// Reads its output until `words` are in it, and returns all of it.
    @discardableResult
    func wait(for words: String) throws -> String {
        while !text.contains(words) { try readMore(words) }
        return text
    }

    private func readMore(_ words: String) throws {
        try #require(try readAvailable(), "ended without saying '\(words)': \(text)")
    }

    /// Takes what it has said by now, waiting for something; false when it has ended.
    private func readAvailable() throws -> Bool {
        try #require(waits(for: POLLIN, on: output.fileDescriptor), "says nothing more: \(text)")
        let more = output.availableData
        text += String(decoding: more, as: UTF8.self)
        return !more.isEmpty
    }

    /// The port on which an s_server says that it listens.
    func port() throws -> UInt16 {
        let line = #/ACCEPT 127\.0\.0\.1:([0-9]+)\n/#
        while true {
            if let found = text.firstMatch(of: line) { return try #require(UInt16(found.1)) }
            try readMore("ACCEPT")
        }
    }

    /// Tells it that nothing more will be typed, and reads all the rest.
    func finish() throws -> String {
        shutdown(input, Int32(SHUT_WR))
        while try readAvailable() {}
        process.wait()
        return text
    }

    /// Ends it without a farewell.
    func kill() { process.send(SIGKILL) }
}

/// TCP on a loopback port that is free.
enum Loopback {
    /// A listener, and its port.
    static func listen() throws -> (number: Int32, port: UInt16) {
        let number = try make()
        let bound = unsafe withAddress(0) { unsafe bind(number, $0, $1) }
        try #require(bound == 0)
        try #require(Foundation.listen(number, 1) == 0)
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let named = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(number, $0, &length) }
        }
        try #require(named == 0)
        return (number, UInt16(bigEndian: address.sin_port))
    }

    /// Waits for a connection.
    static func accept(_ listener: Int32) throws -> Int32 {
        try #require(waits(for: POLLIN, on: listener), "nobody connected")
        let number = Foundation.accept(listener, nil, nil)
        try #require(number >= 0)
        try #require(fcntl(number, F_SETFL, O_NONBLOCK) == 0)
        return number
    }

    static func connect(_ port: UInt16) throws -> Int32 {
        let number = try make()
        let connected = unsafe withAddress(port) { unsafe Foundation.connect(number, $0, $1) }
        try #require(connected == 0)
        try #require(fcntl(number, F_SETFL, O_NONBLOCK) == 0)
        return number
    }

    private static func make() throws -> Int32 {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        try #require(number >= 0)
        return number
    }

    private static func withAddress(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// Whether the socket became ready within a time that only a broken test uses up.
func waits(for event: Int32, on socket: Int32) -> Bool {
    var wanted = pollfd(fd: socket, events: Int16(event), revents: 0)
    // A signal interrupts poll(2), which is no answer.
    while true {
        let count = unsafe poll(&wanted, 1, 30_000)
        if count >= 0 || errno != EINTR { return count == 1 }
    }
}
