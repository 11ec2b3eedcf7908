/// A PromQL expression taken apart far enough to check it: which series it selects, and inside which function.
struct Expression {
    struct Selector: Equatable {
        let metric: String
        /// Label, operator, value, as written.
        var matchers: [Matcher] = []
        /// What stands in the brackets; nil for an instant selector.
        var range: String?
        /// The function or aggregation around it; empty in plain parentheses and at the top.
        let function: String
    }

    struct Matcher: Equatable {
        let label: String
        let operation: String
        let value: String
    }

    private(set) var selectors: [Selector] = []
    /// Labels that the expression groups or joins by.
    private(set) var groupingLabels: Set<String> = []

    private static let groupings: Set<String> = ["by", "without", "on", "ignoring", "group_left", "group_right"]
    private static let words: Set<String> = ["and", "or", "unless", "offset", "bool"]
    private static let aggregations: Set<String> = ["sum", "avg", "min", "max", "count", "topk"]

    init(_ text: String) {
        var tokens = Tokens(text)
        var functions: [String] = []
        var aggregation: String?
        while let token = tokens.next() {
            if Self.groupings.contains(token) {
                if tokens.peek == "(" { groupingLabels.formUnion(tokens.upTo(")").filter { $0 != "(" && $0 != "," }) }
            } else if token == "(" {
                functions.append(aggregation ?? "")
                aggregation = nil
            } else if token == ")" {
                functions.removeLast()
            } else if Tokens.isName(token), !Self.words.contains(token) {
                if tokens.peek == "(" || Self.aggregations.contains(token) {
                    aggregation = token
                } else {
                    selectors.append(Self.selector(token, in: functions.last ?? "", &tokens))
                }
            }
        }
    }

    private static func selector(_ metric: String, in function: String, _ tokens: inout Tokens) -> Selector {
        var selector = Selector(metric: metric, function: function)
        if tokens.peek == "{" {
            var inside = tokens.upTo("}").filter { $0 != "{" && $0 != "," }[...]
            while inside.count >= 3 {
                let matcher = inside.prefix(3).map { $0 }
                inside = inside.dropFirst(3)
                selector.matchers.append(
                    Matcher(label: matcher[0], operation: matcher[1], value: String(matcher[2].dropFirst().dropLast())))
            }
        }
        if tokens.peek == "[" { selector.range = tokens.upTo("]").filter { $0 != "[" }.joined() }
        return selector
    }
}

/// Words of PromQL: names, numbers with their units, strings with their quotes, operators.
private struct Tokens {
    private var rest: Substring

    init(_ text: String) { rest = text[...] }

    static func isName(_ token: String) -> Bool {
        guard let first = token.first else { return false }
        return first.isLetter || first == "_" || first == ":"
    }

    var peek: String? {
        var copy = self
        return copy.next()
    }

    /// Consumes up to the closing symbol and gives what stood before it.
    mutating func upTo(_ end: String) -> [String] {
        var tokens: [String] = []
        while let token = next(), token != end { tokens.append(token) }
        return tokens
    }

    mutating func next() -> String? {
        rest = rest.drop(while: \.isWhitespace)
        guard let first = rest.first else { return nil }
        if first == "\"" { return string() }
        if first.isLetter || first.isNumber || "_:$.".contains(first) {
            return take { $0.isLetter || $0.isNumber || "_:$.".contains($0) }
        }
        if "=!~<>".contains(first) { return take { "=!~<>".contains($0) } }
        return take(count: 1)
    }

    private mutating func string() -> String {
        var isEscaped = false
        var length = 1
        for character in rest.dropFirst() {
            length += 1
            if !isEscaped && character == "\"" { break }
            isEscaped = !isEscaped && character == "\\"
        }
        return take(count: length)
    }

    private mutating func take(while condition: (Character) -> Bool) -> String {
        take(count: rest.prefix(while: condition).count)
    }

    private mutating func take(count: Int) -> String {
        let token = String(rest.prefix(count))
        rest = rest.dropFirst(count)
        return token
    }
}
