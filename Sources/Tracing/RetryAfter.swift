import Bytes

/// A Retry-After field value (RFC 9110 §10.2.3): a delay in seconds, or a date in one of the three forms of §5.6.7.
enum RetryAfter: Equatable {
    case delay(seconds: UInt64)
    case date(unixSeconds: Int64)

    /// `nil` when the value is neither.
    init?(_ value: borrowing RawSpan) {
        let range = value.trimmedRange(0..<value.byteCount)
        // No date and no sensible delay is longer ("Wednesday, 09-Nov-94 08:49:37 GMT").
        guard (1...40).contains(range.count) else { return nil }
        var reader = DateReader(at: range.lowerBound, to: range.upperBound)
        if let seconds = reader.number(value, digits: 1...10), reader.isAtEnd {
            self = .delay(seconds: UInt64(seconds))
            return
        }
        guard let date = DateReader.unixSeconds(value, in: range) else { return nil }
        self = .date(unixSeconds: date)
    }

    /// How long to wait from `now`; nothing for a date that has passed.
    func nanoseconds(from now: TracingTime) -> UInt64 {
        let seconds: UInt64
        switch self {
        case .delay(let delay): seconds = delay
        case .date(let date):
            let nowSeconds = Int64(clamping: now.unixNanoseconds / 1_000_000_000)
            seconds = date > nowSeconds ? UInt64(date - nowSeconds) : 0
        }
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : nanoseconds
    }
}

/// A cursor over the bytes of a date.
private struct DateReader {
    private var position: Int
    private let end: Int

    init(at position: Int, to end: Int) {
        self.position = position
        self.end = end
    }

    var isAtEnd: Bool { position == end }

    mutating func number(_ value: borrowing RawSpan, digits: ClosedRange<Int>) -> Int? {
        let start = position
        var number = 0
        while position < end, position - start < digits.upperBound, (0x30...0x39).contains(value[position]) {
            number = number * 10 + Int(value[position] - 0x30)
            position += 1
        }
        return digits.contains(position - start) ? number : nil
    }

    mutating func skip(_ value: borrowing RawSpan, _ literal: StaticString) -> Bool {
        let range = position..<(position + literal.utf8CodeUnitCount)
        guard range.upperBound <= end, value.equalsIgnoringCase(literal, in: range) else { return false }
        position = range.upperBound
        return true
    }

    mutating func month(_ value: borrowing RawSpan) -> Int? {
        let names: InlineArray<12, StaticString> = [
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ]
        for index in names.indices where skip(value, names[index]) { return index + 1 }
        return nil
    }

    /// `hh:mm:ss` in seconds; 60 is a leap second.
    mutating func time(_ value: borrowing RawSpan) -> Int? {
        guard let hour = number(value, digits: 2...2), hour < 24, skip(value, ":"),
            let minute = number(value, digits: 2...2), minute < 60, skip(value, ":"),
            let second = number(value, digits: 2...2), second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    /// The day name, which nothing depends on, and what separates it from the date.
    mutating func skipDayName(_ value: borrowing RawSpan) {
        while position < end, value[position].asciiLowercased >= 0x61 { position += 1 }
    }
}

extension DateReader {
    static func unixSeconds(_ value: borrowing RawSpan, in range: Range<Int>) -> Int64? {
        var reader = DateReader(at: range.lowerBound, to: range.upperBound)
        reader.skipDayName(value)
        if reader.skip(value, ", ") { return reader.dateBehindComma(value) }
        return reader.skip(value, " ") ? reader.asctime(value) : nil
    }

    /// `06 Nov 1994 08:49:37 GMT`, or the obsolete `06-Nov-94 08:49:37 GMT`.
    private mutating func dateBehindComma(_ value: borrowing RawSpan) -> Int64? {
        guard let day = number(value, digits: 2...2) else { return nil }
        let isObsolete = skip(value, "-")
        guard isObsolete || skip(value, " "), let month = month(value), skip(value, isObsolete ? "-" : " "),
            var year = number(value, digits: isObsolete ? 2...2 : 4...4), skip(value, " "), let time = time(value),
            skip(value, " gmt"), isAtEnd
        else { return nil }
        // Two digits: this century's first seven decades or the last century's rest, as POSIX %y reads them.
        if isObsolete { year += year < 70 ? 2000 : 1900 }
        return unixSeconds(year: year, month: month, day: day, time: time)
    }

    /// `Nov  6 08:49:37 1994`.
    private mutating func asctime(_ value: borrowing RawSpan) -> Int64? {
        guard let month = month(value), skip(value, " ") else { return nil }
        let digits = skip(value, " ") ? 1...1 : 2...2
        guard let day = number(value, digits: digits), skip(value, " "), let time = time(value), skip(value, " "),
            let year = number(value, digits: 4...4), isAtEnd
        else { return nil }
        return unixSeconds(year: year, month: month, day: day, time: time)
    }

    /// Days from the civil date by shifting the year to start in March, so that the leap day is its last.
    private func unixSeconds(year: Int, month: Int, day: Int, time: Int) -> Int64? {
        guard (1...31).contains(day), year >= 1600 else { return nil }
        let shiftedYear = month > 2 ? year : year - 1
        let shiftedMonth = (month + 9) % 12
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        let days = 365 * shiftedYear + shiftedYear / 4 - shiftedYear / 100 + shiftedYear / 400 + dayOfYear - 719_468
        return Int64(days * 86_400 + time)
    }
}
