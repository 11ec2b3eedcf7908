/// Every bound of the connections that are carried as they are, with its unit and its reason. Settings are in
/// Configuration.
enum TCPLimits {
    /// Bytes that one read may take, and so what waits at most in one direction while its sink takes nothing.
    static let readBytes = 64 * 1024
    /// A read that brings this much, which is not the talk of a request and its answer, goes on through a pipe.
    static let streamingBytes = 16 * 1024
    /// A pipe that brings less than this is given up again: two calls for few bytes cost more than their copy.
    static let trickleBytes = 4 * 1024
    /// Pipes per worker, those in use included; each holds up to 64 KiB of the kernel's memory.
    static let pipesMax = 256
    /// Empty pipes that are kept for the next stream.
    static let idlePipesMax = 32
    /// Original destinations that a worker has connections for at once; a connection to one more is refused.
    static let passThroughsMax = 1024
    /// Original destinations that have their own name in metrics, per worker; the rest is `unknown`.
    static let passThroughNamesMax = 64
}
