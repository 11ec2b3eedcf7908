import Bytes

/// What the `Connection` field says about this hop (RFC 9110 §7.6.1).
struct ConnectionOptions: Equatable {
    var close = false
    var keepAlive = false
    var upgrade = false
    var te = false

    /// Reads every `Connection` line and marks the fields that it nominates.
    static func read(
        _ fields: inout FieldList, in bytes: borrowing RawSpan, limits: HTTPLimits
    ) throws(HTTPError) -> ConnectionOptions {
        var options = ConnectionOptions()
        guard fields.present.contains(.connection) else { return options }
        var total = 0
        for index in 0..<fields.count where fields[index].name == .connection {
            if options.takeUsual(bytes.extracting(fields[index].valueRange.range)) {
                total += 1
                continue
            }
            var elements = ListElements(fields[index].valueRange)
            while let element = elements.nextElement(bytes) {
                total += 1
                if total > limits.listElements { throw .tooManyListElements }
                if element.isEmpty { continue }
                try options.take(element, &fields, bytes)
            }
        }
        return options
    }

    /// What nearly all lines say that there are. - Returns: whether it was that.
    private mutating func takeUsual(_ value: RawSpan) -> Bool {
        if value.equals("keep-alive") {
            keepAlive = true
            return true
        }
        guard value.equals("close") else { return false }
        close = true
        return true
    }

    private mutating func take(
        _ element: ByteRange, _ fields: inout FieldList, _ bytes: borrowing RawSpan
    ) throws(HTTPError) {
        let text = bytes.extracting(element.range)
        let name = FieldName(text)
        if name == .other, !ListElements.isToken(bytes, element) { throw .invalidConnection }
        switch name {
        case .keepAlive: keepAlive = true
        case .upgrade: upgrade = true
        case .te: te = true
        case .other where text.equalsIgnoringCase("close"): close = true
        case .other:
            for index in 0..<fields.count
            where fields[index].name == .other
                && bytes.extracting(fields[index].nameRange.range).equalsIgnoringCase(text)
            {
                fields.markNominated(index)
            }
        default:
            if FieldNameSet.framing.contains(name) { throw .framingFieldNominated }
            guard FieldNameSet.nominable.contains(name) else { return }
            for index in 0..<fields.count where fields[index].name == name { fields.markNominated(index) }
        }
    }
}
