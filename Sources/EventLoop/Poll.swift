import CLinux
import Glibc

/// The epoll instance of a loop and its eventfd: the only place with poll calls.
///
/// A registered descriptor is named by its address. That is sound because descriptors are freed, and leave the epoll
/// set before, only by jobs, and jobs never run between `wait` and the end of `dispatch`.
@safe
final class Poll {
    private let epoll: Int32
    private let wakeUpDescriptor: Int32
    private let events: UnsafeMutablePointer<epoll_event>
    private var eventCount = 0
    private(set) var wasWokenUp = false

    init() throws(SystemError) {
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw SystemError("epoll_create1") }
        wakeUpDescriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wakeUpDescriptor >= 0 else { throw SystemError("eventfd") }
        unsafe events = .allocate(capacity: Limits.eventsPerPollMax)
        var event = unsafe epoll_event(events: EPOLLIN.rawValue, data: unsafe epoll_data_t(u64: 0))
        guard unsafe epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUpDescriptor, &event) == 0 else {
            throw SystemError("epoll_ctl")
        }
    }

    deinit {
        close(epoll)
        close(wakeUpDescriptor)
        unsafe events.deallocate()
    }

    /// - Returns: the epoll instance.
    func add(_ descriptor: Descriptor) throws(SystemError) -> Int32 {
        let address = unsafe UInt64(UInt(bitPattern: Unmanaged.passUnretained(descriptor).toOpaque()))
        let interest = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        var event = unsafe epoll_event(events: interest, data: unsafe epoll_data_t(u64: address))
        guard unsafe epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor.number, &event) == 0 else {
            throw SystemError("epoll_ctl")
        }
        return epoll
    }

    static func remove(_ number: Int32, from epoll: Int32) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, number, nil)
    }

    /// - Parameter timeoutNanoseconds: nil waits for ever; rounded up to a millisecond, so no timer is polled for early.
    func wait(timeoutNanoseconds: UInt64?) {
        let milliseconds = timeoutNanoseconds.map { Int32(clamping: ($0 + 999_999) / 1_000_000) } ?? -1
        let taken = unsafe epoll_wait(epoll, events, Int32(Limits.eventsPerPollMax), milliseconds)
        eventCount = Int(max(taken, 0))
    }

    func dispatch() {
        for position in 0..<eventCount {
            let address = unsafe events[position].data.u64
            guard address != 0, let pointer = unsafe UnsafeRawPointer(bitPattern: UInt(address)) else {
                wasWokenUp = true
                continue
            }
            unsafe Unmanaged<Descriptor>.fromOpaque(pointer)._withUnsafeGuaranteedRef {
                unsafe $0.becameReady(events[position].events)
            }
        }
        eventCount = 0
    }

    /// May be called from any thread.
    func wakeUp() {
        var one: UInt64 = 1
        _ = unsafe write(wakeUpDescriptor, &one, 8)
    }

    func clearWakeUp() {
        wasWokenUp = false
        var count: UInt64 = 0
        _ = unsafe read(wakeUpDescriptor, &count, 8)
    }
}
