import EventLoop
import TLS

/// What the connections of one server share. Belongs to its loop.
struct ServerContext {
    let loop: EventLoop
    let limits: HTTPServerLimits
    let counters: HTTPServerCounters
    let handler: HTTPServer.Handler
    let refusal: HTTPServer.Refusal
    let bodies: BodyBudget
    /// TLS only, where there is one.
    let tls: TLSContext?
    let isStopping: () -> Bool

    /// Nothing new is to be begun.
    var isEnding: Bool { loop.isDraining || isStopping() }
}

/// Why a request is not handed to the handler.
package struct HTTPRefusal: Sendable {
    package let status: Int
    /// What is wrong, as a part of a sentence.
    package let why: String
    /// The request as far as it was understood, without its body. Only with HTTP/2, on which protocols with errors of their
    /// own are spoken.
    package let request: HTTPRequest?
}
