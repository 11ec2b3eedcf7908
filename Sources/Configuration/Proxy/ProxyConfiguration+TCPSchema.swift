extension ProxyConfiguration {
    private typealias S = Setting<ProxyConfiguration>

    static let tcpSettings: [Setting<ProxyConfiguration>] = [
        S(
            "transparent", flag: "transparent", \.transparent, .boolean, fixed: true,
            "Whether the packet filter brings connections here (`martlet redirect install`): each goes where it was meant to go."
        ),
        S(
            "tcp.opaquePorts", flag: "opaque-ports", \.tcp.opaquePorts,
            .list(of: .integer(1...65_535, unit: "port"), atMost: ConfigurationLimits.opaquePorts),
            "Ports of services whose bytes are carried as they are, without a look at them."),
        S(
            "tcp.detect", flag: "detect-timeout", \.tcp.detect, .duration(.milliseconds(1)...(.seconds(600))),
            "How long a client may take to say what it speaks; then its connection is carried as it is."),
        S(
            "tcp.idle", flag: "tcp-idle-timeout", \.tcp.idle,
            .duration(.milliseconds(10)...(.seconds(604_800)), zeroMeans: "off"),
            "How long nothing may move on a connection that is carried as it is."),
        S(
            "tcp.keepAlive", flag: "tcp-keep-alive", \.tcp.keepAlive,
            .duration(.seconds(1)...(.seconds(7_200)), zeroMeans: "off"),
            "How long a peer may say nothing where no request has a time limit (what is carried as it is, tunnels, HTTP/2 without "
                + "mutual TLS) before the kernel asks whether it is still there; it is given up after as long again."),
        S(
            "tcp.spans", flag: "tcp-spans", \.tcp.spans, .boolean,
            "Whether connections that are carried as they are become spans, sampled as requests are."),
    ]
}

extension TCPListenerConfiguration: Configurable {
    package static let schema = Schema<TCPListenerConfiguration>([
        Setting("listen", \.listen, .listener, required: true, "Where the service connects to."),
        Setting(
            "target", \.target, .name("a target's name", example: "db"), required: true,
            "The name of one of `outbound.targets`, to which every connection goes."),
    ])
}

extension ValueFormat where Value == [TCPListenerConfiguration] {
    static let tcpListeners = ValueFormat.records(
        atMost: ConfigurationLimits.tcpListeners, flagForm: ("ADDRESS:PORT=TARGET", "127.0.0.1:5432=db"),
        parseFlag: { text, path, reading in
            guard let equals = text.lastIndex(of: "=") else { return nil }
            var listener = TCPListenerConfiguration()
            let address = String(text[..<equals])
            guard let listen = ValueFormat<HostPort>.listener.parse([address], "\(path).listen", &reading) else {
                return listener
            }
            listener.listen = listen
            listener.target = String(text[text.index(after: equals)...])
            return listener
        })
}
