import Foundation
import Glibc

/// Where the programs are that the demo starts.
struct Programs {
    let proxy: String
    let collector: String
    let service: String
    let prometheus: String
    let alertmanager: String

    /// Our own stand beside the running executable, Debian's in PATH.
    /// - Throws: naming what is missing and how to get it.
    init() throws(DemoError) {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
        func beside(_ name: String) throws(DemoError) -> String {
            let path = "\(own)/\(name)"
            guard unsafe access(path, X_OK) == 0 else {
                throw .start("\(name) is not beside martlet-demo in \(own); build all with `make build`")
            }
            return path
        }
        proxy = try beside("martlet-proxy")
        collector = try beside("martlet-collector")
        service = try beside("DemoService")
        prometheus = try Self.installed(["prometheus"])
        alertmanager = try Self.installed(["prometheus-alertmanager", "alertmanager"])
    }

    private static func installed(_ names: [String]) throws(DemoError) -> String {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { String($0) }
        for folder in folders + ["/usr/bin", "/usr/local/bin"] {
            for name in names where unsafe access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
        }
        throw .start("\(names[0]) is not installed; Debian has it: apt-get install \(names[0])")
    }
}
