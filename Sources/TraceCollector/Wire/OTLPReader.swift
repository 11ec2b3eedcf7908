/// Reads ExportTraceServiceRequest (opentelemetry-proto 1.11) without copying, with the tolerance that proto3 asks of
/// every reader: unknown fields of any wire type are passed over, fields come in any order, the last scalar wins, and
/// a singular message that comes twice is merged.
///
/// The whole message is checked down to the last attribute before anything is kept, so a request is either accepted or
/// refused with 400. Spans with ids of the wrong size or all zeros are counted and left out one by one.
package enum OTLPReader {
    /// - Parameter batch: emptied first; on error its contents mean nothing.
    package static func read(_ bytes: Span<UInt8>, into batch: inout SpanBatch) throws(WireError) {
        batch.removeAll()
        var cursor = ProtobufCursor(0..<bytes.count)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x0A: try readResourceSpans(bytes, try cursor.delimited(bytes), &batch)
            default: try cursor.skip(key, bytes)
            }
        }
    }

    private static func readResourceSpans(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ batch: inout SpanBatch
    ) throws(WireError) {
        // Pieces of one resource must be neighbours, and scopes add pieces too: so resources are read first.
        let resource = batch.resources.count
        batch.resources.append(try readResource(bytes, range, &batch))
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x12: try readScopeSpans(bytes, try cursor.delimited(bytes), resource, &batch)
            default: try cursor.skip(key, bytes)
            }
        }
    }

    private static func readResource(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ batch: inout SpanBatch
    ) throws(WireError) -> ResourceRecord {
        let firstPiece = batch.pieces.count
        var record = ResourceRecord(pieces: firstPiece..<firstPiece)
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x0A:
                let piece = try cursor.delimited(bytes)
                batch.pieces.append(ByteRange(piece))
                try readResourceAttributes(bytes, piece, &record)
            case 0x1A: record.schemaURL = ByteRange(try cursor.delimited(bytes))
            default: try cursor.skip(key, bytes)
            }
        }
        record.pieces = firstPiece..<batch.pieces.count
        return record
    }

    private static func readResourceAttributes(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ record: inout ResourceRecord
    ) throws(WireError) {
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x0A:
                let pair = try KeyValueView.read(bytes, try cursor.delimited(bytes))
                if bytes.matches(pair.key, "service.name") {
                    record.serviceName = pair.view.type == .string ? pair.view.contents : .empty
                }
            default: try cursor.skip(key, bytes)
            }
        }
    }

    private static func readScopeSpans(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ resource: Int, _ batch: inout SpanBatch
    ) throws(WireError) {
        let firstPiece = batch.pieces.count
        let scope = batch.scopes.count
        batch.scopes.append(ScopeRecord(resource: resource, pieces: firstPiece..<firstPiece))
        var schemaURL = ByteRange.empty
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x0A:
                let piece = try cursor.delimited(bytes)
                try checkScope(bytes, piece)
                batch.pieces.append(ByteRange(piece))
            case 0x12: try readSpan(bytes, try cursor.delimited(bytes), scope, &batch)
            case 0x1A: schemaURL = ByteRange(try cursor.delimited(bytes))
            default: try cursor.skip(key, bytes)
            }
        }
        batch.scopes[scope].pieces = firstPiece..<batch.pieces.count
        batch.scopes[scope].schemaURL = schemaURL
    }

    private static func checkScope(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(WireError) {
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x0A, 0x12: _ = try cursor.delimited(bytes)
            case 0x1A: _ = try KeyValueView.read(bytes, try cursor.delimited(bytes))
            default: try cursor.skip(key, bytes)
            }
        }
    }

    @inline(__always)
    private static func readSpan(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ scope: Int, _ batch: inout SpanBatch
    ) throws(WireError) {
        var reader = OTLPSpanReader(scope: UInt32(scope), body: range)
        try reader.read(bytes)
        switch reader.verdict {
        case .accepted: batch.spans.append(reader.record)
        case .invalidTraceID: batch.rejections.traceIDs += 1
        case .invalidSpanID: batch.rejections.spanIDs += 1
        case .invalidParentID: batch.rejections.parentIDs += 1
        }
    }
}
