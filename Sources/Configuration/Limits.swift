/// What a configuration may be at most; more is refused with an error that names the limit.
enum ConfigurationLimits {
    /// Bytes of a file. Ten thousand targets take about one mebibyte.
    static let fileBytes = 4 << 20
    /// Levels of lists and mappings in a file; our deepest key lies at six.
    static let depth = 16
    /// Beyond it a static file is the wrong source.
    static let targets = 10_000
    static let endpointsPerTarget = 1_000
    /// Matching a request walks the routes of one target.
    static let routesPerTarget = 256
    static let methodsPerRoute = 32
    static let connectPorts = 64
    static let opaquePorts = 256
    static let tcpListeners = 256
    /// Bytes of a name that becomes a label value.
    static let nameBytes = 128
    /// Bytes of a route's path.
    static let routePathBytes = 2_048
    /// Bytes of a file name: PATH_MAX without its terminator.
    static let pathBytes = 4_095
    /// Bytes of a host name (RFC 1035 §2.3.4).
    static let hostNameBytes = 253
}
