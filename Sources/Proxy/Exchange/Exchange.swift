import Bytes
import EventLoop
import HTTP

/// The working set of one request and its response: heads, body coders, four buffers, and the record.
///
/// Exchanges are reused: a worker lends one to a connection from the first byte of a request to the last of its
/// response, so an idle connection holds no buffer. It is a struct that is passed `inout` so that the compiler, and not
/// the runtime, proves every access to it exclusive (a quarter of the instructions per request otherwise). What only reads
/// it on the way of every request takes it `inout` too: to be lent, it would be copied to the stack, all 1.7 KB.
struct Exchange: ~Copyable {
    var request = RequestHead()
    var response = ResponseHead()
    var record = ExchangeRecord()
    var requestBody = BodyRelay()
    var responseBody = BodyRelay()

    /// Client → proxy, proxy → upstream, upstream → proxy, proxy → client.
    var clientInput = ByteBuffer(capacity: Limits.bufferBytes)
    var upstreamOutput = ByteBuffer(capacity: Limits.bufferBytes)
    var upstreamInput = ByteBuffer(capacity: Limits.bufferBytes)
    var clientOutput = ByteBuffer(capacity: Limits.bufferBytes)

    /// Kept from one request to the next.
    var via = ViaMemory()
    var target: TargetState?
    /// The path that the route was chosen by and that goes on, where it differs from the one received.
    var canonicalPath: [UInt8]?
    var cells: RouteCells?
    /// The client's number in the worker's `PeerTable`; `noPeer` outbound.
    var client = PeerTable.noPeer
    var upstream: UpstreamConnection?
    var requestScanner: HeadScanner
    var responseScanner: HeadScanner
    var phase = Phase.requestHead
    /// Interim responses forwarded so far.
    var interimCount = 0
    /// When the last byte of the request had been handed to the kernel.
    var requestSent: MonotonicTime?
    /// When something moved last; set when the request is sent.
    var lastMoved = MonotonicTime(nanoseconds: 0)
    /// Bytes of the final response have been handed to the kernel.
    var hasAnswered = false
    /// A kept connection has failed this request: it is repeated on a new one, and so at most once.
    var needsNewConnection = false
    /// The upstream takes no more of the request body; its response may still be read.
    var upstreamRefusesBody = false
    /// The request is a gRPC call.
    var isGRPC = false
    /// The key of a WebSocket that the client opened by extended CONNECT.
    var webSocketKey: [UInt8]?
    /// When the caller's time for the call is over (`grpc-timeout`); nil where it gave none.
    var callerDeadline: MonotonicTime?
    /// The client's connection cannot carry another request after this one.
    var mustCloseClient = false

    init(limits: HTTPLimits) {
        requestScanner = HeadScanner(.request, limits: limits)
        responseScanner = HeadScanner(.response, limits: limits)
    }

    /// How far the exchange has come.
    enum Phase {
        case requestHead
        /// The request is on its way; no final response head yet.
        case awaitingResponse
        /// The final response head has been queued for the client; its body follows.
        case respondingBody
        case tunnel
    }

    /// Makes it as new, keeping its memory and what the client has sent beyond this exchange.
    mutating func reset() {
        requestBody.reset()
        responseBody.reset()
        record = ExchangeRecord()
        upstreamOutput.clear()
        upstreamInput.clear()
        clientOutput.clear()
        target = nil
        canonicalPath = nil
        cells = nil
        client = PeerTable.noPeer
        upstream = nil
        requestScanner.reset()
        responseScanner.reset()
        phase = .requestHead
        interimCount = 0
        requestSent = nil
        hasAnswered = false
        needsNewConnection = false
        upstreamRefusesBody = false
        mustCloseClient = false
        isGRPC = false
        callerDeadline = nil
        webSocketKey = nil
    }

    /// What the upstream is asked by: an extended CONNECT goes on as the GET that it stands for (RFC 8441 §5).
    var forwardedMethod: HTTPMethod { request.isExtendedConnect ? .get : request.method }

    /// Makes it as new, and gives back what large bodies made the buffers grow to.
    mutating func recycle() {
        clientInput.clear()
        reset()
        if clientInput.capacity > Limits.bufferBytes { clientInput = ByteBuffer(capacity: Limits.bufferBytes) }
        if upstreamOutput.capacity > Limits.bufferBytes { upstreamOutput = ByteBuffer(capacity: Limits.bufferBytes) }
        if upstreamInput.capacity > Limits.bufferBytes { upstreamInput = ByteBuffer(capacity: Limits.bufferBytes) }
        if clientOutput.capacity > Limits.bufferBytes { clientOutput = ByteBuffer(capacity: Limits.bufferBytes) }
    }

    /// Forgets what was queued for an upstream and what became of it, so that the request can be sent again.
    mutating func prepareToRepeat() {
        upstreamOutput.clear()
        requestSent = nil
        upstreamRefusesBody = false
        needsNewConnection = true
    }

    /// A failure can still become a response of the proxy's own. A response that is queued can be taken back, but not
    /// together with an interim one, of which a part may be on its way.
    var canRefuse: Bool {
        switch phase {
        case .requestHead, .awaitingResponse: true
        case .respondingBody: !hasAnswered && interimCount == 0
        case .tunnel: false
        }
    }
}

/// Where an exchange lives between requests, and while its connection's task is suspended.
final class ExchangeSlot: Stacked {
    var exchange: Exchange
    var below: ExchangeSlot?
    /// Whose limits it has.
    let settings: WorkerSettings

    init(_ settings: WorkerSettings) {
        exchange = Exchange(limits: settings.http)
        self.settings = settings
    }
}
