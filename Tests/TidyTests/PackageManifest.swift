/// What `Package.swift` says of the targets under `Sources`, from the bottom of the house to its top.
struct PackageManifest {
    struct Target {
        let name: String
        let dependencies: Set<String>
    }

    let targets: [Target]

    static let current = PackageManifest(WorkingCopy.text("Package.swift") ?? "")

    init(_ text: String) {
        // `library("Name", ["Dependency", …])`, the same with `executable`, and `.target(name: "Name"` of C modules.
        let declaration =
            #"(?:(?<![.\w])(?:library|executable)\(\s*|\.(?:target|systemLibrary)\(\s*name: )"([^"]+)"(?:,\s*\[([^\]]*)\])?"#
        targets = text.groups(of: declaration).map { groups in
            var dependencies = Set(groups[2].groups(of: #""([^"]+)""#).map { $0[1] })
            for (constant, module) in Self.products where groups[2].contains(constant) { dependencies.insert(module) }
            return Target(name: groups[1], dependencies: dependencies)
        }
    }

    /// The constants that stand for products of other packages.
    static let products = ["argumentParser": "ArgumentParser", "coreMetrics": "CoreMetrics"]

    /// `name` and everything that it stands on.
    func closure(of name: String) -> Set<String> {
        guard let target = targets.first(where: { $0.name == name }) else { return [] }
        return target.dependencies.reduce(into: [name]) { $0.formUnion(closure(of: $1)) }
    }
}
