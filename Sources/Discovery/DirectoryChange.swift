/// What one directory version has that another has not: which pools to close, which to expect.
package struct DirectoryChange: Equatable, Sendable {
    package var addedTargets: [TargetID] = []
    package var removedTargets: [TargetID] = []
    /// Of every target, those of added and removed targets included.
    package var addedEndpoints: [EndpointID] = []
    package var removedEndpoints: [EndpointID] = []

    package init(from old: Directory, to new: Directory) {
        let oldTargets = old.everyTarget
        let newTargets = new.everyTarget
        (removedTargets, addedTargets) = Self.difference(oldTargets.map(\.id), newTargets.map(\.id))
        (removedEndpoints, addedEndpoints) = Self.difference(
            oldTargets.flatMap { $0.endpoints.map(\.id) }, newTargets.flatMap { $0.endpoints.map(\.id) })
    }

    /// Routes may have changed even so.
    package var isEmpty: Bool {
        addedTargets.isEmpty && removedTargets.isEmpty && addedEndpoints.isEmpty && removedEndpoints.isEmpty
    }

    private static func difference<ID: Hashable>(_ old: [ID], _ new: [ID]) -> (removed: [ID], added: [ID]) {
        let oldSet = Set(old)
        let newSet = Set(new)
        return (old.filter { !newSet.contains($0) }, new.filter { !oldSet.contains($0) })
    }
}

extension Directory {
    fileprivate var everyTarget: [Target] { (inbound.map { [$0] } ?? []) + targets }
}
