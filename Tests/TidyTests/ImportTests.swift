import Testing

@Suite("Imports")
struct ImportTests {
    private static let manifest = PackageManifest.current
    /// Modules of the system, which no manifest lists.
    private static let system: Set = ["Glibc", "Synchronization", "Foundation"]
    private static let imports = Dictionary(grouping: WorkingCopy.sources, by: \.target)
        .mapValues { $0.reduce(into: Set<String>()) { $0.formUnion($1.imports) } }

    @Test("the manifest lists every folder of sources once")
    func everyTarget() {
        let listed = Set(Self.manifest.targets.map(\.name))
        #expect(listed.count == Self.manifest.targets.count)
        #expect(Set(Self.imports.keys).subtracting(listed) == [])
        #expect(listed.isSuperset(of: ["Bytes", "HTTP", "Proxy", "CYAML", "martlet-proxy"]))
    }

    @Test("each target imports what the manifest lists for it, and nothing else")
    func declared() {
        for target in Self.manifest.targets {
            guard let imported = Self.imports[target.name] else { continue }
            #expect(imported.subtracting(Self.system) == target.dependencies, "\(target.name)")
        }
    }

    @Test("imports point downwards: a target is listed behind everything that it imports")
    func downwards() {
        var below = Set(PackageManifest.products.values)
        for target in Self.manifest.targets {
            #expect(target.dependencies.subtracting(below) == [], "\(target.name)")
            below.insert(target.name)
        }
    }

    @Test(
        "codecs and decisions are sans-IO: they stand on no loop and on no TLS",
        arguments: [
            "Balancing", "Bytes", "Compression", "Configuration", "Dashboards", "Discovery", "GRPC", "HTTP", "HTTP2",
            "MetricsExporter", "Routing", "Tracing",
        ])
    func sansIO(target: String) {
        let closure = Self.manifest.closure(of: target)
        #expect(closure.contains(target))
        #expect(closure.isDisjoint(with: ["EventLoop", "HTTPTransport", "TLS"]))
    }

    @Test("nothing that martlet-proxy links imports Foundation")
    func withoutFoundation() {
        let linked = Self.manifest.closure(of: "martlet-proxy")
        #expect(linked.isSuperset(of: ["Proxy", "EventLoop", "HTTP"]))
        let importers = Self.imports.filter { $0.value.contains { $0.hasPrefix("Foundation") } }.keys
        #expect(linked.isDisjoint(with: importers))
    }

    @Test("no program is started by Foundation's Process, whose wait may never end when others start too")
    func programs() {
        #expect(WorkingCopy.tests.map(\.path).contains("Tests/Programs/Child.swift"))
        for file in WorkingCopy.sources + WorkingCopy.tests {
            #expect(file.places(of: #"\bProcess[.(]"#) == [], "use Child or Program of Tests/Programs")
        }
    }

    @Test("poll calls are in EventLoop only")
    func pollCalls() {
        let calls = WorkingCopy.sources.filter {
            !$0.places(of: #"(?<![.\w]|func )(?:Glibc\.)?(?:epoll_\w+|p?poll|p?select)\("#).isEmpty
        }
        #expect(Set(calls.map(\.target)) == ["EventLoop"])
    }
}
