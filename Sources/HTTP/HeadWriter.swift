public import Bytes

/// Writes one head, field by field, into a caller's buffer; made by its static functions, which end the head.
///
/// Values that callers bring cannot split a message: a control byte in one is written as a space.
public struct HeadWriter: ~Copyable, FieldWriter {
    var out: ByteBuffer

    init(_ buffer: consuming ByteBuffer) { out = buffer }

    consuming func finish() -> ByteBuffer { out }

    public mutating func field(_ name: StaticString, _ value: StaticString) {
        out.append(name)
        out.append(": ")
        out.append(value)
        out.append("\r\n")
    }

    public mutating func field(_ name: StaticString, _ value: RawSpan) {
        out.append(name)
        out.append(": ")
        out.append(fieldValue: value)
        out.append("\r\n")
    }

    public mutating func field(_ name: StaticString, _ value: [UInt8]) { field(name, value.rawBytes) }

    public mutating func field(_ name: StaticString, decimal value: UInt64) {
        out.append(name)
        out.append(": ")
        out.append(decimal: value)
        out.append("\r\n")
    }

    public mutating func field(_ name: StaticString, _ date: HTTPDate) {
        out.append(name)
        out.append(": ")
        date.append(to: &out)
        out.append("\r\n")
    }

    /// A field that a caller puts together from parts.
    public mutating func field(_ name: StaticString, writing value: (inout ByteBuffer) -> Void) {
        out.append(name)
        out.append(": ")
        value(&out)
        out.append("\r\n")
    }

    // MARK: Received fields

    /// Copies the lines of `fields` that go on. Neighbours that were received in canonical form are copied in one
    /// piece; that is the text which writing them anew would give.
    mutating func copyFields(_ fields: FieldList, from bytes: borrowing RawSpan, removing: FieldNameSet) {
        var runStart = 0
        var runEnd = 0
        for index in 0..<fields.count {
            let field = fields[index]
            if removing.contains(field.name) || field.traits.contains(.nominated) { continue }
            let start = Int(field.nameStart)
            if start != runEnd || !field.traits.contains(.canonical) {
                out.append(bytes.extracting(runStart..<runEnd))
                runStart = start
                runEnd = start
            }
            if field.traits.contains(.canonical) {
                runEnd = field.valueRange.upperBound &+ 2
            } else {
                out.append(line: bytes.extracting(field.nameRange.range), bytes.extracting(field.valueRange.range))
            }
        }
        out.append(bytes.extracting(runStart..<runEnd))
    }

    mutating func framing(_ framing: BodyFraming) {
        switch framing {
        case .none, .untilClose: break
        case .length(let length): field("Content-Length", decimal: length)
        case .chunked: field("Transfer-Encoding", "chunked")
        }
    }

    /// `Via` with the version that the message came in (RFC 9110 §7.6.3).
    mutating func via(_ pseudonym: [UInt8], receivedMajor: UInt8, receivedMinor: UInt8) {
        out.append("Via: ")
        out.append(HTTPVersionText.viaPrefix(major: receivedMajor, minor: receivedMinor))
        out.append(fieldValue: pseudonym.rawBytes)
        out.append("\r\n")
    }
}
