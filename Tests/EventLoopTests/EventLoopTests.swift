import Bytes
import EventLoop
import Glibc
import Synchronization
import Testing

/// Runs `body` as a task of a fresh loop on its own thread and returns what it made.
func onLoop<Result: Sendable>(_ body: @escaping @Sendable (EventLoop) async throws -> Result) async throws -> Result {
    let loop = try EventLoop()
    let thread = try EventLoopThread(running: loop)
    let task = Task(executorPreference: loop) { try await body(loop) }
    let result = await task.result
    loop.stop()
    thread.join()
    return try result.get()
}

@Suite("An event loop", .timeLimit(.minutes(1)))
struct EventLoopTests {
    @Test("keeps its tasks on its own thread across suspensions, even when another thread resumes them")
    func confinement() async throws {
        let stayed = try await onLoop { loop in
            var stayed = loop.isCurrent
            for _ in 0..<100 {
                await Task.detached {}.value
                stayed = stayed && loop.isCurrent
            }
            return stayed
        }
        #expect(stayed)
    }

    @Test("ends a wait at its deadline, and not before")
    func deadline() async throws {
        let (wake, elapsed) = try await onLoop { loop in
            let waiter = Waiter(loop: loop)
            let start = MonotonicTime.now()
            let wake = await waiter.wait(until: start.advanced(by: .milliseconds(30)))
            return (wake, MonotonicTime.now().nanoseconds(since: start))
        }
        #expect(wake == .deadline)
        #expect(elapsed >= 30_000_000)
    }

    @Test("tells of the event when a deadline passes in the same turn, and of the deadline next")
    func eventAndDeadline() async throws {
        let wakes = try await onLoop { loop in
            var pair: [Int32] = [0, 0]
            let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            let status = unsafe socketpair(AF_UNIX, type, 0, &pair)
            #expect(status == 0)
            defer { close(pair[1]) }
            let waiter = Waiter(loop: loop)
            let descriptor = try Descriptor(number: pair[0], loop: loop, waiter: waiter)
            // The edge of its being writable.
            _ = await waiter.wait(until: loop.now.advanced(by: .milliseconds(20)))
            let deadline = loop.now.advanced(by: .milliseconds(5))
            loop.spawn { [other = pair[1]] in
                // A turn that outlasts the deadline, while the event arrives.
                _ = unsafe write(other, "x", 1)
                while MonotonicTime.now() < deadline.advanced(by: .milliseconds(5)) {}
            }
            let first = await waiter.wait(until: deadline)
            let second = await waiter.wait(until: deadline)
            #expect(descriptor.isReadable)
            return [first, second]
        }
        #expect(wakes == [.event, .deadline])
    }

    @Test("fires a timer in time beside a task that never sleeps, only yields")
    func fairness() async throws {
        let yields = try await onLoop { loop in
            final class Flag { var isSet = false }
            let hasFired = Flag()
            let deadline = MonotonicTime.now().advanced(by: .milliseconds(2))
            loop.spawn { [flag = LoopBound(hasFired, loop: loop), waiter = LoopBound(Waiter(loop: loop), loop: loop)] in
                _ = await waiter.value.wait(until: deadline)
                flag.value.isSet = true
            }
            var yields = 0
            while !hasFired.isSet {
                // A job of a busy body takes about so long.
                let until = MonotonicTime.now().advanced(by: .microseconds(50))
                while MonotonicTime.now() < until {}
                yields += 1
                await Task.yield()
            }
            return yields
        }
        // The timer is due within two milliseconds and a tick: sixty-two such jobs.
        #expect(yields <= 100)
    }

    @Test("keeps a wake-up that came while nobody waited")
    func earlyWake() async throws {
        let wake = try await onLoop { loop in
            let waiter = Waiter(loop: loop)
            waiter.wake()
            return await waiter.wait(until: loop.now.advanced(by: .seconds(30)))
        }
        #expect(wake == .event)
    }

    /// Rests until its deadline, and notes what called it.
    private final class Rester: WakeHandler {
        let waiter: Waiter
        let done: Waiter
        var wakes: [Wake] = []

