/// The ways in which a test hands bytes over: whole, cut in two at every position, byte by byte.
///
/// Each element is the list of byte counts that have arrived at each step, the last one being all of them.
func splits(of count: Int) -> [[Int]] {
    var result = [[count], Array(0...count)]
    // Long inputs repeat themselves: cutting them everywhere costs minutes and finds nothing more.
    let step = count <= 1000 ? 1 : count / 16
    for position in stride(from: 0, through: count, by: step) { result.append([position, count]) }
    for position in max(0, count - 8)...count { result.append([position, count]) }
    return result
}

extension String {
    /// The scalars below 256 as bytes, so that a test writes `\u{EF}` for the byte 0xEF.
    var latin1: [UInt8] { unicodeScalars.map { UInt8($0.value) } }
}

extension [UInt8] {
    var text: String { String(String.UnicodeScalarView(map { Unicode.Scalar($0) })) }
}
