/// Every bound of the TLS room, with its unit and its reason.
package enum Limits {
    /// Bytes of a PEM file. A bundle of a hundred certificates has about 100 KB; more is a wrong file.
    package static let pemBytesMax = 1 << 20
    /// Certificates in one file.
    package static let certificatesPerFileMax = 128
    /// Intermediate certificates between a leaf and its anchor: an issuer, and room for two cross-signed ones.
    package static let intermediatesMax = 3
    /// SPIFFE ID §2.3: bytes of an id.
    package static let spiffeIDBytesMax = 2048
    /// SPIFFE ID §2.1: bytes of a trust domain.
    package static let trustDomainBytesMax = 255
    /// RFC 1035 §2.3.4: bytes of a DNS name in text, and of one label.
    package static let dnsNameBytesMax = 253
    package static let dnsLabelBytesMax = 63
    /// Bytes of a join token: its name is that of a file, its secret has 64 digits.
    package static let joinTokenBytesMax = 512
    /// Join tokens of one directory, which is read whole to list them.
    package static let joinTokensMax = 10_000
    /// RFC 7301 §3.1: bytes of one protocol's name.
    package static let applicationProtocolBytesMax = 255
    /// RFC 8446 §4.6.1: seconds that a ticket may live.
    package static let resumptionSecondsMax: Int64 = 7 * 86_400
    /// Sessions that one server context keeps to be resumed. One whose connection has ended takes 7 KB, most of it the client's
    /// certificate; beyond the limit the one that ends first goes, and its client makes a full handshake.
    package static let sessionsMax = 1024
    /// Sessions that a client keeps to resume with one server. Each takes as much; a connection for which there is none makes a
    /// full handshake.
    package static let resumableSessionsMax = 8
    /// Messages after the handshake, such as KeyUpdate, that a peer may send within one second. Each costs a derivation
    /// of keys; an honest peer sends one in 2^24 records.
    package static let postHandshakeMessagesPerSecondMax = 100
}