        init(loop: EventLoop) {
            waiter = Waiter(loop: loop)
            done = Waiter(loop: loop)
        }

        func woken(_ wake: Wake) {
            wakes.append(wake)
            done.wake()
        }

        func isCalled() async -> Bool {
            await done.wait(until: done.loop.now.advanced(by: .seconds(30))) == .event
        }
    }

    @Test("calls who rests once, by what wakes it or at its deadline, and not within the wake-up")
    func resting() async throws {
        let wakes = try await onLoop { loop in
            let rester = Rester(loop: loop)
            let later = loop.now.advanced(by: .seconds(30))
            rester.waiter.wake()
            #expect(rester.waiter.rest(until: later, rester) == .event)
            #expect(rester.waiter.rest(until: loop.now, rester) == .deadline)
            #expect(rester.waiter.rest(until: later, rester) == nil)
            rester.waiter.wake()
            rester.waiter.wake()
            #expect(rester.wakes == [])
            #expect(await rester.isCalled())
            #expect(rester.waiter.rest(until: loop.now.advanced(by: .milliseconds(5)), rester) == nil)
            #expect(await rester.isCalled())
            rester.waiter.callSoon(rester)
            #expect(rester.wakes.count == 2)
            #expect(await rester.isCalled())
            #expect(rester.waiter.rest(rester) == nil)
            rester.waiter.wake()
            rester.waiter.stopResting()
            await loop.sleep(for: .milliseconds(1))
            return rester.wakes
        }
        #expect(wakes == [.event, .deadline, .event])
    }

    @Test("who stops resting and rests again before it was called is called once, in its first place")
    func restingAgain() async throws {
        let places = try await onLoop { loop in
            let resters = (0..<3).map { _ in Rester(loop: loop) }
            for rester in resters {
                #expect(rester.waiter.rest(rester) == nil)
                rester.waiter.wake()
            }
            resters[0].waiter.stopResting()
            #expect(resters[0].waiter.rest(resters[0]) == nil)
            resters[0].waiter.wake()
            #expect(await resters[2].isCalled())
            await loop.sleep(for: .milliseconds(1))
            return resters.map(\.wakes)
        }
        #expect(places == [[.event], [.event], [.event]])
    }

    @Test("many who rest are let go with the loop that none of them is called by")
    func restingForEver() throws {
        weak var last: Waiter?
        do {
            let loop = try EventLoop()
            let rester = Rester(loop: loop)
            for _ in 0..<200_000 {
                let waiter = Waiter(loop: loop)
                waiter.callSoon(rester)
                last = waiter
            }
            #expect(last != nil)
        }
        #expect(last == nil)
    }

    @Test("a number that epoll does not take is closed by the attempt")
    func refusedDescriptor() async throws {
        try await onLoop { loop in
            // Files cannot be polled. A number near the limit, since other tests are given the low ones as they become free.
            var limit = rlimit()
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            let file = unsafe open("/etc/hostname", O_RDONLY)
            let number = fcntl(file, F_DUPFD, Int32(min(limit.rlim_cur, 60_000)) - 8)
            close(file)
            #expect(throws: SystemError.self) { _ = try Descriptor(number: number, loop: loop) }
            #expect(fcntl(number, F_GETFD) == -1)
        }
    }

    @Test("a nearer deadline replaces a farther one, and a farther one a nearer")
    func movingDeadlines() async throws {
        let elapsed = try await onLoop { loop in
            let waiter = Waiter(loop: loop)
            loop.spawn { [bound = LoopBound(waiter, loop: loop)] in
                await loop.sleep(for: .milliseconds(5))
                bound.value.wake()
            }
            let start = MonotonicTime.now()
            _ = await waiter.wait(until: start.advanced(by: .seconds(20)))
            _ = await waiter.wait(until: start.advanced(by: .milliseconds(20)))
            _ = await waiter.wait(until: start.advanced(by: .milliseconds(60)))
            return MonotonicTime.now().nanoseconds(since: start)
        }
        #expect(elapsed >= 60_000_000 && elapsed < 5_000_000_000)
    }

