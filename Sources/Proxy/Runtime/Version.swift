/// What `--version`, `martlet_build_info` and telemetry say of this build.
package enum Version {
    package static let current = "0.1.0"
    package static let revision = "unreleased"
}
