/// One trace as the collector tells it.
struct Trace {
    struct Span {
        let identifier: String
        let parent: String?
        let service: String
        let name: String
        /// `server` or `client`.
        let kind: String
        let startMicroseconds: UInt64
        let durationMicroseconds: UInt64
        let isError: Bool
        let tags: [String: String]
    }

    let identifier: String
    let spans: [Span]

    /// Spans without a parent. A whole trace has one.
    var roots: [Span] { spans.filter { $0.parent == nil } }

    /// Spans that name a parent which is not there.
    var orphans: [Span] {
        let known = Set(spans.map(\.identifier))
        return spans.filter { $0.parent.map { !known.contains($0) } ?? false }
    }

    func children(of span: Span) -> [Span] {
        spans.filter { $0.parent == span.identifier }.sorted { $0.startMicroseconds < $1.startMicroseconds }
    }

    /// The failed server span that no failed span stands below: where the failure began.
    var origin: Span? {
        spans.first { span in
            span.isError && span.kind == "server" && !children(of: span).contains(where: \.isError)
        }
    }

    /// The tree, a line per span, failures marked.
    var lines: [String] {
        var lines: [String] = []
        func walk(_ span: Span, depth: Int) {
            let indent = String(repeating: "  ", count: depth)
            let status = span.tags["http.response.status_code"] ?? ""
            let milliseconds = Double(span.durationMicroseconds / 10) / 100
            let mark = span.isError ? (span.identifier == origin?.identifier ? "  ✗ failed here" : "  ✗") : ""
            lines.append("\(indent)\(span.service) \(span.kind) \(span.name) \(status) \(milliseconds) ms\(mark)")
            for child in children(of: span) { walk(child, depth: depth + 1) }
        }
        for root in roots + orphans { walk(root, depth: 0) }
        return lines
    }
}
