package import MetricsExporter

/// The collector's own counters. Cells of shard 0 are written under the ingest lock, those of shard 1 by the store
/// thread, so each has one writer at a time.
package struct CollectorMetrics: Sendable {
    let spansReceived: CounterCell
    let spansReplayed: CounterCell
    let spansRefused: CounterFamily
    let spansStored: CounterCell
    let spansDropped: CounterFamily
    let spansDuplicate: CounterCell
    let spansLate: CounterCell
    let tracesComplete: CounterCell
    let tracesPartial: CounterCell
    let orphanSpans: CounterCell
    let writeErrors: CounterCell
    let deletedByAge: CounterCell
    let deletedBySize: CounterCell
    let requests: CounterFamily
    let liveTraces: GaugeFamily
    let liveSpans: GaugeFamily
    let storeBytes: GaugeFamily
    let storeTraces: GaugeFamily
    let queueLength: GaugeFamily
    let queueCapacity: GaugeFamily
    let logBytes: GaugeFamily

    package init(_ registry: Registry) throws(RegistryError) {
        let ingest = 0
        let store = 1
        spansReceived = try registry.counter(MetricName.collectorSpansReceived).cell(shard: ingest)
        spansReplayed = try registry.counter(MetricName.collectorSpansReplayed).cell(shard: ingest)
        spansRefused = try registry.counter(MetricName.collectorSpansRefused)
        spansStored = try registry.counter(MetricName.collectorSpansStored).cell(shard: store)
        spansDropped = try registry.counter(MetricName.collectorSpansDropped)
        spansDuplicate = try registry.counter(MetricName.collectorSpansDuplicate).cell(shard: store)
        spansLate = try registry.counter(MetricName.collectorSpansLate).cell(shard: store)
        let joined = try registry.counter(MetricName.collectorTracesJoined)
        tracesComplete = joined.cell(shard: store, labels: ["complete"])
        tracesPartial = joined.cell(shard: store, labels: ["partial"])
        orphanSpans = try registry.counter(MetricName.collectorOrphanSpans).cell(shard: store)
        writeErrors = try registry.counter(MetricName.collectorStoreWriteErrors).cell(shard: store)
        let deleted = try registry.counter(MetricName.collectorStoreDeletedTraces)
        deletedByAge = deleted.cell(shard: store, labels: ["age"])
        deletedBySize = deleted.cell(shard: store, labels: ["size"])
        requests = try registry.counter(MetricName.collectorRequests)
        liveTraces = try registry.gauge(MetricName.collectorLiveTraces)
        liveSpans = try registry.gauge(MetricName.collectorLiveSpans)
        storeBytes = try registry.gauge(MetricName.collectorStoreBytes)
        storeTraces = try registry.gauge(MetricName.collectorStoreTraces)
        queueLength = try registry.gauge(MetricName.collectorQueueLength)
        queueCapacity = try registry.gauge(MetricName.collectorQueueCapacity)
        logBytes = try registry.gauge(MetricName.collectorLogBytes)
        for reason in ["unreadable"] { spansDropped.create(labels: [reason]) }
        requests.create(labels: ["200", "http"])
    }

    func count(_ outcome: StoreOutcome) {
        spansStored.add(UInt64(outcome.stored))
        spansDuplicate.add(UInt64(outcome.duplicates))
        spansLate.add(UInt64(outcome.late))
        tracesComplete.add(UInt64(outcome.tracesComplete))
        tracesPartial.add(UInt64(outcome.tracesPartial))
        orphanSpans.add(UInt64(outcome.orphans))
    }
}
