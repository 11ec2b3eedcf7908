import Glibc
import HTTP

extension FailureReason {
    /// What a failed connection attempt is called.
    /// - Parameter code: errno of the attempt.
    init(connecting code: Int32) {
        switch code {
        case ECONNREFUSED: self = .connectRefused
        case ETIMEDOUT: self = .connectTimeout
        case EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL: self = .overload
        default: self = .connectFailed
        }
    }
}
