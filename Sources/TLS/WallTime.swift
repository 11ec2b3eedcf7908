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
        let days = Int(secondsSinceEpoch) / 86_400 - (secondsSinceEpoch % 86_400 < 0 ? 1 : 0)
        let second = Int(secondsSinceEpoch) - days * 86_400
        let (year, month, day) = Self.date(ofDay: days)
        let digits = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        let time = [second / 3_600, second / 60 % 60, second % 60].map(digits).joined(separator: ":")
        return "\(year)-\(digits(month))-\(digits(day))T\(time)Z"
    }

    /// The Gregorian date of a day counted from 1970-01-01, by eras of 400 years that begin on 1 March, so that a leap day
    /// is the last day of its year.
    private static func date(ofDay days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
