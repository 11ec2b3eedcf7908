/// What a result list shows of a trace.
package struct TraceSummary: Equatable, Sendable {
    /// Nanoseconds since the epoch: the earliest start of all spans.
    package var start: UInt64 = 0
    /// Nanoseconds from there to the latest end.
    package var duration: UInt64 = 0
    package var spans = 0
    package var errors = 0
    package var orphans = 0
    /// Numbers in the name table; nil without a root.
    package var rootService: Int?
    package var rootName: Int?
    /// Per service, in ascending order of its number.
    package var services: [ServiceShare] = []

    package struct ServiceShare: Equatable, Sendable {
        package var service: Int
        package var spans: Int
        package var errors: Int
    }

    /// What a span contributes.
    struct Part {
        var start: UInt64
        var end: UInt64
        var service: Int
        var isError: Bool
    }

    mutating func add(_ part: Part) {
        let end = max(part.start, part.end)
        if spans == 0 {
            start = part.start
            duration = end - part.start
        } else {
            let latest = max(start + duration, end)
            start = min(start, part.start)
            duration = latest - start
        }
        spans += 1
        errors += part.isError ? 1 : 0
        addShare(part)
    }

    private mutating func addShare(_ part: Part) {
        let index = services.firstIndex { $0.service >= part.service } ?? services.count
        if index == services.count || services[index].service != part.service {
            services.insert(ServiceShare(service: part.service, spans: 0, errors: 0), at: index)
        }
        services[index].spans += 1
        services[index].errors += part.isError ? 1 : 0
    }

    /// Services as the database holds them: number, spans, errors of each.
    var packedServices: [UInt8] {
        var bytes: [UInt8] = []
        for share in services {
            bytes.appendVarint(share.service)
            bytes.appendVarint(share.spans)
            bytes.appendVarint(share.errors)
        }
        return bytes
    }

    static func unpackServices(_ bytes: [UInt8]) throws(BlockError) -> [ServiceShare] {
        var stream = StreamReader(bytes)
        var services: [ServiceShare] = []
        while !stream.isAtEnd {
            services.append(
                ServiceShare(service: try stream.length(), spans: try stream.length(), errors: try stream.length()))
        }
        return services
    }
}
