extension ValueFormat where Value == Bool {
    static let boolean = ValueFormat.scalar(
        "true or false", sentence: "true or false", example: "true", flagForm: "true|false",
        parse: { $0 == "true" ? .value(true) : $0 == "false" ? .value(false) : .malformed },
        encode: { .plain($0 ? "true" : "false") })
}

extension ValueFormat where Value: FixedWidthInteger {
    /// - Parameters:
    ///   - unit: what is counted.
    ///   - zeroMeans: what zero stands for when it is allowed beside the range.
    static func integer(_ range: ClosedRange<Value>, unit: String, zeroMeans: String? = nil) -> ValueFormat {
        .scalar(
            "integer", sentence: "an integer", unit: unit,
            allowed: rangeText("\(range.lowerBound)", "\(range.upperBound)", zeroMeans), example: "\(range.upperBound)",
            parse: { text in
                guard !text.isEmpty, text.utf8.allSatisfy(\.isDigit) else {
                    return Int(text) == nil ? .malformed : .outOfRange
                }
                guard let number = Value(text) else { return .outOfRange }
                return range.contains(number) || number == 0 && zeroMeans != nil ? .value(number) : .outOfRange
            },
            encode: { .plain("\($0)") })
    }
}

extension ValueFormat where Value == Double {
    /// A number from 0 to 1.
    static let share = ValueFormat.scalar(
        "number", sentence: "a number", unit: "share", allowed: "0 … 1", example: "0.01",
        parse: { text in
            guard let first = text.utf8.first,
                first.isDigit || first == UInt8(ascii: ".") || first == UInt8(ascii: "-"),
                let number = Double(text)
            else { return .malformed }
            return (0...1).contains(number) ? .value(number) : .outOfRange
        },
        encode: { .plain("\($0)") })
}

extension ValueFormat where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One word of a closed set.
    static var choice: ValueFormat {
        let words = Value.allCases.map(\.rawValue)
        let sentence = "one of \(words.joined(separator: ", "))"
        return .scalar(
            "word", sentence: sentence, allowed: words.joined(separator: ", "), example: words[0],
            flagForm: words.joined(separator: "|"), parse: { Value(rawValue: $0).map { .value($0) } ?? .malformed },
            encode: { .plain($0.rawValue) })
    }
}

extension ValueFormat where Value == HostPort {
    /// Where to listen; port 0 takes any free one. Names are not resolved, `localhost` is 127.0.0.1.
    static let listener = ValueFormat.scalar(
        "ADDRESS:PORT", sentence: "ADDRESS:PORT", example: "127.0.0.1:8080",
        parse: { text in
            guard let address = HostPort(text), address.kind != .name || address.host == "localhost"
            else { return .malformed }
            return .value(address)
        },
        encode: { $0.kind == .ipv6 ? .text($0.description) : .plain($0.description) })

    /// Where to connect to: a literal or a name.
    static let endpoint = ValueFormat.scalar(
        "ADDRESS:PORT", sentence: "ADDRESS:PORT", example: "127.0.0.1:8080",
        parse: { text in
            guard let address = HostPort(text), address.port > 0 else { return .malformed }
            return .value(address)
        },
        encode: { $0.kind == .ipv6 ? .text($0.description) : .plain($0.description) })
}

extension ValueFormat where Value == CollectorURL {
    static let collectorURL = ValueFormat.scalar(
        "URL", sentence: "http://ADDRESS:PORT[/PATH] or grpc://ADDRESS:PORT", example: "http://127.0.0.1:4318",
        parse: { CollectorURL($0).map { .value($0) } ?? .malformed },
        encode: { .text($0.description) })
}

extension ValueFormat where Value == String {
    /// A name that becomes a label value: visible characters and no space around it.
    static func name(_ sentence: String, example: String) -> ValueFormat {
        .scalar(
            "text", sentence: sentence,
            allowed: "1 … \(ConfigurationLimits.nameBytes) bytes without control characters", example: example,
            parse: { text in
                guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last,
                    !first.properties.isWhitespace, !last.properties.isWhitespace
                else { return .malformed }
                let isClean = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
                guard isClean else { return .malformed }
                return text.utf8.count <= ConfigurationLimits.nameBytes ? .value(text) : .outOfRange
            },
            encode: { .text($0) })
    }

    /// A file or directory, as the system takes it.
    static let path = ValueFormat.scalar(
        "path", sentence: "a path", example: "/var/lib/martlet",
        parse: { text in
            text.isEmpty || text.utf8.contains(0) || text.utf8.count > ConfigurationLimits.pathBytes
                ? .malformed : .value(text)
        },
        encode: { .text($0) })
}

/// `1 … 100, or 0 (no limit)`.
func rangeText(_ low: String, _ high: String, _ zeroMeans: String?) -> String {
    "\(low) … \(high)" + (zeroMeans.map { ", or 0 (\($0))" } ?? "")
}
