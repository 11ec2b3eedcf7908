public import Bytes

/// An IMF-fixdate (RFC 9110 §5.6.7), `Sun, 06 Nov 1994 08:49:37 GMT`. A loop makes one per second and hands it to
/// every message of that second.
public struct HTTPDate: Sendable {
    private var text: InlineArray<29, UInt8>

    /// - Parameter unixSeconds: seconds since 1970 UTC; the years 1970…9999 fit the format, others are clamped.
    public init(unixSeconds: Int64) {
        let seconds = min(max(unixSeconds, 0), 253_402_300_799)
        let days = seconds / 86_400
        let second = Int(seconds % 86_400)
        text = InlineArray(repeating: UInt8(ascii: " "))
        let (year, month, day) = Self.civil(days)
        put(Self.weekdays, Int((days + 4) % 7) * 3, count: 3, at: 0)
        text[3] = UInt8(ascii: ",")
        put(number: day, digits: 2, at: 5)
        put(Self.months, (month - 1) * 3, count: 3, at: 8)
        put(number: year, digits: 4, at: 12)
        put(number: second / 3600, digits: 2, at: 17)
        text[19] = UInt8(ascii: ":")
        put(number: second / 60 % 60, digits: 2, at: 20)
        text[22] = UInt8(ascii: ":")
        put(number: second % 60, digits: 2, at: 23)
        put(Self.zone, 0, count: 3, at: 26)
    }

    public func append(to buffer: inout ByteBuffer) { buffer.append(text.span.rawBytes) }

    private static let weekdays: [UInt8] = Array("SunMonTueWedThuFriSat".utf8)
    private static let months: [UInt8] = Array("JanFebMarAprMayJunJulAugSepOctNovDec".utf8)
    private static let zone: [UInt8] = Array("GMT".utf8)

    private mutating func put(_ source: [UInt8], _ start: Int, count: Int, at offset: Int) {
        for step in 0..<count { text[offset + step] = source[start + step] }
    }

    private mutating func put(number: Int, digits: Int, at offset: Int) {
        var rest = number
        for position in stride(from: offset + digits - 1, through: offset, by: -1) {
            text[position] = UInt8(48 + rest % 10)
            rest /= 10
        }
    }

    /// Year, month and day of a day count from 1970-01-01, by 400-year eras that begin on a 1 March.
    private static func civil(_ days: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = Int(days) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}
