/// libFuzzer's entry point; the property is that of the tests.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOTLP(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    if let violation = OTLPProperty.violation(input) { fatalError(violation) }
    return 0
}
