import Bytes

/// The trailers of an HTTP/2 message, field by field, as `RequestHead` takes a head. Unlike those of HTTP/1 they are all
/// kept: gRPC's metadata has any name. Those that could change what a message means end it as malformed.
public struct TrailerSection: ~Copyable {
    private var storage = ByteBuffer()
    public private(set) var fields = FieldList()

    public init() {}

    /// What the ranges of `fields` point into.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { storage.bytes }
    }

    public subscript(range: ByteRange) -> RawSpan {
        @_lifetime(borrow self)
        get { storage.bytes.extracting(range.range) }
    }

    public mutating func beginSection() {
        storage.clear()
        fields.removeAll()
    }

    /// - Returns: nil, or why the message is malformed.
    public mutating func take(
        _ name: RawSpan, _ value: RawSpan, isNeverIndexed: Bool = false, limits: HTTPLimits = HTTPLimits()
    ) -> HTTPError? {
        do throws(HTTPError) {
            if name.byteCount > 0 && name[0] == UInt8(ascii: ":") { throw .invalidPseudoField }
            if FieldNameSet.forbiddenInTrailers.contains(FieldName(name)) { throw .forbiddenTrailer }
            try FieldParser.take(name, value, isNeverIndexed: isNeverIndexed, into: &storage, &fields, limits: limits)
            return nil
        } catch {
            return error
        }
    }
}
