import Bytes
package import HTTP

/// Whether a message is gRPC: `application/grpc`, alone or followed by `+` or `;` (`+proto`, `; charset`). `-web` is
/// another protocol.
package enum GRPCContentType {
    package static func matches(_ value: RawSpan) -> Bool {
        let name = 16
        guard value.byteCount >= name, value.extracting(first: name).equalsIgnoringCase("application/grpc") else {
            return false
        }
        guard value.byteCount > name else { return true }
        return value[name] == UInt8(ascii: "+") || value[name] == UInt8(ascii: ";") || value[name] == UInt8(ascii: " ")
    }
}

extension RequestHead {
    /// A gRPC call: POST with its content type.
    package var isGRPC: Bool {
        guard method == .post, let type = value(of: .contentType) else { return false }
        return GRPCContentType.matches(self[type])
    }
}

extension ResponseHead {
    package var isGRPC: Bool {
        guard let type = value(of: .contentType) else { return false }
        return GRPCContentType.matches(self[type])
    }

    /// The whole response is this head (gRPC's Trailers-Only): its `grpc-status` is the call's.
    package var isTrailersOnly: Bool { !framing.hasBody && fields.present.contains(.grpcStatus) }
}
