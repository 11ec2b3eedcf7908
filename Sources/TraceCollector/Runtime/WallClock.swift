import Glibc

/// The clock that senders stamp spans with.
enum WallClock {
    /// Nanoseconds since the epoch.
    static func nanoseconds() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
