import Configuration
import EventLoop
import Glibc
import MetricsExporter
import Synchronization

/// The proxy's metrics about itself, read at scrape time.
struct ControlMetrics: Sendable {
    let pauses = Listener.Pauses()
    let budget: ConnectionBudget
    private let reloads: CounterFamily
    private let reloadSucceeded: GaugeFamily
    private let reloadTime: GaugeFamily

    init(
        _ registry: Registry, state: ProxyState, workers: [WorkerThread], accessLog: AccessLogWriter?
    ) throws(RegistryError) {
        budget = ConnectionBudget(limit: state.configuration.limits.connectionsMax)
        try registry.registerProcessMetrics()
        try registry.registerBuildInfo(component: "proxy", version: Version.current, revision: Version.revision)
        reloads = try registry.counter(MetricName.configReloads)
        reloadSucceeded = try registry.gauge(MetricName.configLastReloadSuccessful)
        reloadTime = try registry.gauge(MetricName.configLastReloadSuccessTime)
        reloads.create(labels: ["success"])
        reloads.create(labels: ["failure"])
        reloadSucceeded.shared().set(1)
        reloadTime.shared().set(Double(time(nil)))
        try registry.gauge(MetricName.ready).observe { state.phase == .ready && !state.hasIdentityExpired ? 1 : 0 }
        try observeLoops(registry, workers)
        let (pauses, budget) = (pauses, budget)
        try registry.counter(MetricName.acceptPaused).observe(labels: ["descriptors"]) {
            Double(pauses.count.load(ordering: .relaxed))
        }
        try registry.counter(MetricName.connectionsRefused).observe(labels: ["limit"]) {
            Double(budget.refused.load(ordering: .relaxed))
        }
        if let accessLog {
            try registry.counter(MetricName.accessLogDroppedLines).observe {
                Double(accessLog.droppedLines.load(ordering: .relaxed))
            }
        }
    }

    private func observeLoops(_ registry: Registry, _ workers: [WorkerThread]) throws(RegistryError) {
        let busy = try registry.counter(MetricName.loopBusy)
        let lag = try registry.gauge(MetricName.loopLag)
        for worker in workers {
            let loop = worker.loop
            busy.observe(labels: ["\(loop.index)"]) { Double(loop.busyNanoseconds.load(ordering: .relaxed)) / 1e9 }
            lag.observe(labels: ["\(loop.index)"]) {
                Double(loop.turnNanosecondsMax.exchange(0, ordering: .relaxed)) / 1e9
            }
        }
    }

    func reloaded(succeeded: Bool) {
        reloads.shared(labels: [succeeded ? "success" : "failure"]).add()
        reloadSucceeded.shared().set(succeeded ? 1 : 0)
        if succeeded { reloadTime.shared().set(Double(time(nil))) }
    }
}
