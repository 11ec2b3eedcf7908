import Glibc

/// Joined traces on their way to the store thread. Any thread adds, one takes.
///
/// It takes whatever the joiner gives it, because those spans are acknowledged; the bound is kept at the door, where
/// requests are refused while `byteCount` is beyond it.
@safe
final class StoreQueue: @unchecked Sendable {
    // Sendable because everything below is touched under `mutex` alone.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var waiting: [JoinedTrace] = []
    /// What the store thread took and has not yet acknowledged.
    private var inFlight: [JoinedTrace] = []
    private var waitingSpans = 0
    private var bytes = 0
    private var isClosed = false

    init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe changed = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(changed, &attributes)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe pthread_cond_destroy(changed)
        unsafe mutex.deallocate()
        unsafe changed.deallocate()
    }

    /// Bytes waiting or being stored.
    var byteCount: Int { locked { bytes } }
    var traceCount: Int { locked { waiting.count + inFlight.count } }

    /// The oldest log segment that something here still needs.
    var oldestSegment: UInt64? {
        locked { (waiting.lazy.map(\.firstSegment) + inFlight.lazy.map(\.firstSegment)).min() }
    }

    func add(_ traces: [JoinedTrace], wakeAt spans: Int) {
        guard !traces.isEmpty else { return }
        locked {
            for trace in traces {
                waitingSpans += trace.spans.count
                bytes += trace.byteCount
                waiting.append(trace)
            }
            if waitingSpans >= spans { unsafe pthread_cond_signal(changed) }
        }
    }

    /// Ends waiting: `take` returns what is left and then nil.
    func close() {
        locked {
            isClosed = true
            unsafe pthread_cond_signal(changed)
        }
    }

    /// Takes traces of about `spans` spans, oldest first; fewer when `wait` nanoseconds pass, and nil at the end.
    /// The traces stay known here until `acknowledge`.
    func take(spans: Int, wait: UInt64) -> [JoinedTrace]? {
        locked {
            let deadline = Self.deadline(in: wait)
            while waitingSpans < spans, !isClosed {
                var deadline = deadline
                if unsafe pthread_cond_timedwait(changed, mutex, &deadline) != 0 { break }
            }
            if isClosed, waiting.isEmpty { return nil }
            var count = 0
            var taken = 0
            while count < waiting.count, taken < spans {
                taken += waiting[count].spans.count
                count += 1
            }
            inFlight = Array(waiting[..<count])
            waiting.removeFirst(count)
            waitingSpans -= taken
            return inFlight
        }
    }

    /// What was taken is stored, or given up.
    func acknowledge() {
        locked {
            for trace in inFlight { bytes -= trace.byteCount }
            inFlight = []
        }
    }

    /// Copies of the parts of a trace that are here.
    func parts(of key: TraceKey) -> [JoinedTrace] {
        locked { inFlight.filter { $0.key == key } + waiting.filter { $0.key == key } }
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body()
    }

    private static func deadline(in nanoseconds: UInt64) -> timespec {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        let total = UInt64(time.tv_nsec) + nanoseconds
        time.tv_sec += Int(total / 1_000_000_000)
        time.tv_nsec = Int(total % 1_000_000_000)
        return time
    }
}
