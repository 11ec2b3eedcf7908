import Bytes

/// A response that comes as HTTP/2 fields; like `RequestHead`'s.
extension ResponseHead {
    public mutating func beginSection() {
        reset()
        versionMajor = 2
    }

    /// - Returns: nil, or why this is no response; the model is unusable then.
    public mutating func take(
        _ name: RawSpan, _ value: RawSpan, isNeverIndexed: Bool = false, limits: HTTPLimits = HTTPLimits()
    ) -> HTTPError? {
        do throws(HTTPError) {
            if name.byteCount > 0 && name[0] == UInt8(ascii: ":") {
                try takeStatus(name, value)
            } else {
                try FieldParser.take(
                    name, value, isNeverIndexed: isNeverIndexed, into: &storage, &fields, limits: limits)
            }
            return nil
        } catch {
            return error
        }
    }

    /// - Parameters:
    ///   - requestMethod: of the request that it answers.
    ///   - endsMessage: no body follows.
    public mutating func endSection(
        for requestMethod: HTTPMethod, endsMessage: Bool, limits: HTTPLimits = HTTPLimits()
    ) -> HTTPError? {
        do throws(HTTPError) {
            guard status > 0 else { throw .invalidPseudoField }
            if !fields.present.isDisjoint(with: .connectionSpecific) { throw .connectionSpecificField }
            let declared = try MessageFraming.declared(by: fields, in: storage.bytes, versionMinor: 1, limits: limits)
            if case .length(let length) = declared { declaredLength = length }
            if status < 200 && (declared.hasBody || endsMessage) { throw .interimResponseWithBody }
            isTunnel = requestMethod == .connect && status >= 200 && status < 300
            if isTunnel || status < 200 || status == 204 || status == 304 || requestMethod == .head {
                framing = .none
                if status != 304 && requestMethod != .head { declaredLength = nil }
            } else if endsMessage {
                guard !declared.hasBody else { throw .truncatedBody }
                framing = declared == .length(0) ? declared : .none
            } else {
                framing = declared == .none ? .chunked : declared
            }
            return nil
        } catch {
            return error
        }
    }

    private mutating func takeStatus(_ name: RawSpan, _ value: RawSpan) throws(HTTPError) {
        guard fields.isEmpty, fields.droppedCount == 0, status == 0, name.equals(":status") else {
            throw .invalidPseudoField
        }
        guard value.byteCount == 3 else { throw .invalidStatusLine }
        var number = 0
        for offset in 0..<3 {
            guard ByteClass.isDigit(value[offset]) else { throw .invalidStatusLine }
            number = number * 10 + Int(value[offset] &- 0x30)
        }
        // HTTP/2 has no Upgrade (RFC 9113 §8.6).
        guard number >= 100, number != 101 else { throw .invalidStatusLine }
        status = number
    }
}
