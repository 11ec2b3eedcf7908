import Bytes
import Tracing

let traceHex = "0af7651916cd43dd8448eb211c80319c"
let spanHex = "b7ad6b7169203331"
let parentHex = "05e3ac9a4f6e3b90"
let traceID = TraceID(high: 0x0af7_6519_16cd_43dd, low: 0x8448_eb21_1c80_319c)
let spanID = SpanID(0xb7ad_6b71_6920_3331)

/// Reads header lines as the proxy does: names in any case, unknown ones passed over.
func extract(
    _ lines: [(String, String)], precedence: PropagationPrecedence = .w3cFirst
) -> ExtractedContext {
    var reader = TraceHeaderReader()
    for (name, value) in lines {
        guard let header = unsafe TraceHeader(name: Array(name.utf8).span.bytes) else { continue }
        unsafe reader.read(header, value: Array(value.utf8).span.bytes)
    }
    return reader.finish(precedence: precedence)
}

func extract(traceparent: String) -> ExtractedContext { extract([("traceparent", traceparent)]) }

func injected(_ context: TraceContext) -> [String] {
    var lines: [String] = []
    context.inject { name, value in
        var buffer = ByteBuffer()
        value(&buffer)
        lines.append("\(name): \(unsafe buffer.withReadableBytes { unsafe String(decoding: $0, as: UTF8.self) })")
    }
    return lines
}

/// A hop with known ids: the generator's first values.
func hop(_ incoming: ExtractedContext, rate: Double = 1) -> TraceContext {
    var ids = IDGenerator(seed: (1, 2, 3, 4))
    return TraceContext(continuing: incoming, sampler: Sampler(rate: rate), ids: &ids)
}
