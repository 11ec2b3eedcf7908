/// Any bytes of a peer; `checkSession` states what must hold, in Tests/HTTP2Tests.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data, count > 0 else { return 0 }
    checkSession(unsafe Array(UnsafeBufferPointer(start: data, count: count)))
    return 0
}
