/// Why bytes could not be expanded. Compression itself cannot fail on any input.
package enum CompressionError: Error, Equatable, Sendable {
    /// The two codings this target speaks, by their `Content-Encoding` token.
    package enum Format: String, Sendable {
        case gzip
        case zstd
    }

    /// The input ended before the last frame or member did.
    case truncated(Format)
    /// The input is not of this format, or its checksum differs; `detail` is the library's own word for it.
    case corrupt(Format, detail: String)
    /// Expanding further would have passed `limit` bytes; nothing beyond the limit was kept.
    case outputLimitExceeded(limit: Int)
    /// The dictionary carries the zstd dictionary magic but cannot be read.
    case invalidDictionary
}

extension CompressionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated(let format): "\(format.rawValue) data ends early"
        case .corrupt(let format, let detail): "\(format.rawValue) data is corrupt: \(detail)"
        case .outputLimitExceeded(let limit): "the data expands beyond the limit of \(limit) bytes"
        case .invalidDictionary: "the zstd dictionary is malformed"
        }
    }
}
