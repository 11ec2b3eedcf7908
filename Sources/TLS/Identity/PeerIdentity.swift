/// Who is at the other end, once its certificate was verified.
package struct PeerIdentity: Equatable, Sendable {
    package let id: SPIFFEID
    /// When the first certificate of its chain expires: a connection that lives longer should be drained by then.
    package let notAfter: WallTime
}
