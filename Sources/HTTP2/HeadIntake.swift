import Bytes
import HTTP

/// One head or trailer section as it comes in, field by field.
struct HeadIntake: ~Copyable {
    enum Section { case request, response, trailers }

    private(set) var section = Section.request
    var request = RequestHead()
    var response = ResponseHead()
    var trailers = TrailerSection()
    private var fieldCount = 0
    /// Σ(name + value + 32), as SETTINGS_MAX_HEADER_LIST_SIZE counts.
    private(set) var listBytes = 0
    private(set) var fault: HTTPError?

    mutating func begin(_ section: Section) {
        self.section = section
        fieldCount = 0
        listBytes = 0
        fault = nil
        switch section {
        case .request: request.beginSection()
        case .response: response.beginSection()
        case .trailers: trailers.beginSection()
        }
    }

    /// Counts before it keeps: a reference of one byte can stand for kilobytes (RFC 7541 §6.1).
    /// - Returns: false when this is an attack rather than a large head.
    mutating func take(_ name: RawSpan, _ value: RawSpan, isNeverIndexed: Bool, limits: HTTP2Limits) -> Bool {
        fieldCount += 1
        listBytes += name.byteCount + value.byteCount + 32
        guard fieldCount <= limits.bombFields, listBytes <= limits.bombBytes else { return false }
        if listBytes > limits.head.headBytes { fault = .headTooLarge }
        guard fault == nil else { return true }
        switch section {
        case .request: fault = request.take(name, value, isNeverIndexed: isNeverIndexed, limits: limits.head)
        case .response: fault = response.take(name, value, isNeverIndexed: isNeverIndexed, limits: limits.head)
        case .trailers: fault = trailers.take(name, value, isNeverIndexed: isNeverIndexed, limits: limits.head)
        }
        return true
    }

    /// Hands the section over, for the storage of another one.
    mutating func hand(to other: inout HeadIntake) {
        switch section {
        case .request: swap(&request, &other.request)
        case .response: swap(&response, &other.response)
        case .trailers: swap(&trailers, &other.trailers)
        }
    }
}

/// An intake that an array can hold, which holds no noncopyable elements.
final class ReceivedHead {
    var intake = HeadIntake()
}
