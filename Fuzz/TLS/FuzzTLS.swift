/// Any bytes of a peer; `checkClientHello` states what must hold, in Tests/TLSTests.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data, count > 0 else { return 0 }
    checkClientHello(unsafe Array(UnsafeBufferPointer(start: data, count: count)))
    return 0
}
