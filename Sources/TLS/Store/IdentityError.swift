/// Which file of an identity is wrong, and how. Nothing was changed because of it.
package struct IdentityError: Error, Equatable, Sendable, CustomStringConvertible {
    package let file: String
    package let problem: String
    /// Set where the files are well-formed and peers would refuse what they say.
    package let refusal: PeerRefusal?

    package init(_ file: String, _ problem: String, refusal: PeerRefusal? = nil) {
        self.file = file
        self.problem = problem
        self.refusal = refusal
    }

    package var description: String { "\(file): \(problem)" }
}
