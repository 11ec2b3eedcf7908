import MetricsExporter

/// How many requests a service works on at once, as its saturation: by Little's law the time that its SERVER spans
/// took, summed over the last seconds, divided by those seconds. An estimate from spans: exact only when every request
/// is traced. `traces_service_in_flight`.
struct ServiceConcurrency {
    private struct Service {
        let gauge: GaugeCell
        /// Nanoseconds of spans that ended, by second; a ring.
        var buckets: [UInt64]
    }

    private let family: GaugeFamily
    private let seconds: Int
    private var indexes: [Int: Int] = [:]
    private var services: [Service] = []
    private var currentSecond: UInt64 = 0

    init(_ registry: Registry, limits: SignalLimits) throws(RegistryError) {
        family = try registry.gauge(MetricName.serviceInFlight)
        seconds = limits.concurrencySeconds
    }

    mutating func record(_ span: SpanRecord, service: Int, names: SignalNames, now: UInt64) {
        advance(to: now)
        let index = indexes[service] ?? add(service, names)
        services[index].buckets[Int(currentSecond % UInt64(seconds))] &+= span.duration
    }

    /// Moves the window and shows its average.
    mutating func advance(to now: UInt64) {
        let second = now / 1_000_000_000
        guard second > currentSecond else { return }
        let steps = min(second - currentSecond, UInt64(seconds))
        for index in services.indices {
            let total = services[index].buckets.reduce(0, &+)
            services[index].gauge.set(Double(total) / 1e9 / Double(seconds))
            for step in 0..<steps { services[index].buckets[Int((second - step) % UInt64(seconds))] = 0 }
        }
        currentSecond = second
    }

    private mutating func add(_ service: Int, _ names: SignalNames) -> Int {
        services.append(
            Service(
                gauge: family.cell(shard: 0, labels: [names[service]]),
                buckets: [UInt64](repeating: 0, count: seconds)))
        indexes[service] = services.count - 1
        return services.count - 1
    }
}
