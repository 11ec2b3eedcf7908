import HTTP

extension HTTPError {
    /// A request with this fault is malformed (RFC 9113 §8.1.1): its stream is reset. One with another fault is a request
    /// that we do not take, and is answered with the fault's status.
    var isMalformed: Bool {
        switch self {
        case .invalidPseudoField, .connectionSpecificField, .invalidFieldName, .emptyFieldName, .controlByte,
            .invalidMethod, .invalidTarget, .targetDoesNotFitMethod, .asteriskWithoutOptions, .missingHost,
            .repeatedHost, .repeatedContentLength, .invalidContentLength, .truncatedBody:
            true
        default: false
        }
    }
}
