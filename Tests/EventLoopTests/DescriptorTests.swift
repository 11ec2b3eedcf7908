import Bytes
import EventLoop
import Glibc
import Testing

@Suite("A descriptor", .timeLimit(.minutes(1)))
struct DescriptorTests {
    /// A number far above those that anybody else of this process is given.
    private static func high(_ number: Int32) -> Int32 {
        defer { close(number) }
        return fcntl(number, F_DUPFD_CLOEXEC, 900)
    }

    @Test("that is gone is told nothing more, even while another process holds a copy of its socket")
    func copyLivesOn() async throws {
        let wakes = try await onLoop { loop in
            var pair: [Int32] = [0, 0]
            let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            let status = unsafe socketpair(AF_UNIX, type, 0, &pair)
            #expect(status == 0)
            let copy = dup(pair[0])
            let waiter = Waiter(loop: loop)
            var descriptor: Descriptor? = try Descriptor(number: pair[0], loop: loop, waiter: waiter)
            _ = await waiter.wait(until: loop.now.advanced(by: .milliseconds(20)))
            #expect(descriptor != nil)
            descriptor = nil
            let written = unsafe write(pair[1], "x", 1)
            #expect(written == 1)
            // The copy would wake the waiter of a descriptor that is no more.
            let wake = await waiter.wait(until: loop.now.advanced(by: .milliseconds(50)))
            close(copy)
            close(pair[1])
            return wake
        }
        #expect(wakes == .deadline)
    }

    @Test("that epoll cannot watch is closed, and the error says why")
    func unwatchable() async throws {
        try await onLoop { loop in
            let number = Self.high(unsafe open("/proc/self/exe", O_RDONLY))
            let error = #expect(throws: SystemError.self) { try Descriptor(number: number, kind: .other, loop: loop) }
            #expect(error?.code == EPERM)
            #expect(fcntl(number, F_GETFD) == -1)
        }
    }

    @Test("reads no more than it is asked to, and knows that more is there")
    func maximum() async throws {
        try await onLoop { loop in
            var pair: [Int32] = [0, 0]
            let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            let status = unsafe socketpair(AF_UNIX, type, 0, &pair)
            #expect(status == 0)
            defer { close(pair[1]) }
            let descriptor = try Descriptor(number: pair[0], loop: loop)
            let written = unsafe write(pair[1], "0123456789", 10)
            #expect(written == 10)
            var buffer = ByteBuffer(capacity: 64)
            #expect(descriptor.read(into: &buffer, minimum: 16, maximum: 4) == .bytes(4))
            #expect(descriptor.isReadable && buffer.count == 4)
            #expect(descriptor.read(into: &buffer, minimum: 16, maximum: 64) == .bytes(6))
            #expect(!descriptor.isReadable && buffer.count == 10)
        }
    }
}
