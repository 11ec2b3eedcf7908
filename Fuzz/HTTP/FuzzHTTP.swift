import Bytes
import HTTP

// One source for four fuzzers, chosen by -D. Each states what must hold for every input; a broken promise traps.

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data, count > 0 else { return 0 }
    let bytes = unsafe Array(UnsafeBufferPointer(start: data, count: count))
    #if FUZZ_REQUEST
        checkRequest(bytes)
    #elseif FUZZ_RESPONSE
        checkResponse(bytes, to: [.get, .head, .connect][Int(bytes[0]) % 3])
    #elseif FUZZ_DETECTOR
        checkDetector(bytes)
    #else
        checkChunked(bytes)
    #endif
    return 0
}

/// The scanner's answer does not depend on how the bytes arrive.
func scanned(_ bytes: [UInt8], _ message: HeadScanner.Message) -> HeadScanner.Scan {
    var whole = HeadScanner(message)
    let answer = whole.scan(bytes.rawBytes)
    var dripped = HeadScanner(message)
    var drip = HeadScanner.Scan.needMore
    for count in 0...bytes.count where drip == .needMore {
        drip = dripped.scan(bytes.rawBytes.extracting(first: count))
    }
    precondition(drip == answer, "a split changed the scan")
    return answer
}

/// For what we wrote ourselves: our own fields (`Via`, `Date`, …) come on top of as many as a peer may send.
var roomy: HTTPLimits {
    var limits = HTTPLimits()
    limits.fields += 16
    limits.headBytes *= 2
    limits.startLineBytes *= 2
    return limits
}

/// What is written means what was read, and writing it again changes nothing.
func checkRequest(_ bytes: [UInt8]) {
    var head = RequestHead()
    if head.parse(bytes.rawBytes) == nil {
        precondition(scanned(bytes, .request) == .complete(byteCount: bytes.count), "parsed, but not scanned")
    }
    var inOnePass = RequestHead()
    let taken = inOnePass.parseWhole(bytes.rawBytes)
    guard case .complete(let count) = scanned(bytes, .request),
        head.parse(bytes.rawBytes.extracting(first: count)) == nil
    else { return precondition(taken == nil, "taken in one pass, but refused") }
    // Empty lines in front are the scanner's.
    precondition(taken == (bytes[0] == 0x0D ? nil : count), "one pass takes another head")
    precondition(taken == nil || inOnePass.framing == head.framing, "in one pass it means something else")
    guard head.maxForwards == nil else { return }
    let framing = head.framing
    let method = head.method
    var forwarding = RequestForwarding()
    forwarding.defaultHost = Array("default".utf8)
    var first = ByteBuffer()
    HeadWriter.writeRequest(head, forwarding, to: &first)
    precondition(head.parse(first.bytes, limits: roomy) == nil, "our own request is refused")
    precondition(head.framing == framing && head.method == method, "the framing changed")
    var second = ByteBuffer()
    HeadWriter.writeRequest(head, forwarding, to: &second)
    precondition(first.bytes.equals(second.bytes), "a second writing differs")
    var path: [UInt8] = []
    _ = CanonicalPath.write(head[head.target.path], into: &path)
    var again: [UInt8] = []
    precondition(!CanonicalPath.write(path.rawBytes, into: &again).contains(.dotSegment), "a dot segment is left")
    precondition(again == path, "the canonical path has another")
}

func checkResponse(_ bytes: [UInt8], to method: HTTPMethod) {
    var head = ResponseHead()
    var inOnePass = ResponseHead()
    let taken = inOnePass.parseWhole(bytes.rawBytes, for: method)
    guard case .complete(let count) = scanned(bytes, .response),
        head.parse(bytes.rawBytes.extracting(first: count), for: method) == nil
    else { return precondition(taken == nil, "taken in one pass, but refused") }
    precondition(taken == count && inOnePass.framing == head.framing, "one pass takes another head")
    let framing = head.framing(forClientMinor: 1)
    let status = head.status
    var first = ByteBuffer()
    HeadWriter.writeResponse(head, to: &first)
    precondition(head.parse(first.bytes, for: method, limits: roomy) == nil, "our own response is refused")
    precondition(head.framing == framing && head.status == status, "the framing changed")
    var second = ByteBuffer()
    HeadWriter.writeResponse(head, to: &second)
    precondition(first.bytes.equals(second.bytes), "a second writing differs")
}

/// An answer stands whatever follows, and what is taken for a request is one that the parser judges.
func checkDetector(_ bytes: [UInt8]) {
    var answer = ProtocolDetector.Answer.needMore
    for count in 0...bytes.count {
        let now = ProtocolDetector.detect(bytes.rawBytes.extracting(first: count))
        if answer != .needMore { precondition(now == answer, "further bytes changed the answer") }
        answer = now
    }
    precondition(answer != .needMore || bytes.count < 64, "undecided for longer than anybody looks")
    let isPreface = ProtocolDetector.beginsHTTP2(bytes.rawBytes)
    precondition(answer != .found(.http2) || isPreface, "a preface that does not begin HTTP/2")
    var head = RequestHead()
    if head.parse(bytes.rawBytes) == nil, head.methodRange.range.count <= 32 {
        precondition(answer == .found(.http1), "a request that is not taken for one")
    }
}

/// A body is the same in one piece, byte by byte, and written anew.
func checkChunked(_ bytes: [UInt8]) {
    let whole = decoded(bytes, stride: bytes.count)
    precondition(decoded(bytes, stride: 1) == whole, "a split changed the body")
    guard whole.isComplete else { return }
    var out = ByteBuffer()
    ChunkWriter.chunk(whole.payload.rawBytes, to: &out)
    ChunkWriter.last(to: &out)
    let again = decoded((0..<out.count).map { out.bytes[$0] }, stride: out.count)
    precondition(again.isComplete && again.payload == whole.payload, "our own chunks mean something else")
}

struct Decoded: Equatable {
    var payload: [UInt8] = []
    var consumed = 0
    var error: HTTPError?
    var isComplete = false
}

func decoded(_ bytes: [UInt8], stride: Int) -> Decoded {
    var decoder = BodyDecoder(.chunked)
    var result = Decoded()
    var arrived = 0
    while arrived < bytes.count {
        arrived = min(bytes.count, arrived + stride)
        feeding: while true {
            let span = bytes.rawBytes.extracting(result.consumed..<arrived)
            switch decoder.decode(span) {
            case .data(let range, let consumed):
                for offset in range { result.payload.append(span[offset]) }
                result.consumed += consumed
            case .needMore(let consumed):
                result.consumed += consumed
                break feeding
            case .end(let consumed):
                result.consumed += consumed
                result.isComplete = true
                return result
            case .failed(let error):
                // How much was taken before a fault depends on the split; the payload does not.
                result.consumed = 0
                result.error = error
                return result
            }
        }
    }
    return result
}
