import Glibc
import Synchronization

extension Registry {
    /// Adds the `process_…` metrics that Prometheus' own libraries have. One that cannot be read is left out, never
    /// shown as zero.
    public func registerProcessMetrics() throws(RegistryError) {
        let latest = ProcessReading()
        beforeScrape { latest.refresh() }
        let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
        let pageBytes = Double(sysconf(Int32(_SC_PAGESIZE)))
        let bootTime = ProcFile.contents("/proc/stat").flatMap(ProcessStatistics.bootTime)

        try counter(MetricName.processCPU).observe {
            latest.statistics.map { Double($0.userTicks + $0.systemTicks) / ticksPerSecond }
        }
        try gauge(MetricName.processStartTime).observe {
            guard let bootTime, let statistics = latest.statistics else { return nil }
            return Double(bootTime) + Double(statistics.startTicks) / ticksPerSecond
        }
        try gauge(MetricName.processVirtualMemory).observe { latest.statistics.map { Double($0.virtualBytes) } }
        try gauge(MetricName.processResidentMemory).observe {
            latest.statistics.map { Double($0.residentPages) * pageBytes }
        }
        try gauge(MetricName.processThreads).observe { latest.statistics.map { Double($0.threads) } }
        try gauge(MetricName.processOpenFileDescriptors).observe { ProcFile.openDescriptors().map(Double.init) }
        try gauge(MetricName.processMaxFileDescriptors).observe {
            Self.limit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue))
        }
        try gauge(MetricName.processVirtualMemoryMax).observe { Self.limit(__rlimit_resource_t(RLIMIT_AS.rawValue)) }
    }

    /// Adds `martlet_build_info`.
    package func registerBuildInfo(component: String, version: String, revision: String) throws(RegistryError) {
        try gauge(MetricName.buildInfo).observe(labels: [component, version, revision]) { 1 }
    }

    /// The soft limit; 2^64 − 1 when there is none, as other clients show it.
    private static func limit(_ resource: __rlimit_resource_t) -> Double? {
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else { return nil }
        return Double(limit.rlim_cur)
    }
}

/// `/proc/self/stat` as of the begin of the scrape, read once for the metrics that come out of it.
private final class ProcessReading: Sendable {
    private let latest = Mutex<ProcessStatistics?>(nil)

    var statistics: ProcessStatistics? { latest.withLock { $0 } }

    func refresh() {
        let read = ProcFile.contents("/proc/self/stat").flatMap { ProcessStatistics($0) }
        latest.withLock { $0 = read }
    }
}
