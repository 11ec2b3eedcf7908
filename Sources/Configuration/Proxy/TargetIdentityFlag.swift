/// `--target-identity cart=spiffe://shop.example/ns/default/sa/cart`: who a target of the file or a flag is on the mesh.
enum TargetIdentityFlag {
    static let form = "TARGET=SPIFFE-ID"
    static let example = "cart=spiffe://shop.example/ns/default/sa/cart"

    /// Runs after the targets are known.
    @Sendable
    static func assign(
        _ texts: [String], to configuration: inout ProxyConfiguration, _ reading: inout ConfigurationReading
    ) {
        for text in texts {
            guard let equals = text.firstIndex(of: "=") else {
                reading.report(
                    .malformed(found: quoted(text), allowed: form, example: example), at: "outbound.targets[].identity")
                continue
            }
            let name = String(text[..<equals])
            guard let index = configuration.indexOfTarget(name, for: "identity", &reading) else { continue }
            let path = "outbound.targets[\(index)].identity"
            reading.note(path, flag: "target-identity")
            let id = String(text[text.index(after: equals)...])
            if let identity = ValueFormat<String>.workloadIdentity.parse([id], path, &reading) {
                configuration.outbound?.targets[index].identity = identity
            }
        }
    }
}

extension ProxyConfiguration {
    /// The target that a flag names, or a report that there is none.
    /// - Parameter setting: the last part of the key that the flag is for.
    func indexOfTarget(_ name: String, for setting: String, _ reading: inout ConfigurationReading) -> Int? {
        let targets = outbound?.targets ?? []
        let wanted = TargetConfiguration(name: name, endpoints: []).comparableName
        if let index = targets.firstIndex(where: { $0.comparableName == wanted }) { return index }
        // The first few names, so that a long list stays readable.
        let names = targets.prefix(5).map(\.name).joined(separator: ", ") + (targets.count > 5 ? ", …" : "")
        let known = targets.isEmpty ? "there is none" : "there are \(names)"
        reading.report(
            .conflict("no target is named \(quoted(name)); \(known)"), at: "outbound.targets[].\(setting)")
        return nil
    }
}
