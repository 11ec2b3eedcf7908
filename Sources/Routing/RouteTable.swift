package import Configuration

/// Which route a request belongs to, decided by method and path alone.
///
/// An exact path wins over a prefix, a longer prefix over a shorter one, and on the same path a route that lists the
/// method over one that takes every method. A route whose path fits but whose methods do not is passed over.
package struct RouteTable: Equatable, Sendable {
    /// Position in `names`. Zero is the default route.
    package typealias Index = Int

    /// The `route` label by index; the first is `default`, the others are in the order of the configuration.
    package let names: [String]
    /// The paths of every entry, one after another, so that matching touches one piece of memory.
    private let paths: [UInt8]
    private let methods: [UInt8]
    /// Most specific first: the first entry that takes the request decides.
    private let entries: [Entry]

    private struct Entry: Equatable {
        let route: Index
        let isExact: Bool
        let path: Range<Int>
        /// One range of `methods` per method; empty takes all.
        let methods: [Range<Int>]
    }

    /// The path that a route stands for, with few values: `/cart`, or `/cart/*` for a prefix. Nil for the default route.
    package func template(_ index: Index) -> String? {
        guard let entry = entries.first(where: { $0.route == index }) else { return nil }
        let path = String(decoding: paths[entry.path], as: UTF8.self)
        return entry.isExact ? path : path + "/*"
    }

    /// Matches nothing: every request takes the default route.
    package static let empty = RouteTable([])

    package init(_ routes: [RouteConfiguration]) {
        names = [RouteConfiguration.defaultName] + routes.map(\.name)
        var paths: [UInt8] = []
        var methods: [UInt8] = []
        let unordered = routes.enumerated().map { position, route in
            let (isExact, text) = Self.form(of: route.match)
            let start = paths.count
            paths.append(contentsOf: text.utf8)
            let listed = route.methods.map { method in
                let start = methods.count
                methods.append(contentsOf: method.utf8)
                return start..<methods.count
            }
            return Entry(route: position + 1, isExact: isExact, path: start..<paths.count, methods: listed)
        }
        self.paths = paths
        self.methods = methods
        entries = unordered.sorted { Self.rank($0) > Self.rank($1) }
    }

    /// - Parameters:
    ///   - method: as received; methods are case-sensitive (RFC 9110 §9.1).
    ///   - target: the path; what follows `?` is not looked at.
    package func match(method: Span<UInt8>, target: Span<UInt8>) -> Index {
        if entries.isEmpty { return 0 }
        let length = Self.pathLength(target)
        for entry in entries where takes(entry, target, length) && takes(entry, method) {
            return entry.route
        }
        return 0
    }

    package func match(method: RawSpan, target: RawSpan) -> Index {
        if entries.isEmpty { return 0 }
        return match(method: Span<UInt8>(_bytes: method), target: Span<UInt8>(_bytes: target))
    }

    private func takes(_ entry: Entry, _ target: Span<UInt8>, _ length: Int) -> Bool {
        let count = entry.path.count
        guard entry.isExact ? length == count : length >= count else { return false }
        guard equal(target, count, paths, entry.path.lowerBound) else { return false }
        return length == count || target[count] == UInt8(ascii: "/")
    }

    private func takes(_ entry: Entry, _ method: Span<UInt8>) -> Bool {
        if entry.methods.isEmpty { return true }
        for range in entry.methods where range.count == method.count {
            if equal(method, method.count, methods, range.lowerBound) { return true }
        }
        return false
    }

    private func equal(_ span: Span<UInt8>, _ count: Int, _ stored: [UInt8], _ start: Int) -> Bool {
        for offset in 0..<count where span[offset] != stored[start + offset] { return false }
        return true
    }

    private static func pathLength(_ target: Span<UInt8>) -> Int {
        for index in target.indices where target[index] == UInt8(ascii: "?") || target[index] == UInt8(ascii: "#") {
            return index
        }
        return target.count
    }

    /// A prefix loses its last slash, so that `/api/` and `/api` mean the same and `/` takes everything.
    private static func form(of match: RouteConfiguration.Match) -> (isExact: Bool, path: String) {
        switch match {
        case .exact(let path): (true, path)
        case .prefix(let path): (false, path.hasSuffix("/") ? String(path.dropLast()) : path)
        }
    }

    /// Compared as a tuple: exact, length, lists methods, earlier in the configuration.
    private static func rank(_ entry: Entry) -> (Int, Int, Int, Int) {
        (entry.isExact ? 1 : 0, entry.path.count, entry.methods.isEmpty ? 0 : 1, -entry.route)
    }
}
