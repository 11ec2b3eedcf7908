/// Writes protobuf fields one by one, legal or not, so that tests can say exactly which bytes they mean.
struct WireBuilder {
    private(set) var bytes: [UInt8] = []

    init(_ build: (inout WireBuilder) -> Void = { _ in }) { build(&self) }

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func key(_ field: Int, _ wireType: Int) { varint(UInt64(field << 3 | wireType)) }

    mutating func number(_ field: Int, _ value: UInt64) {
        key(field, 0)
        varint(value)
    }

    mutating func fixed64(_ field: Int, _ value: UInt64) {
        key(field, 1)
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func fixed32(_ field: Int, _ value: UInt32) {
        key(field, 5)
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func blob(_ field: Int, _ content: [UInt8]) {
        key(field, 2)
        varint(UInt64(content.count))
        bytes += content
    }

    mutating func text(_ field: Int, _ content: String) { blob(field, Array(content.utf8)) }

    mutating func message(_ field: Int, _ build: (inout WireBuilder) -> Void) { blob(field, WireBuilder(build).bytes) }

    mutating func raw(_ more: [UInt8]) { bytes += more }
}

/// A span as tests describe it.
struct FixtureSpan {
    var trace = TraceKeyFixture(high: 1, low: 1)
    var spanID: UInt64 = 1
    var parentID: UInt64 = 0
    var name = "op"
    var kind = 1
    var start: UInt64 = 1_000_000_000
    var end: UInt64 = 1_001_000_000
    var status = 0
    var attributes: [(key: String, value: FixtureValue)] = []
    /// Fields behind the known ones.
    var extra: [UInt8] = []

    var message: [UInt8] {
        WireBuilder { span in
            span.blob(1, bigEndian(trace.high) + bigEndian(trace.low))
            span.blob(2, bigEndian(spanID))
            if parentID != 0 { span.blob(4, bigEndian(parentID)) }
            span.text(5, name)
            span.number(6, UInt64(kind))
            span.fixed64(7, start)
            span.fixed64(8, end)
            for attribute in attributes {
                span.message(9) { pair in
                    pair.text(1, attribute.key)
                    pair.blob(2, attribute.value.message)
                }
            }
            if status != 0 { span.message(15) { $0.number(3, UInt64(status)) } }
            span.raw(extra)
        }.bytes
    }
}

struct TraceKeyFixture: Hashable {
    var high: UInt64
    var low: UInt64
}

indirect enum FixtureValue {
    case string(String)
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case bytes([UInt8])
    case array([FixtureValue])
    case list([String: FixtureValue])
    case empty

    var message: [UInt8] {
        WireBuilder { value in
            switch self {
            case .string(let text): value.text(1, text)
            case .bool(let flag): value.number(2, flag ? 1 : 0)
            case .int(let number): value.number(3, UInt64(bitPattern: number))
            case .double(let number): value.fixed64(4, number.bitPattern)
            case .bytes(let content): value.blob(7, content)
            case .array(let elements):
                value.message(5) { array in for each in elements { array.blob(1, each.message) } }
            case .list(let pairs):
                value.message(6) { list in
                    for pair in pairs.sorted(by: { $0.key < $1.key }) {
                        list.message(1) { inner in
                            inner.text(1, pair.key)
                            inner.blob(2, pair.value.message)
                        }
                    }
                }
            case .empty: break
            }
        }.bytes
    }
}

func bigEndian(_ value: UInt64) -> [UInt8] {
    stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt64($0)) }
}

/// One request with one resource and one scope.
func exportRequest(service: String = "shop", _ spans: [FixtureSpan]) -> [UInt8] {
    WireBuilder { request in
        request.message(1) { resourceSpans in
            resourceSpans.message(1) { resource in
                resource.message(1) { pair in
                    pair.text(1, "service.name")
                    pair.blob(2, FixtureValue.string(service).message)
                }
            }
            resourceSpans.message(2) { scopeSpans in
                scopeSpans.message(1) { $0.text(1, "library") }
                for span in spans { scopeSpans.blob(2, span.message) }
            }
        }
    }.bytes
}
