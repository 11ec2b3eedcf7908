import CProtobuf

// The fuzz target compiles this file together with the reader, without the module.
#if canImport(TraceCollector)
    @testable import TraceCollector
#endif

/// libprotobuf-c's generated code: what it accepts must be accepted, and read the same.
enum OTLPOracle {
    struct Span: Equatable {
        var traceID: [UInt8]
        var spanID: [UInt8]
        var parentID: [UInt8]
        /// Up to its first NUL, where C strings end.
        var name: [UInt8]
        var start: UInt64
        var end: UInt64
        var kind: UInt8

        var isValid: Bool {
            traceID.count == 16 && traceID.contains { $0 != 0 }
                && spanID.count == 8 && spanID.contains { $0 != 0 }
                && (parentID.isEmpty || parentID.count == 8)
        }
    }

    /// Nil for what is no ExportTraceServiceRequest.
    static func spans(_ bytes: [UInt8]) -> [Span]? {
        guard
            let request = unsafe bytes.withUnsafeBufferPointer({
                unsafe opentelemetry__proto__collector__trace__v1__export_trace_service_request__unpack(
                    nil, $0.count, $0.baseAddress)
            })
        else { return nil }
        defer {
            unsafe opentelemetry__proto__collector__trace__v1__export_trace_service_request__free_unpacked(request, nil)
        }
        var spans: [Span] = []
        for resource in 0..<(unsafe request.pointee.n_resource_spans) {
            let resourceSpans = unsafe request.pointee.resource_spans[resource]!
            for scope in 0..<(unsafe resourceSpans.pointee.n_scope_spans) {
                let scopeSpans = unsafe resourceSpans.pointee.scope_spans[scope]!
                for index in 0..<(unsafe scopeSpans.pointee.n_spans) {
                    spans.append(unsafe read(scopeSpans.pointee.spans[index]!.pointee))
                }
            }
        }
        return spans
    }

    /// The first difference between the oracle and `OTLPReader`, or nil.
    static func difference(_ bytes: [UInt8]) -> String? {
        guard let expected = spans(bytes) else { return nil }
        var batch = SpanBatch()
        do {
            try OTLPReader.read(bytes.span, into: &batch)
        } catch WireError.invalidKey {
            // libprotobuf-c lets field number 0 pass, which the encoding rules forbid.
            return nil
        } catch WireError.nestedTooDeep {
            return nil
        } catch {
            return "refused with \(error), which libprotobuf-c accepts"
        }
        let valid = expected.filter(\.isValid)
        guard batch.spans.count == valid.count, batch.rejections.total == expected.count - valid.count else {
            return "\(batch.spans.count) spans and \(batch.rejections) instead of \(valid.count) of \(expected.count)"
        }
        for (record, span) in zip(batch.spans, valid) where !agree(record, span, bytes) {
            return "\(record) is not \(span)"
        }
        return nil
    }

    private static func agree(_ record: SpanRecord, _ span: Span, _ bytes: [UInt8]) -> Bool {
        let parentID = span.parentID.isEmpty ? [UInt8](repeating: 0, count: 8) : span.parentID
        let kind = span.kind <= 5 ? span.kind : 0
        return digits(record.trace.high) + digits(record.trace.low) == span.traceID
            && digits(record.spanID) == span.spanID && digits(record.parentID) == parentID
            && Array(bytes[record.name.range].prefix { $0 != 0 }) == span.name
            && record.start == span.start && record.end == span.end && record.kind.rawValue == kind
    }

    private static func digits(_ id: UInt64) -> [UInt8] {
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: id >> UInt64($0)) }
    }

    private static func read(_ span: Opentelemetry__Proto__Trace__V1__Span) -> Span {
        var name: [UInt8] = []
        var position = 0
        while let byte = unsafe span.name.map({ unsafe UInt8(bitPattern: $0[position]) }), byte != 0 {
            name.append(byte)
            position += 1
        }
        let kind = unsafe span.kind.rawValue
        return Span(
            traceID: unsafe bytes(span.trace_id), spanID: unsafe bytes(span.span_id),
            parentID: unsafe bytes(span.parent_span_id), name: name, start: unsafe span.start_time_unix_nano,
            end: unsafe span.end_time_unix_nano, kind: UInt8(clamping: kind))
    }

    private static func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
        unsafe Array(UnsafeBufferPointer(start: data.data, count: data.len))
    }
}
