import TLS

/// A certificate in lines for people.
struct CertificateReport {
    private(set) var lines: [(label: String, value: String)] = []

    init(_ certificate: Certificate, at now: WallTime) {
        let names = certificate.alternativeNames
        lines = names.uris.map { ("identity", Self.printable($0)) }
        lines += names.dnsNames.map { ("name", Self.printable($0)) }
        if !certificate.subject.isEmpty { lines.append(("subject", certificate.subject)) }
        lines += [
            ("issuer", certificate.issuer),
            ("kind", certificate.isAuthority ? "certificate authority" : "workload"),
            ("key", certificate.keyDescription),
            ("serial", certificate.serialNumber),
            ("valid", "\(certificate.notBefore) to \(certificate.notAfter)"),
            ("left", Self.left(from: certificate.notBefore, to: certificate.notAfter, at: now)),
        ]
    }

    var text: String {
        lines.map { "  \($0.label)\(String(repeating: " ", count: 10 - $0.label.count))\($0.value)" }
            .joined(separator: "\n")
    }

    /// How long the certificate is still valid, or since when it is not, or how long it is to wait.
    static func left(from notBefore: WallTime, to notAfter: WallTime, at now: WallTime) -> String {
        if now < notBefore { return "not valid yet, begins in \(text(now.seconds(until: notBefore)))" }
        if notAfter < now { return "expired \(text(notAfter.seconds(until: now))) ago" }
        return text(now.seconds(until: notAfter))
    }

    /// The two largest units.
    private static func text(_ seconds: Int64) -> String {
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60)
        if days > 0 { return "\(days) d \(hours) h" }
        if hours > 0 { return "\(hours) h \(minutes) min" }
        return minutes > 0 ? "\(minutes) min \(seconds % 60) s" : "\(seconds) s"
    }

    /// Names come from strangers; whatever a terminal could take as a command is written as its number.
    static func printable(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            (0x20..<0x7f).contains(byte)
                ? String(Unicode.Scalar(byte)) : "\\x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
        }.joined()
    }
}
