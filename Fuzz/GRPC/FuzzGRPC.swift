/// Any bytes of a peer; `checkGRPC` states what must hold, in Tests/GRPCTests.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let data, count > 0 else { return 0 }
    checkGRPC(unsafe Array(UnsafeBufferPointer(start: data, count: count)))
    return 0
}
