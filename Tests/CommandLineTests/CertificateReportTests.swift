import TLS
import Testing

@testable import CommandLine

struct CertificateReportTests {
    @Test(
        arguments: [
            (0, "1 d 1 h"), (3_600, "1 d 0 h"), (3_601, "23 h 59 min"), (90_000 - 3_600, "1 h 0 min"),
            (90_000 - 3_599, "59 min 59 s"), (90_000 - 59, "59 s"), (90_000, "0 s"), (90_001, "expired 1 s ago"),
            (90_000 + 200_000, "expired 2 d 7 h ago"), (-1, "not valid yet, begins in 1 s"),
        ] as [(Int64, String)])
    func `what is left of 25 hours`(passed: Int64, text: String) {
        let start = WallTime(secondsSinceEpoch: 1_800_000_000)
        let end = start.advanced(bySeconds: 90_000)
        #expect(CertificateReport.left(from: start, to: end, at: start.advanced(bySeconds: passed)) == text)
    }

    @Test func `what a terminal could take as a command is written as its number`() {
        #expect(CertificateReport.printable(Array("spiffe://a/b~".utf8)) == "spiffe://a/b~")
        #expect(
            CertificateReport.printable([0x1b, 0x5b, 0x32, 0x4a, 0, 0x0a, 0x7f, 0xff]) == "\\x1b[2J\\x00\\x0a\\x7f\\xff"
        )
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"), (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"), (1_709_210_096, "2024-02-29T12:34:56Z"),
            (1_798_761_599, "2026-12-31T23:59:59Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] as [(Int64, String)])
    func `times are those of RFC 3339`(seconds: Int64, text: String) {
        #expect(WallTime(secondsSinceEpoch: seconds).description == text)
    }
}
