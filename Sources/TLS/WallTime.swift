// Whichever module the compiler reads first owns the system's structures, so both are imported.
internal import COpenSSL
internal import Glibc

/// A moment of the wall clock, which certificates are valid by, in whole seconds since 1970-01-01T00:00:00Z.
package struct WallTime: Comparable, Hashable, Sendable {
    package var secondsSinceEpoch: Int64

    package init(secondsSinceEpoch: Int64) { self.secondsSinceEpoch = secondsSinceEpoch }

    /// CLOCK_REALTIME.
    package static func now() -> WallTime { WallTime(secondsSinceEpoch: Int64(time(nil))) }

    package static func < (left: WallTime, right: WallTime) -> Bool { left.secondsSinceEpoch < right.secondsSinceEpoch }

    package func advanced(bySeconds seconds: Int64) -> WallTime {
        WallTime(secondsSinceEpoch: secondsSinceEpoch + seconds)
    }

    /// Seconds from this moment to `later`; negative when that has passed.
    package func seconds(until later: WallTime) -> Int64 { later.secondsSinceEpoch - secondsSinceEpoch }
}

extension WallTime: CustomStringConvertible {
    /// RFC 3339, in UTC.
    package var description: String {
        var seconds = time_t(secondsSinceEpoch)
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        let digits = { (number: Int32, width: Int) in
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let day = unsafe "\(digits(parts.tm_year + 1900, 4))-\(digits(parts.tm_mon + 1, 2))-\(digits(parts.tm_mday, 2))"
        return unsafe "\(day)T\(digits(parts.tm_hour, 2)):\(digits(parts.tm_min, 2)):\(digits(parts.tm_sec, 2))Z"
    }
}
