import Configuration
import EventLoop
import TLS

/// How the proxy comes to its identity and keeps it fresh: by files that are watched, or by the identity service.
extension ProxyRuntime {
    /// For connections from now on.
    var security: TransportSecurity? { rotation?.security ?? enrolment?.security }

    var identitySummary: String? { rotation?.summary ?? enrolment?.summary }

    // MARK: The identity service

    func startEnrolment() {
        guard let enrolment else { return }
        let bound = LoopBound(self, loop: loop)
        let enrolling = LoopBound(enrolment, loop: loop)
        loop.spawn { await enrolling.value.run { bound.value.takeOverCertificate() } }
    }

    /// Waits for the first certificate where nothing may be carried without one.
    /// - Returns: false when the process is to end instead.
    func awaitFirstCertificate() async -> Bool {
        guard enrolment != nil, state.configuration.carriesSecurely else { return true }
        while security == nil, !state.isShutdownRequested { _ = await lifecycle.wait() }
        return !state.isShutdownRequested
    }

    private func takeOverCertificate() {
        if state.phase == .ready { applySecurity() }
        lifecycle.wake()
    }

    // MARK: Files

    func watchIdentity() {
        guard let paths = rotation?.paths.sorted() else { return }
        let bound = LoopBound(self, loop: loop)
        loop.spawn { await bound.value.watchIdentity(paths) }
    }

    private func watchIdentity(_ paths: [String]) async {
        do throws(SystemError) {
            let watcher = try FileWatcher(paths, loop: loop)
            while true {
                await watcher.next(settling: Limits.identitySettling)
                rotateIdentity()
            }
        } catch {
            log.error(
                "\(paths.joined(separator: ", ")) are not watched for changes; send SIGHUP to take a new identity: \(error)"
            )
        }
    }

    /// Takes over what the identity's files say now, for the connections to come; those that are open keep what they have.
    func rotateIdentity() {
        guard let rotation, state.phase == .ready else { return }
        switch rotation.reload() {
        case .unchanged: log.debug("identity unchanged")
        case .failed(let error): log.error("identity not taken over, the current one stays: \(error)")
        case .rotated:
            log.info("identity taken over: \(rotation.summary)")
            applySecurity()
        }
    }

    /// Gives every worker the current identity.
    func applySecurity() {
        guard let security else { return }
        state.identityEnd = security.server.identity?.notAfter
        let isComplete = workers.allSatisfy { $0.apply(security) }
        if !isComplete { log.error("a worker did not take the identity: its mailbox is full") }
    }
}

extension ProxyConfiguration {
    /// Whether something that it carries may not pass without TLS, so that the proxy is of no use before it has a
    /// certificate.
    var carriesSecurely: Bool {
        inbound?.tls == .required || outbound?.targets.contains { $0.identity != nil } == true
    }
}
