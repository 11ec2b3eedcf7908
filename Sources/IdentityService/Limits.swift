/// Every bound of the identity service that is not a setting, with its unit and its reason.
enum Limits {
    /// Bytes of a certificate request; one on P-256 has about 500.
    static let requestBytesMax = 16 << 10
    /// Seconds' worth of requests that one client address may send at once: a host restarts all its sidecars together.
    static let burstSeconds = 10
    /// Client addresses whose requests are counted apart; those that come when the table is full share one count.
    static let addressesMax = 4_096
    /// How long the files of the issuer may take to change together.
    static let settling = Duration.milliseconds(250)
    /// The service renews its own certificate when this share of its life is over.
    static let ownRenewalShare = 0.7
}
