/// What `--version`, `martlet_build_info` and telemetry say of this build. All programs are released together.
package enum Version {
    package static let current = "0.1.0"
    package static let revision = "unreleased"

    /// What `--version` prints: `martlet-proxy 0.1.0`.
    package static func line(of program: String) -> String { "\(program) \(current)" }
}
