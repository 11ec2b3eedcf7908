/// What a full handshake found out about the peer, and when.
///
/// A resumed handshake shows no certificate, so this has to say what verifying one again would say. That verdict follows from
/// four things: the chain, the trust bundle, the workload that is expected and the time. The first two are fixed, because
/// only the context that verified the chain takes the session back, and a context never changes. The last two are asked
/// again, here and nowhere else.
struct VerifiedPeer: Equatable, Sendable {
    let identity: PeerIdentity
    /// When the peer proved that the key of its certificate is its own. A resumption does not move it, so a chain of them
    /// ends (RFC 8446 §4.6.1).
    let proved: WallTime

    /// Why verification would refuse the peer now, or nil.
    func refusal(expecting expected: SPIFFEID?, at now: WallTime) -> PeerRefusal? {
        if let expected, expected != identity.id { return .otherWorkload }
        return identity.notAfter <= now ? .expired : nil
    }

    /// How much longer the session may be resumed; zero or less: no more.
    /// - Parameter limit: seconds for which the peer's proof stands at most.
    func secondsToResume(within limit: Int64, at now: WallTime) -> Int64 {
        let age = proved.seconds(until: now)
        // A clock that was set back says nothing about the time that has passed.
        guard age >= 0 else { return 0 }
        return min(limit - age, now.seconds(until: identity.notAfter))
    }

    func canResume(expecting expected: SPIFFEID?, within limit: Int64, at now: WallTime) -> Bool {
        refusal(expecting: expected, at: now) == nil && secondsToResume(within: limit, at: now) > 0
    }
}

extension VerifiedPeer {
    /// The first byte of the form below.
    private static let form: UInt8 = 1
    private static let fixedBytes = 1 + 8 + 8

    /// As a session carries it: form, both times in network order, id.
    var sessionData: [UInt8] {
        [Self.form] + Self.bytes(identity.notAfter) + Self.bytes(proved) + Array(identity.id.description.utf8)
    }

    /// nil for what `sessionData` did not make.
    init?(sessionData bytes: [UInt8]) {
        guard bytes.count > Self.fixedBytes, bytes[0] == Self.form else { return nil }
        do throws(SPIFFEIDError) {
            let id = try SPIFFEID(bytes: Array(bytes[Self.fixedBytes...]))
            identity = PeerIdentity(id: id, notAfter: Self.time(bytes[1..<9]))
        } catch {
            return nil
        }
        proved = Self.time(bytes[9..<17])
    }

    private static func bytes(_ time: WallTime) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: time.secondsSinceEpoch >> (56 - 8 * $0)) }
    }

    private static func time(_ bytes: ArraySlice<UInt8>) -> WallTime {
        WallTime(secondsSinceEpoch: bytes.reduce(0) { $0 << 8 | Int64($1) })
    }
}
