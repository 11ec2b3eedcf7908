import Bytes

// The fuzz target compiles this file together with the reader, without the module and its OpenSSL.
#if canImport(TLS)
    import TLS
#endif

/// What must hold for any first bytes of a client, shared by the fuzzer and the test that replays its corpus. A broken promise
/// traps.
///
/// A proxy looks at whatever has come so far, again and again: an answer must stand however the bytes arrive.
func checkClientHello(_ bytes: [UInt8]) {
    let whole = ClientHello.read(bytes.rawBytes)
    var decided = 0
    while decided <= bytes.count, answer(bytes, decided) == .needMore { decided += 1 }
    guard decided <= bytes.count else {
        precondition(bytes.count < ClientHello.bytesMax, "more is awaited than is ever looked at")
        return
    }
    precondition(decided <= ClientHello.bytesMax, "the answer came after more than is ever looked at")
    // Every later look has the same answer; those next to the first one are where an end could be off.
    for count in decided...min(decided + 16, bytes.count) {
        precondition(answer(bytes, count) == whole, "more bytes changed the answer")
    }
    let hello = Array(bytes[..<decided])
    precondition(
        ClientHello.read((hello + [UInt8](repeating: 0xFF, count: 32)).rawBytes) == whole,
        "what comes behind the hello changed the answer")
    if case .complete(let name) = whole { checkComplete(hello, name) }
}

private func answer(_ bytes: [UInt8], _ count: Int) -> ClientHello.Answer {
    ClientHello.read(bytes.rawBytes.extracting(first: count))
}

/// It is one record with one hello, which has the name.
private func checkComplete(_ hello: [UInt8], _ name: [UInt8]?) {
    precondition(hello.count > 5 && hello[0] == 22 && hello[5] == 1, "what is no ClientHello was read as one")
    precondition(hello.count == 5 + Int(hello[3]) << 8 + Int(hello[4]), "the record has another end")
    guard let name else { return }
    // The name stands behind its kind and length.
    let field = [0, UInt8(truncatingIfNeeded: name.count >> 8), UInt8(truncatingIfNeeded: name.count)] + name
    precondition(hello.indices.contains { hello[$0...].starts(with: field) }, "the name is not in the hello")
}
