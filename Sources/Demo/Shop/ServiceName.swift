/// The services of the shop: three hops deep (web → checkout → payment), with fan-out at every inner node.
package enum ServiceName: String, CaseIterable, Sendable, Codable {
    case web, catalog, cart, checkout, payment, inventory

    /// Where customers come in.
    static let entrance = web
}