    @Test("carries bytes both ways between a client and an accepted connection, and sees the half-close")
    func bothWays() async throws {
        let received = try await onLoop { loop in
            let listener = try Listener(binding: SocketAddress("127.0.0.1:0")!, loop: loop)
            let bound = LoopBound(listener, loop: loop)
            loop.spawn {
                await bound.value.run { connection in
                    loop.spawn { await echo(connection.number, loop) }
                }
            }
            let waiter = Waiter(loop: loop)
            let deadline = loop.now.advanced(by: .seconds(10))
            let result = await Descriptor.connect(
                to: listener.address, loop: loop, waiter: waiter, deadline: deadline)
            guard case .connected(let socket) = result else { return -1 }
            var out = ByteBuffer()
            for number in 0..<200_000 { out.append(decimal: UInt64(number)) }
            let sent = out.count
            var back = ByteBuffer(capacity: 65_536)
            var total = 0
            var isOpen = true
            while isOpen {
                var progressed = false
                if !out.isEmpty, case .bytes = socket.write(from: &out) {
                    progressed = true
                    if out.isEmpty { socket.shutdownWriting() }
                }
                switch socket.read(into: &back, minimum: 16_384) {
                case .bytes(let count):
                    total += count
                    back.clear()
                    progressed = true
                case .end: isOpen = false
                case .wouldBlock: break
                case .failed: isOpen = false
                }
                if !progressed, isOpen { _ = await waiter.wait(until: deadline) }
            }
            listener.stop()
            return total == sent ? 1 : 0
        }
        #expect(received == 1)
    }

    @Test("reports a refused connection as such")
    func refused() async throws {
        let code: Int32 = try await onLoop { loop in
            let waiter = Waiter(loop: loop)
            let result = await Descriptor.connect(
                to: SocketAddress("127.0.0.1:1")!, loop: loop, waiter: waiter,
                deadline: loop.now.advanced(by: .seconds(5)))
            guard case .failed(let code) = result else { return 0 }
            return code
        }
        #expect(code == 111)
    }

    @Test("runs what other threads submit, in order")
    func submission() async throws {
        let count = try await onLoop { loop in
            await withCheckedContinuation { (done: CheckedContinuation<Int, Never>) in
                let seen = Mutex(0)
                let last = 500
                Task.detached {
                    for number in 1...last {
                        loop.submit {
                            let isNext = seen.withLock { value in
                                defer { value += 1 }
                                return value == number - 1
                            }
                            if number == last { done.resume(returning: isNext ? last : -1) }
                        }
                    }
                }
            }
        }
        #expect(count == 500)
    }
}

private func echo(_ number: Int32, _ loop: EventLoop) async {
    let waiter = Waiter(loop: loop)
    guard let socket = try? Descriptor(number: number, loop: loop, waiter: waiter) else { return }
    var buffer = ByteBuffer(capacity: 4096)
    while true {
        switch socket.read(into: &buffer, minimum: 4096) {
        case .bytes: break
        case .wouldBlock:
            _ = await waiter.wait()
            continue
        case .end, .failed: return
        }
        while !buffer.isEmpty {
            if case .bytes = socket.write(from: &buffer) { continue }
            _ = await waiter.wait()
        }
    }
}

@Suite("A socket address")
struct SocketAddressTests {
    @Test(
        "reads and writes the forms that people type",
        arguments: [
            ("127.0.0.1:80", "127.0.0.1:80"), ("localhost:4191", "127.0.0.1:4191"), (":8080", "0.0.0.0:8080"),
            ("[::1]:443", "[::1]:443"), ("[2001:db8::5]:1", "[2001:db8::5]:1"),
        ])
    func forms(text: String, written: String) { #expect(SocketAddress(text)?.description == written) }

    @Test("refuses everything else", arguments: ["", "80", "a:80", "1.2.3.4", "1.2.3.4:65536", "1.2.3:1", "::1:80"])
    func refused(text: String) { #expect(SocketAddress(text) == nil) }
}
