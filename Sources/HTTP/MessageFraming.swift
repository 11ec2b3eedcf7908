import Bytes

/// Where a message's body ends, decided from `Content-Length` and `Transfer-Encoding` alone (RFC 9112 §6.3). Whatever
/// two implementations could read in two ways is an error here.
enum MessageFraming {
    /// - Returns: the length or coding that the fields declare; `.none` when they declare nothing.
    static func declared(
        by fields: FieldList, in bytes: borrowing RawSpan, versionMinor: UInt8, limits: HTTPLimits
    ) throws(HTTPError) -> BodyFraming {
        let present = fields.present
        if present.contains(.transferEncoding) {
            if present.contains(.contentLength) { throw .lengthAndTransferEncoding }
            if versionMinor == 0 { throw .transferEncodingInHTTP10 }
            guard fields.count(of: .transferEncoding) == 1, let field = fields.first(of: .transferEncoding) else {
                throw .invalidTransferEncoding
            }
            try checkTransferEncoding(field.valueRange, bytes, limits)
            return .chunked
        }
        guard let field = fields.first(of: .contentLength) else { return .none }
        guard fields.count(of: .contentLength) == 1 else { throw .repeatedContentLength }
        return .length(try contentLength(field.valueRange, bytes))
    }

    /// `1*DIGIT` up to 2⁶³−1, nothing else; leading zeros are decimal.
    static func contentLength(_ range: ByteRange, _ bytes: borrowing RawSpan) throws(HTTPError) -> UInt64 {
        var length: UInt64 = 0
        guard !range.isEmpty else { throw .invalidContentLength }
        for offset in range.range {
            let byte = bytes[offset]
            guard ByteClass.isDigit(byte) else {
                throw byte == UInt8(ascii: ",") ? .repeatedContentLength : .invalidContentLength
            }
            guard length <= UInt64(Int64.max) / 10 else { throw .invalidContentLength }
            length = length &* 10 &+ UInt64(byte &- 0x30)
        }
        guard length <= UInt64(Int64.max) else { throw .invalidContentLength }
        return length
    }

    /// Only a single `chunked` can be taken; the other outcomes differ in the status that says why.
    private static func checkTransferEncoding(
        _ range: ByteRange, _ bytes: borrowing RawSpan, _ limits: HTTPLimits
    ) throws(HTTPError) {
        if bytes.extracting(range.range).equalsIgnoringCase("chunked") { return }
        var elements = ListElements(range)
        var chunkedCount = 0
        var isChunkedLast = false
        while let element = elements.nextElement(bytes) {
            if elements.count > limits.listElements { throw .tooManyListElements }
            guard ListElements.isToken(bytes, element) else { throw .invalidTransferEncoding }
            isChunkedLast = bytes.extracting(element.range).equalsIgnoringCase("chunked")
            if isChunkedLast { chunkedCount += 1 }
        }
        if chunkedCount > 1 { throw .chunkedRepeated }
        throw isChunkedLast ? .unknownTransferCoding : .chunkedNotFinal
    }
}
