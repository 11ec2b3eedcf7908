import Glibc

/// A moment in UTC as `strftime` writes it.
enum UTCTime {
    /// - Parameter format: of `strftime`; the result is at most 63 bytes.
    static func text(unixSeconds: UInt64, _ format: String) -> String {
        var seconds = time_t(clamping: unixSeconds)
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let length = unsafe strftime(&text, text.count, format, &parts)
        return String(decoding: text[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
