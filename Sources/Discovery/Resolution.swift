package import Configuration
import Glibc

/// Why a host name gave no address, in the words of the system's resolver.
package struct ResolutionError: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Asks the system's resolver and waits for it: never on a loop.
///
/// `localhost` is always 127.0.0.1, without asking (RFC 6761 §6.3).
/// - Returns: at least one literal address, in the resolver's order of preference.
package func resolveBlocking(_ name: HostPort) throws(ResolutionError) -> [HostPort] {
    if name.host == "localhost" { return [HostPort(ipv4: "127.0.0.1", port: name.port)] }
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>?
    let status = unsafe getaddrinfo(name.host, nil, &hints, &first)
    guard status == 0 else { throw ResolutionError(unsafe String(cString: gai_strerror(status))) }
    defer { unsafe freeaddrinfo(first) }
    var found: [HostPort] = []
    var next = unsafe first
    while let entry = unsafe next {
        if let address = unsafe literal(entry.pointee, port: name.port), !found.contains(address) {
            found.append(address)
        }
        unsafe next = entry.pointee.ai_next
    }
    if found.isEmpty { throw ResolutionError("only addresses that are neither IPv4 nor IPv6") }
    return found
}

private func literal(_ entry: addrinfo, port: UInt16) -> HostPort? {
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let length = socklen_t(text.count)
    let status = unsafe getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST)
    guard status == 0 else { return nil }
    let host = unsafe text.withUnsafeBufferPointer { unsafe String(cString: $0.baseAddress!) }
    return HostPort("\(host):\(port)") ?? HostPort("[\(host)]:\(port)")
}
