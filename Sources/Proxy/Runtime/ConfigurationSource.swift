package import Configuration

/// Where the configuration came from and how to read it again.
package struct ConfigurationSource: Sendable {
    package let initial: ProxyConfiguration
    /// The file that is watched; nil when flags alone were given.
    package let path: String?
    private let read: @Sendable () -> Reading

    /// What one reading of flags and file came to.
    package enum Reading: Sendable {
        case success(ProxyConfiguration)
        /// One line for each problem.
        case failure([String])
    }

    package init(_ initial: ProxyConfiguration, path: String? = nil, read: @escaping @Sendable () -> Reading) {
        self.initial = initial
        self.path = path
        self.read = read
    }

    enum Load {
        case unchanged
        case success(ProxyConfiguration)
        case failure([String])
    }

    /// Reads again. Ports, workers and the service's name belong to the process: a change of one is refused, because a
    /// reload could only half apply it.
    func load(current: ProxyConfiguration) -> Load {
        switch read() {
        case .failure(let problems): return .failure(problems)
        case .success(let new):
            if new == current { return .unchanged }
            let fixed = current.settingsThatNeedRestart(comparedWith: new)
            guard fixed.isEmpty else {
                return .failure(fixed.map { "\($0) cannot change while running; restart the proxy to change it" })
            }
            return .success(new)
        }
    }
}
