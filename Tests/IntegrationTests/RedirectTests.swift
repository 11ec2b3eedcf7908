import Programs
import Testing

/// The rules themselves, without a proxy.
@Suite("martlet redirect", .timeLimit(.minutes(2)))
struct RedirectTests {
    /// Commands on one machine of its own.
    private struct Machine {
        let pair: NetworkPair

        func run(_ words: [String]) async throws -> Program.Result {
            try await Tool.run(NetworkPair.words(in: pair.client, words))
        }

        func redirect(_ words: String..., flags: [String] = []) async throws -> Program.Result {
            try await run([StartedProgram.path("martlet"), "redirect"] + words + flags)
        }

        /// What must succeed. - Returns: what it said.
        @discardableResult
        func must(_ words: String..., flags: [String] = []) async throws -> String {
            try await Tool.output(
                NetworkPair.words(in: pair.client, [StartedProgram.path("martlet"), "redirect"] + words + flags))
        }

        /// Everything that the packet filter has for addresses, of anybody.
        func everything() async throws -> String {
            try await Tool.output(NetworkPair.words(in: pair.client, ["/usr/sbin/nft", "-s", "list", "ruleset"]))
        }
    }

    private func onMachine(_ body: (Machine) async throws -> Void) async throws {
        try await NetworkPair.run { pair in try await body(Machine(pair: pair)) }
    }

    @Test("the rules are written once however often, shown, and taken away", arguments: RedirectBackend.allCases)
    func rules(backend: RedirectBackend) async throws {
        try await onMachine { machine in
            let place = backend.place
            #expect(try await machine.redirect("show", flags: place).status == 1)
            let flags = ["--skip-inbound", "22,20-30", "--skip-destinations", "10.9.0.0/16,fd99::/16"] + backend.flags
            try await machine.must("install", flags: flags)
            let first = try await machine.must("show", flags: place)
            for part in backend.shown { #expect(first.contains(part), "\(first)") }
            try await machine.must("install", flags: flags)
            #expect(try await machine.must("show", flags: place) == first)

            _ = try await machine.must("install", "--direction", "inbound", "--dry-run", flags: backend.flags)
            #expect(try await machine.must("remove", "--dry-run", flags: place) == "would be taken away:\n\(first)")
            #expect(try await machine.must("show", flags: place) == first)

            try await machine.must("install", "--direction", "inbound", flags: backend.flags)
            let half = try await machine.must("show", flags: place)
            #expect(half.contains("4143") && !half.contains("4140") && !half.contains("OUTBOUND"), "\(half)")
            #expect(try await machine.must("remove", flags: place) == "nothing is redirected any more\n")
            #expect(try await machine.must("remove", flags: place) == "nothing is redirected\n")
            #expect(try await machine.redirect("show", flags: place).status == 1)
        }
    }

    @Test("rules by iptables take the place of those by nft, and the other way, and never stand beside them")
    func replacement() async throws {
        try await onMachine { machine in
            try await machine.must("install", "--backend", "nft")
            let table = try await machine.must("show")
            #expect(
                try await machine.must("install", "--backend", "iptables")
                    == """
                    rules         by iptables
                    replaced      those by nft
                    outbound      to port 4140, but for user 2102
                    inbound       to port 4143, but for ports 4191

                    """)
            let chains = try await machine.must("show")
            #expect(chains.hasPrefix("# iptables\n") && !chains.contains("table inet"))
            #expect(!(try await machine.everything()).contains("table inet martlet"))

            let back = try await machine.must("install", "--backend", "nft")
            #expect(back.hasPrefix("rules         by nft\nreplaced      those by iptables\n"))
            #expect(try await machine.must("show") == table)
            #expect(!(try await machine.everything()).contains("MARTLET"))
        }
    }

    @Test("others' rules stay as they are", arguments: RedirectBackend.allCases)
    func others(backend: RedirectBackend) async throws {
        try await onMachine { machine in
            let program = backend == .legacy ? "iptables-legacy" : "iptables"
            for word in ["-N MINE", "-A PREROUTING -p tcp --dport 81 -j MINE", "-A MINE -j ACCEPT"] {
                let words = ["/usr/sbin/\(program)", "-t", "nat"] + word.split(separator: " ").map(String.init)
                try await Tool.output(NetworkPair.words(in: machine.pair.client, words))
            }
            func mine() async throws -> [Substring] {
                let words = NetworkPair.words(in: machine.pair.client, ["/usr/sbin/\(program)-save", "-t", "nat"])
                return try await Tool.output(words).split(separator: "\n").filter {
                    !$0.hasPrefix("#") && !$0.contains("MARTLET")
                }
            }
            let before = try await mine()
            #expect(before.contains("-A MINE -j ACCEPT"))
            try await machine.must("install", flags: backend.flags)
            #expect(try await mine() == before)
            try await machine.must("remove", flags: backend.place)
            #expect(try await mine() == before)
        }
    }

    @Test("without nft the rules are written by iptables, which is said")
    func fallback() async throws {
        try await onMachine { machine in
            // `ip netns exec` gives each command mounts of its own.
            let hidden = "mount --bind /dev/null /usr/sbin/nft && exec \"$@\""
            func withoutNFT(_ words: String...) async throws -> String {
                let all = ["/bin/sh", "-c", hidden, "sh", StartedProgram.path("martlet"), "redirect"] + words
                return try await Tool.output(NetworkPair.words(in: machine.pair.client, all))
            }
            let said = try await withoutNFT("install", "--direction", "outbound")
            #expect(
                said == """
                    rules         by iptables, since nft is missing
                    outbound      to port 4140, but for user 2102

                    """)
            #expect(try await withoutNFT("show").hasPrefix("# iptables\n:MARTLET_OUTBOUND"))
            #expect(try await withoutNFT("remove") == "nothing is redirected any more\n")
        }
    }
}
