import Synchronization

/// Every family of one process (or of one test), and their exposition.
///
/// Families are registered once, at start; cells are taken from a family where counting begins; `render` answers a
/// scrape and may run on any thread, several at a time. Self-metrics of the registry are always part of it.
public final class Registry: Sendable {
    /// What protobuf expositions carry for a histogram. Prometheus before 3.0 that ingests native histograms drops the
    /// classic series of any histogram that has both, and with them every classic dashboard: so native is a choice.
    public enum HistogramFormat: Sendable {
        case classic
        case classicAndNative
    }

    /// A registered family; exhaustive, so that no format forgets a kind.
    enum Family: Sendable {
        case counter(CounterFamily)
        case gauge(GaugeFamily)
        case histogram(HistogramFamily)
        case summary(SummaryFamily)
    }

    private struct State {
        /// By name, which is the order of the exposition.
        var families: [(name: String, family: Family)] = []
        /// Sample name to the family that owns it.
        var owners: [String: String] = [:]
        var hooks: [@Sendable () -> Void] = []
    }

    let histogramFormat: HistogramFormat
    private let seriesBudget: Int
    private let state = Mutex(State())
    private let overflows: CounterFamily
    let scrapes: ScrapeMetrics

    /// - Parameter seriesPerFamily: label sets that each family holds before further ones fold into `overflow`; 10,000
    ///   when nil.
    public init(seriesPerFamily: Int? = nil, histogramFormat: HistogramFormat = .classic) {
        seriesBudget = seriesPerFamily ?? Limits.seriesPerFamily
        precondition(seriesBudget > 0, "a family needs room for a series")
        self.histogramFormat = histogramFormat
        overflows = CounterFamily(MetricName.seriesOverflow, seriesBudget: Limits.families, folded: nil)
        scrapes = ScrapeMetrics()
        let own: [Family] = [.counter(overflows)] + scrapes.families
        state.withLock { state in
            for family in own {
                let refusal = Self.reserve(family.description, in: &state)
                precondition(refusal == nil, "the registry's own metrics collide")
                Self.insert(family, in: &state)
            }
        }
    }

    public func counter(_ description: MetricDescription) throws(RegistryError) -> CounterFamily {
        try register(description, as: .counter) { .counter($0) }
    }

    public func gauge(_ description: MetricDescription) throws(RegistryError) -> GaugeFamily {
        try register(description, as: .gauge) { .gauge($0) }
    }

    /// A latency histogram: recorded in nanoseconds, exposed in seconds.
    public func histogram(_ description: MetricDescription) throws(RegistryError) -> HistogramFamily {
        let family: HistogramFamily = try register(description, as: .histogram) { .histogram($0) }
        scrapes.observeClamped(family)
        return family
    }

    public func summary(_ description: MetricDescription) throws(RegistryError) -> SummaryFamily {
        try register(description, as: .summary) { .summary($0) }
    }

    /// Runs `hook` at the begin of every scrape, on the scraping thread: the place to read something once that several
    /// observed series show.
    public func beforeScrape(_ hook: @escaping @Sendable () -> Void) {
        state.withLock { $0.hooks.append(hook) }
    }

    /// The families in the order of the exposition, after the hooks have run.
    func gather() -> [Family] {
        for hook in state.withLock({ $0.hooks }) { hook() }
        return state.withLock { $0.families.map(\.family) }
    }

    private func register<Cell>(
        _ description: MetricDescription, as kind: MetricKind, _ wrap: (MetricFamily<Cell>) -> Family
    ) throws(RegistryError) -> MetricFamily<Cell> {
        guard description.kind == kind else {
            throw .kindMismatch(description.name, described: description.kind, requested: kind)
        }
        try description.validate()
        if let refusal = state.withLock({ Self.reserve(description, in: &$0) }) { throw refusal }
        let isLabelled = !description.labels.isEmpty || description.hasOpenLabels
        let folded = isLabelled ? overflows.shared(labels: [description.name]) : nil
        let family = MetricFamily<Cell>(description, seriesBudget: seriesBudget, folded: folded)
        let wrapped = wrap(family)
        state.withLock { Self.insert(wrapped, in: &$0) }
        return family
    }

    /// Takes the description's names for it, or tells why it may not have them.
    private static func reserve(_ description: MetricDescription, in state: inout State) -> RegistryError? {
        if state.families.count >= Limits.families {
            return .tooManyFamilies(description.name, limit: Limits.families)
        }
        for name in description.reservedNames {
            if let owner = state.owners[name] { return .nameTaken(description.name, by: owner) }
        }
        for name in description.reservedNames { state.owners[name] = description.name }
        return nil
    }

    private static func insert(_ family: Family, in state: inout State) {
        let description = family.description
        let place = state.families.firstIndex { $0.name > description.name } ?? state.families.count
        state.families.insert((description.name, family), at: place)
    }
}

extension Registry.Family {
    var description: MetricDescription {
        switch self {
        case .counter(let family): family.description
        case .gauge(let family): family.description
        case .histogram(let family): family.description
        case .summary(let family): family.description
        }
    }
}
