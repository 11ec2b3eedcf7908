/// Who a process is and whom it trusts, at one moment. It does not change.
package struct IdentitySnapshot: Sendable {
    package let id: SPIFFEID
    let key: PrivateKey
    /// The leaf, then what peers need to reach an anchor.
    package let chain: [Certificate]
    package let bundle: TrustBundle
    /// Counts the snapshots of a store from 1: two that differ have different numbers.
    package let generation: UInt64
    /// When the first certificate of the chain expires: from then on every peer refuses this identity.
    package let notAfter: WallTime

    /// - Throws: why peers that trust the same bundle would refuse this chain.
    package init(
        key: PrivateKey, chain: [Certificate], bundle: TrustBundle, generation: UInt64, at now: WallTime
    ) throws(PeerRefusal) {
        let own = try bundle.verify(chain, at: now)
        id = own.id
        notAfter = own.notAfter
        self.key = key
        self.chain = chain
        self.bundle = bundle
        self.generation = generation
    }

    /// Negative once the identity has expired.
    package func secondsUntilExpiry(at now: WallTime) -> Int64 { now.seconds(until: notAfter) }
}
