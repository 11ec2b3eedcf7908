import Bytes
import HTTP

/// A field of a header section, as `name: value` (the first colon behind the first byte parts them).
func section(_ lines: [String]) -> [FieldModel] {
    lines.map { line in
        let parts = line.dropFirst().split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return FieldModel(
            name: String(line.prefix(1)) + String(parts[0]),
            value: String((parts.count > 1 ? parts[1] : "").dropFirst()))
    }
}

/// Takes a request as HTTP/2 fields.
func requestSection(
    _ lines: String..., ends: Bool = true, limits: HTTPLimits = HTTPLimits()
) -> Result<RequestModel, HTTPError> {
    var head = RequestHead()
    if let error = head.take(section(lines), ends: ends, limits: limits) { return .failure(error) }
    return .success(RequestModel(head))
}

extension RequestHead {
    mutating func take(_ fields: [FieldModel], ends: Bool, limits: HTTPLimits = HTTPLimits()) -> HTTPError? {
        beginSection()
        for field in fields {
            if let error = take(field.name.latin1.rawBytes, field.value.latin1.rawBytes, limits: limits) {
                return error
            }
        }
        return endSection(endsMessage: ends, limits: limits)
    }
}

func responseSection(
    _ lines: String..., to method: HTTPMethod = .get, ends: Bool = false
) -> Result<ResponseModel, HTTPError> {
    var head = ResponseHead()
    if let error = head.take(section(lines), to: method, ends: ends) { return .failure(error) }
    return .success(ResponseModel(head))
}

extension ResponseHead {
    mutating func take(_ fields: [FieldModel], to method: HTTPMethod, ends: Bool) -> HTTPError? {
        beginSection()
        for field in fields {
            if let error = take(field.name.latin1.rawBytes, field.value.latin1.rawBytes) { return error }
        }
        return endSection(for: method, endsMessage: ends)
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
    var value: Success? {
        if case .success(let value) = self { value } else { nil }
    }
}

/// The lines of a block as `name: value`, with `!` before those that are never indexed and `?` where only the name is.
func lines(of block: borrowing FieldBlock) -> [String] {
    block.lines.map { line in
        let name = text(block.bytes.extracting(line.name.range))
        let mark =
            switch line.indexing {
            case .all: ""
            case .name: "?"
            case .never: "!"
            }
        return mark + name + ": " + text(block.bytes.extracting(line.value.range))
    }
}
