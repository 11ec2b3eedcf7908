// Whichever module the compiler reads first owns the system's structures, so both are imported.
import CLinux
import Glibc

/// An instant of CLOCK_MONOTONIC: it never goes backwards and does not jump with the wall clock.
public struct MonotonicTime: Comparable, Hashable, Sendable {
    public let nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// The clock itself (a vDSO call, about 25 ns); a loop's `now` is the cached reading of its last poll.
    public static func now() -> MonotonicTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec))
    }

    public func advanced(byNanoseconds amount: UInt64) -> MonotonicTime {
        MonotonicTime(nanoseconds: nanoseconds &+ amount)
    }

    public func advanced(by amount: Duration) -> MonotonicTime { advanced(byNanoseconds: amount.nanoseconds) }

    /// Nanoseconds from `earlier` to here; 0 when `earlier` is later.
    public func nanoseconds(since earlier: MonotonicTime) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
    }

    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }
}

extension Duration {
    /// Whole nanoseconds, clamped to 0…UInt64.max.
    public var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : whole &+ UInt64(attoseconds / 1_000_000_000)
    }
}
