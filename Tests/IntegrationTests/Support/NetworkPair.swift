import EventLoop
import Foundation
import Programs

/// Two machines with a cable between them: network namespaces, each with an address of IPv4 and one of IPv6.
///
/// What runs in them shares the files of this machine and nothing of its network. Making them needs root.
final class NetworkPair {
    /// 10.77.0.1 and fd77::1.
    let client: String
    /// 10.77.0.2 and fd77::2.
    let server: String

    static let serverAddresses = ["10.77.0.2", "fd77::2"]

    private init(_ id: String) {
        client = "martlet-\(id)-c"
        server = "martlet-\(id)-s"
    }

    /// Makes the pair, runs `body`, and removes it whatever happens.
    static func run<Result>(_ body: (NetworkPair) async throws -> Result) async throws -> Result {
        let id = String(UInt32.random(in: 0...UInt32.max), radix: 36)
        let pair = NetworkPair(id)
        do {
            try await pair.connect(id)
            let result = try await body(pair)
            try await pair.remove()
            return result
        } catch {
            try await pair.remove()
            throw error
        }
    }

    private func connect(_ id: String) async throws {
        for name in [client, server] { try await ip("netns", "add", name) }
        try await ip(
            "link", "add", "c\(id)", "netns", client, "type", "veth", "peer", "name", "s\(id)", "netns", server)
        for (name, link, host) in [(client, "c\(id)", 1), (server, "s\(id)", 2)] {
            for device in ["lo", link] { try await ip("-n", name, "link", "set", device, "up") }
            try await ip("-n", name, "addr", "add", "10.77.0.\(host)/24", "dev", link)
            try await ip("-n", name, "addr", "add", "fd77::\(host)/64", "dev", link, "nodad")
        }
    }

    private func remove() async throws {
        for name in [client, server] { _ = try await Tool.run(["/usr/sbin/ip", "netns", "delete", name]) }
    }

    private func ip(_ words: String...) async throws { try await Tool.output(["/usr/sbin/ip"] + words) }

    // MARK: Inside

    /// How a program is started in one of the two.
    /// - Parameter user: who it runs as; whoever it is may read the files of the test.
    static func words(in namespace: String, as user: Int? = nil, _ words: [String]) -> [String] {
        let start = ["/usr/sbin/ip", "netns", "exec", namespace, "/usr/bin/setpriv", "--pdeathsig", "KILL"]
        guard let user else { return start + ["--"] + words }
        let identity = ["--reuid", "\(user)", "--regid", "\(user)", "--clear-groups"]
        let reads = ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
        return start + identity + reads + ["--"] + words
    }

    /// Runs a program to its end in one of the two. - Returns: what it said.
    @discardableResult
    func output(in namespace: String, _ words: String...) async throws -> String {
        try await Tool.output(Self.words(in: namespace, words))
    }

    /// Waits until the program says what is awaited: what it asks may still be starting.
    func until(_ awaited: String, in namespace: String, _ words: String...) async throws {
        let end = ContinuousClock.now + RawConnection.patience
        while true {
            let result = try await Tool.run(Self.words(in: namespace, words))
            if result.status == 0, result.output.contains(awaited) { return }
            guard ContinuousClock.now < end else {
                throw ProgramError(
                    "waited in vain for \(awaited) from \(words): status \(result.status) \(result.output)")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
