/// Every way in which bytes can fail to be an HTTP message. In HTTP/1, nothing that follows on the connection has a
/// meaning after any of them: answer, then close it (RFC 9112 §2.2, §6.3). In HTTP/2 it ends one stream.
public enum HTTPError: UInt8, Error, CaseIterable, Sendable {
    // Lines
    case emptyLinesBeforeStart, invalidFirstByte, bareLineFeed, bareCarriageReturn, controlByte
    case truncatedHead, startLineTooLong, headTooLarge, tooManyFields, fieldNameTooLong
    // Request line
    case invalidRequestLine, invalidMethod, methodTooLong, invalidTarget, fragmentInTarget, invalidAuthority
    case userinfoInAuthority, asteriskWithoutOptions, targetDoesNotFitMethod
    case invalidVersion, unsupportedVersion, http2Preface
    // Status line
    case invalidStatusLine
    // Field lines
    case whitespaceBeforeColon, missingColon, emptyFieldName, invalidFieldName, obsoleteFold
    case whitespaceBeforeFirstField, tooManyListElements
    // Meaning
    case missingHost, repeatedHost, invalidHost
    case lengthAndTransferEncoding, transferEncodingInHTTP10, invalidTransferEncoding, chunkedRepeated
    case chunkedNotFinal, unknownTransferCoding, repeatedContentLength, invalidContentLength
    case invalidConnection, framingFieldNominated, unknownExpectation, invalidUpgrade, upgradeWithBody
    case invalidWebSocketKey, connectWithBody, invalidMaxForwards, interimResponseWithBody
    // Chunks and trailers
    case invalidChunkSize, chunkSizeTooLarge, chunkLineTooLong, invalidChunkExtension, chunkExtensionsTooLarge
    case missingChunkTerminator, chunkOverhead, trailersTooLarge, tooManyTrailers, truncatedBody
    // HTTP/2 fields
    case invalidPseudoField, connectionSpecificField, invalidScheme, authorityConflictsWithHost, forbiddenTrailer
    case trailersWithoutEnd, bodyTooLong

    /// The status that answers a request with this fault. A response with it is always 502.
    public var status: Int {
        switch self {
        case .startLineTooLong: 414
        case .headTooLarge, .tooManyFields, .fieldNameTooLong, .trailersTooLarge, .tooManyTrailers: 431
        case .methodTooLong, .unknownTransferCoding: 501
        case .unsupportedVersion: 505
        case .unknownExpectation: 417
        case .emptyLinesBeforeStart, .invalidFirstByte, .bareLineFeed, .bareCarriageReturn, .controlByte,
            .truncatedHead, .invalidRequestLine, .invalidMethod, .invalidTarget, .fragmentInTarget,
            .invalidAuthority, .userinfoInAuthority, .asteriskWithoutOptions, .targetDoesNotFitMethod,
            .invalidVersion, .http2Preface, .invalidStatusLine, .whitespaceBeforeColon, .missingColon,
            .emptyFieldName, .invalidFieldName, .obsoleteFold, .whitespaceBeforeFirstField, .tooManyListElements,
            .missingHost, .repeatedHost, .invalidHost, .lengthAndTransferEncoding, .transferEncodingInHTTP10,
            .invalidTransferEncoding, .chunkedRepeated, .chunkedNotFinal, .repeatedContentLength,
            .invalidContentLength, .invalidConnection, .framingFieldNominated, .invalidUpgrade, .upgradeWithBody,
            .invalidWebSocketKey, .connectWithBody, .invalidMaxForwards, .interimResponseWithBody,
            .invalidChunkSize, .chunkSizeTooLarge, .chunkLineTooLong, .invalidChunkExtension,
            .chunkExtensionsTooLarge, .missingChunkTerminator, .chunkOverhead, .truncatedBody, .invalidPseudoField,
            .connectionSpecificField, .invalidScheme, .authorityConflictsWithHost, .forbiddenTrailer,
            .trailersWithoutEnd, .bodyTooLong:
            400
        }
    }

    /// The reason word when a request carried the fault.
    public var requestReason: FailureReason {
        switch status {
        case 414: .uriTooLong
        case 431: .headTooLarge
        case 501: .notImplemented
        case 505: .versionNotSupported
        case 417: .expectationFailed
        default: .badRequest
        }
    }

    /// The reason word when an upstream response carried the fault; the client gets 502.
    public var responseReason: FailureReason {
        switch status {
        case 414, 431: .upstreamTooLarge
        default: .upstreamInvalidResponse
        }
    }
}
