import Bytes

/// What `grpc-status-details-bin` holds: a google.rpc.Status, of which only a google.rpc.RetryInfo among the details is
/// read and written.
package struct GRPCStatusDetails: Equatable, Sendable {
    package var code: GRPCStatus
    package var message: String
    /// How long a caller should wait before the next attempt; nil when nothing is said, which forbids one in some cases.
    package var retryDelayNanoseconds: UInt64?

    private static let retryInfo: StaticString = "type.googleapis.com/google.rpc.RetryInfo"

    package init(code: GRPCStatus, message: String, retryDelayNanoseconds: UInt64? = nil) {
        self.code = code
        self.message = message
        self.retryDelayNanoseconds = retryDelayNanoseconds
    }

    /// - Returns: nil for bytes that are no such message.
    package init?(_ bytes: RawSpan) {
        self.init(code: .ok, message: "")
        var cursor = ProtobufCursor()
        while !cursor.isAtEnd(of: bytes) {
            guard let field = cursor.next(in: bytes) else { return nil }
            switch (field.number, field.value) {
            case (1, .number(let code)):
                let isKnown = code < UInt64(GRPCStatus.allCases.count)
                self.code = isKnown ? GRPCStatus.allCases[Int(code)] : .unknown
            case (2, .bytes(let range)): message = String(decoding: bytes.extracting(range))
            case (3, .bytes(let range)):
                if let delay = Self.delay(ofDetail: bytes.extracting(range)) { retryDelayNanoseconds = delay }
            case _: break
            }
        }
    }

    /// A google.protobuf.Any that is a RetryInfo.
    private static func delay(ofDetail bytes: RawSpan) -> UInt64? {
        var isRetryInfo = false
        var delay: UInt64?
        var cursor = ProtobufCursor()
        while !cursor.isAtEnd(of: bytes) {
            guard let field = cursor.next(in: bytes) else { return nil }
            switch (field.number, field.value) {
            case (1, .bytes(let range)): isRetryInfo = bytes.extracting(range).equals(retryInfo)
            case (2, .bytes(let range)): delay = self.delay(ofRetryInfo: bytes.extracting(range))
            case _: break
            }
        }
        return isRetryInfo ? delay ?? 0 : nil
    }

    private static func delay(ofRetryInfo bytes: RawSpan) -> UInt64? {
        var delay: UInt64 = 0
        var cursor = ProtobufCursor()
        while !cursor.isAtEnd(of: bytes) {
            guard let field = cursor.next(in: bytes) else { return nil }
            if field.number == 1, case .bytes(let range) = field.value {
                delay = duration(bytes.extracting(range)) ?? 0
            }
        }
        return delay
    }

    /// A google.protobuf.Duration; nothing for one that is negative.
    private static func duration(_ bytes: RawSpan) -> UInt64? {
        var seconds: UInt64 = 0
        var nanoseconds: UInt64 = 0
        var cursor = ProtobufCursor()
        while !cursor.isAtEnd(of: bytes) {
            guard let field = cursor.next(in: bytes) else { return nil }
            switch (field.number, field.value) {
            case (1, .number(let number)): seconds = number
            case (2, .number(let number)): nanoseconds = number
            case _: break
            }
        }
        guard seconds <= UInt64(Int64.max), nanoseconds < 1_000_000_000 else { return nil }
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = whole.addingReportingOverflow(nanoseconds)
        return overflow || carry ? .max : sum
    }

    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        Self.append(number: UInt64(code.rawValue), as: 1, to: &bytes)
        Self.append(Array(message.utf8), as: 2, to: &bytes)
        guard let delay = retryDelayNanoseconds else { return bytes }
        var duration: [UInt8] = []
        Self.append(number: delay / 1_000_000_000, as: 1, to: &duration)
        Self.append(number: delay % 1_000_000_000, as: 2, to: &duration)
        var info: [UInt8] = []
        Self.append(duration, as: 1, to: &info)
        var detail: [UInt8] = []
        Self.append(Array(Self.retryInfo.description.utf8), as: 1, to: &detail)
        Self.append(info, as: 2, to: &detail)
        Self.append(detail, as: 3, to: &bytes)
        return bytes
    }

    private static func append(number: UInt64, as field: UInt8, to bytes: inout [UInt8]) {
        guard number > 0 else { return }
        bytes.append(field << 3)
        append(varint: number, to: &bytes)
    }

    private static func append(_ content: [UInt8], as field: UInt8, to bytes: inout [UInt8]) {
        bytes.append(field << 3 | 2)
        append(varint: UInt64(content.count), to: &bytes)
        bytes += content
    }

    private static func append(varint number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
