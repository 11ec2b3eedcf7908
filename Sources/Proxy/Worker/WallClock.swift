import EventLoop
import Glibc
import HTTP

/// Wall-clock readings from the monotonic clock and an anchor that is renewed once a second: durations stay exact
/// while the wall clock is corrected, and a request pays no second clock call.
final class WallClock {
    private let loop: EventLoop
    /// Unix nanoseconds minus monotonic nanoseconds.
    private var offset: UInt64 = 0
    private var dateSecond: UInt64 = 0
    private var date = HTTPDate(unixSeconds: 0)

    init(loop: EventLoop) {
        self.loop = loop
        synchronise()
    }

    func synchronise() {
        var wall = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &wall)
        let unixNanoseconds = UInt64(wall.tv_sec) &* 1_000_000_000 &+ UInt64(wall.tv_nsec)
        offset = unixNanoseconds &- MonotonicTime.now().nanoseconds
    }

    func unixNanoseconds(_ time: MonotonicTime) -> UInt64 { time.nanoseconds &+ offset }

    /// The value of a Date field, made anew when the second has changed.
    var httpDate: HTTPDate {
        let second = unixNanoseconds(loop.now) / 1_000_000_000
        if second != dateSecond {
            dateSecond = second
            date = HTTPDate(unixSeconds: Int64(second))
        }
        return date
    }
}
