internal import Synchronization

/// Where spans came from: a resource and an instrumentation scope, shared by all spans of one origin. Immutable, so
/// it crosses threads; kept alive by the traces that refer to it.
package final class SpanOrigin: Sendable {
    /// Unique in this process, for cheap comparison.
    package let serial: UInt64
    /// The Resource message.
    package let resource: [UInt8]
    package let resourceSchemaURL: [UInt8]
    /// The InstrumentationScope message.
    package let scope: [UInt8]
    package let scopeSchemaURL: [UInt8]
    /// Valid UTF-8, never empty.
    package let serviceName: [UInt8]

    private static let origins = Atomic<UInt64>(0)

    init(
        resource: [UInt8], resourceSchemaURL: [UInt8], scope: [UInt8], scopeSchemaURL: [UInt8],
        serviceName: [UInt8]
    ) {
        serial = Self.origins.add(1, ordering: .relaxed).newValue
        self.resource = resource
        self.resourceSchemaURL = resourceSchemaURL
        self.scope = scope
        self.scopeSchemaURL = scopeSchemaURL
        self.serviceName = serviceName
    }
}

/// Finds the shared `SpanOrigin` of a scope in a batch.
package struct OriginTable {
    private var interner = ByteInterner()
    private var origins: [SpanOrigin] = []
    private var scratch: [UInt8] = []

    package init() {}

    package mutating func origin(of scope: ScopeRecord, in batch: SpanBatch, _ bytes: Span<UInt8>) -> SpanOrigin {
        let resource = batch.resources[scope.resource]
        // Moved out and back so that the interner may change while the scratch bytes are borrowed.
        var content = scratch
        scratch = []
        defer { scratch = content }
        content.removeAll(keepingCapacity: true)
        for piece in batch.pieces[resource.pieces] { content.append(bytes, piece.range) }
        let resourceEnd = content.count
        content.append(bytes, resource.schemaURL.range)
        let resourceURLEnd = content.count
        for piece in batch.pieces[scope.pieces] { content.append(bytes, piece.range) }
        let scopeEnd = content.count
        content.append(bytes, scope.schemaURL.range)
        let contentEnd = content.count
        // The lengths are part of the identity: bytes must not move from one part to the next unnoticed.
        for end in [resourceEnd, resourceURLEnd, scopeEnd] {
            for shift in stride(from: 0, to: 32, by: 8) { content.append(UInt8(truncatingIfNeeded: end >> shift)) }
        }
        if origins.count >= Limits.origins, interner.lookup(content.span, 0..<content.count) == nil {
            interner.removeAll()
            origins.removeAll(keepingCapacity: true)
        }
        let index = interner.intern(content.span, 0..<content.count)
        if index < origins.count { return origins[index] }
        let origin = SpanOrigin(
            resource: Array(content[..<resourceEnd]),
            resourceSchemaURL: UTF8Repair.repaired(content.span, resourceEnd..<resourceURLEnd),
            scope: Array(content[resourceURLEnd..<scopeEnd]),
            scopeSchemaURL: UTF8Repair.repaired(content.span, scopeEnd..<contentEnd),
            serviceName: Self.name(of: resource, bytes))
        origins.append(origin)
        return origin
    }

    private static func name(of resource: ResourceRecord, _ bytes: Span<UInt8>) -> [UInt8] {
        resource.serviceName.isEmpty
            ? Array("unknown_service".utf8) : UTF8Repair.repaired(bytes, resource.serviceName.range)
    }
}
