/// Character classes of RFC 9110 §5.6 and RFC 3986, as bit masks and as eight bytes at a time.
enum ByteClass {
    static let carriageReturn: UInt8 = 0x0D
    static let lineFeed: UInt8 = 0x0A
    static let space: UInt8 = 0x20
    static let tab: UInt8 = 0x09

    /// `tchar`: `!#$%&'*+-.^_`|~`, digits and letters.
    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        contains(byte, low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)
    }

    /// What a registered name or IPv4 address may hold here: letters, digits, `-`, `.`, `_`, `~`. RFC 3986 also knows
    /// sub-delims and escapes; no resolver needs them and parsers differ about them.
    @inline(__always)
    static func isHost(_ byte: UInt8) -> Bool {
        contains(byte, low: 0x03FF_6000_0000_0000, high: 0x47FF_FFFE_87FF_FFFE)
    }

    /// What an authority may hold with userinfo and all (RFC 3986 §3.2); the `%` of an escape stands for itself.
    static func isAuthority(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "%"), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "["), UInt8(ascii: "]"): true
        // sub-delims
        case UInt8(ascii: "!"), UInt8(ascii: "$"), 0x26...0x2C, UInt8(ascii: ";"), UInt8(ascii: "="): true
        default: isHost(byte)
        }
    }

    /// What the name of a scheme may hold (RFC 3986 §3.1).
    static func isScheme(_ byte: UInt8) -> Bool {
        byte != UInt8(ascii: "_") && byte != UInt8(ascii: "~") && isHost(byte) || byte == UInt8(ascii: "+")
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    @inline(__always)
    static func isOptionalWhitespace(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    /// The value of a hexadecimal digit, or nil.
    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte &- 0x30 }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }

    @inline(__always)
    private static func contains(_ byte: UInt8, low: UInt64, high: UInt64) -> Bool {
        guard byte < 128 else { return false }
        let mask = byte < 64 ? low : high
        return (mask &>> UInt64(byte & 63)) & 1 != 0
    }
}

/// Tests on eight bytes at once, for `RawSpan.firstOffset`. Each answers a mask whose **lowest** set bit is exact. Higher bits
/// may be wrong, because a borrow runs upwards.
enum WordScan {
    static let ones: UInt64 = 0x0101_0101_0101_0101
    static let highs: UInt64 = 0x8080_8080_8080_8080

    /// Bytes below `limit`, for `limit ≤ 128`.
    @inline(__always)
    static func below(_ limit: UInt8, _ word: UInt64) -> UInt64 {
        (word &- ones &* UInt64(limit)) & ~word & highs
    }

    @inline(__always)
    static func equal(_ byte: UInt8, _ word: UInt64) -> UInt64 {
        let difference = word ^ (ones &* UInt64(byte))
        return (difference &- ones) & ~difference & highs
    }

    /// Control bytes: below 0x20, and 0x7F.
    @inline(__always)
    static func control(_ word: UInt64) -> UInt64 { below(0x20, word) | equal(0x7F, word) }

    /// Capital letters; each bit is exact, for no byte carries into the next.
    @inline(__always)
    static func capital(_ word: UInt64) -> UInt64 {
        let lower = word & ~highs
        let behindA = lower &+ ones &* (0x80 - 0x41)
        let behindZ = lower &+ ones &* (0x80 - 0x5B)
        return (behindA ^ behindZ) & ~word & highs
    }

    /// Space and tab.
    @inline(__always)
    static func whitespace(_ word: UInt64) -> UInt64 {
        equal(ByteClass.space, word) | equal(ByteClass.tab, word)
    }
}
