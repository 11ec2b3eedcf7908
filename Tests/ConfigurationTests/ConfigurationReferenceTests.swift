import ArgumentParser
import Configuration
import Foundation
import Testing

@testable import martlet_collector
@testable import martlet_controller
@testable import martlet_proxy

@Suite("Flags, keys and docs")
struct ConfigurationReferenceTests {
    /// The flag that the options structure passes on for `--name value`.
    private func passedOn(_ flag: String, proxy: Bool) throws -> [GivenFlag] {
        let arguments = ["--\(flag)", "value"]
        return proxy ? try ProxyOptions.parse(arguments).given : try CollectorOptions.parse(arguments).given
    }

    @Test("Every proxy setting has a flag, and the flag is passed on")
    func proxyFlags() throws {
        for setting in ProxyConfiguration.schema.settings {
            let flag = try #require(setting.flag, "\(setting.key)")
            #expect(try passedOn(flag, proxy: true) == [GivenFlag(flag, "value")])
        }
    }

    @Test("Every collector setting has a flag, and the flag is passed on")
    func collectorFlags() throws {
        for setting in CollectorSettings.schema.settings {
            let flag = try #require(setting.flag, "\(setting.key)")
            #expect(try passedOn(flag, proxy: false) == [GivenFlag(flag, "value")])
        }
    }

    @Test("Every setting of the identity service has a flag, and the flag is passed on")
    func identityServiceFlags() throws {
        for setting in IdentityServiceSettings.schema.settings {
            let flag = try #require(setting.flag, "\(setting.key)")
            #expect(try IdentityServiceOptions.parse(["--\(flag)", "value"]).given == [GivenFlag(flag, "value")])
        }
    }

    @Test("Every flag in the help is a setting, apart from the flags about the file itself")
    func helpNamesOnlySettings() {
        let own: Set = ["config", "check", "help", "version"]
        let proxy = Set(ProxyConfiguration.schema.settings.compactMap(\.flag))
        let collector = Set(CollectorSettings.schema.settings.compactMap(\.flag))
        #expect(Self.flags(in: ProxyOptions.helpMessage()).subtracting(own) == proxy)
        #expect(Self.flags(in: CollectorOptions.helpMessage()).subtracting(own) == collector)
        let service = Set(IdentityServiceSettings.schema.settings.compactMap(\.flag))
        #expect(Self.flags(in: IdentityServiceOptions.helpMessage()).subtracting(own) == service)
    }

    private static func flags(in help: String) -> Set<String> {
        let lines = help.split(separator: "\n").filter { $0.hasPrefix("  --") || $0.hasPrefix("  -h, --") }
        return Set(lines.compactMap { $0.firstMatch(of: /--([a-z0-9-]+)/).map { String($0.output.1) } })
    }

    @Test("Keys and flags are unique, and every setting says what it does")
    func unique() {
        let summaries = ProxyConfiguration.schema.settings.flatMap(\.summaries)
        #expect(Set(summaries.map(\.key)).count == summaries.count)
        let flags = ProxyConfiguration.schema.settings.compactMap(\.flag)
        #expect(Set(flags).count == flags.count)
        for summary in summaries + CollectorSettings.schema.settings.flatMap(\.summaries) {
            #expect(summary.effect.hasSuffix("."), "\(summary.key)")
            #expect(!summary.type.isEmpty, "\(summary.key)")
            #expect(summary.flag != nil, "\(summary.key)")
        }
    }

    @Test("Completion scripts are made for the common shells", arguments: ["bash", "zsh", "fish"])
    func completion(shell: String) throws {
        let shell = try #require(CompletionShell(rawValue: shell))
        #expect(ProxyOptions.completionScript(for: shell).contains("max-idle-per-endpoint"))
        #expect(CollectorOptions.completionScript(for: shell).contains("retention-age"))
    }

    @Test("docs/configuration.md is what the schemas say")
    func docs() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        let page = root.appending(path: "docs/configuration.md")
        if ProcessInfo.processInfo.environment["MARTLET_WRITE_DOCS"] != nil {
            try ConfigurationReference.markdown.write(to: page, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: page, encoding: .utf8) == ConfigurationReference.markdown)
    }

    @Test("docs/configuration.md names every key and flag")
    func docsAreComplete() {
        let page = ConfigurationReference.markdown
        for summary in ProxyConfiguration.schema.settings.flatMap(\.summaries)
            + CollectorSettings.schema.settings.flatMap(\.summaries)
        {
            #expect(page.contains("| `\(summary.key)` | `--\(summary.flag ?? "")` |"), "\(summary.key)")
        }
    }

    @Test("Every example configuration is valid")
    func examples() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../examples").standardized
        let names = try FileManager.default.contentsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".yaml") }
        #expect(Set(names).isSuperset(of: ["proxy.yaml", "proxy-minimal.yaml", "collector.yaml"]))
        for name in names {
            let file = try ConfigurationFile.read(root.appending(path: name).path)
            if name.hasPrefix("collector") {
                _ = try CollectorSettings.load(file: file, flags: [])
            } else if name.hasPrefix("proxy") {
                _ = try ProxyConfiguration.load(file: file, flags: [])
            }
        }
    }
}
