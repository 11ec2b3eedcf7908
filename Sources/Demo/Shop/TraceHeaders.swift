import HTTPTransport

/// The trace headers that a service copies from the request it got to the requests it makes: all that a mesh asks of
/// an application.
enum TraceHeaders {
    static let names = [
        "traceparent", "tracestate", "baggage", "b3", "x-b3-traceid", "x-b3-spanid", "x-b3-parentspanid",
        "x-b3-sampled",
        "x-b3-flags",
    ]

    static func forwarded(from fields: HTTPFields) -> HTTPFields {
        var copied = HTTPFields()
        for field in fields.all where names.contains(field.name.lowercased()) { copied.append(field.name, field.value) }
        return copied
    }
}
