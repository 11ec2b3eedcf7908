/// libFuzzer's entry point; the property and its input format are those of the tests.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzTraceHeaders(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    if let violation = TraceHeaderProperty.violation(input) { fatalError(violation) }
    return 0
}
