/// Units by Grafana's identifiers.
package enum PanelUnit: String, Sendable {
    case requestsPerSecond = "reqps"
    case perSecond = "cps"
    case ratio = "percentunit"
    case seconds = "s"
    case bytes = "bytes"
    case bytesPerSecond = "Bps"
    case count = "short"
    case cores = "none"
    case age = "dtdurations"
}

/// Colours with one meaning on every dashboard.
enum PanelColor: String, Sendable {
    case good = "green"
    case warn = "orange"
    case bad = "red"
    case neutral = "blue"
    case quiet = "text"
}

/// Values from which a field changes colour.
struct Thresholds: Sendable {
    let base: PanelColor
    let steps: [(from: Double, color: PanelColor)]

    /// One colour for every value: size is no judgement.
    static let none = Thresholds(base: .neutral, steps: [])

    /// Bad from `bad` upwards.
    static func high(warn: Double, bad: Double) -> Thresholds {
        Thresholds(base: .good, steps: [(warn, .warn), (bad, .bad)])
    }

    /// Bad below `warn`, good from `good` upwards.
    static func low(warn: Double, good: Double) -> Thresholds {
        Thresholds(base: .bad, steps: [(warn, .warn), (good, .good)])
    }

    var document: Document {
        let first: Document = ["color": .string(base.rawValue), "value": .null]
        let rest = steps.map { step -> Document in
            ["color": .string(step.color.rawValue), "value": .figure(step.from)]
        }
        return ["mode": "absolute", "steps": .array([first] + rest)]
    }
}

/// A link that a click on a value follows.
struct DataLink: Sendable {
    let title: String
    let board: BoardIdentifier
    /// Dashboard variable and the field or label that fills it.
    let variables: KeyValues

    /// Time range and data source travel along; the link names the board by uid, so folders may move.
    var url: String {
        "/d/\(board.rawValue)?${__url_time_range}&${datasource:queryparam}"
            + variables.map { "&var-\($0.key)=\($0.value)" }.joined()
    }

    var document: Document { ["title": .string(title), "url": .string(url), "targetBlank": false] }
}

/// How the values of a panel or of a table column are written and coloured.
struct Field: Sendable {
    var unit: PanelUnit
    var minimum: Double?
    var maximum: Double?
    var decimals: Int?
    var thresholds = Thresholds.none
    var links: [DataLink] = []

    static func of(_ unit: PanelUnit, decimals: Int? = nil, thresholds: Thresholds = .none) -> Field {
        Field(
            unit: unit, minimum: unit == .ratio ? nil : 0, decimals: decimals, thresholds: thresholds)
    }

    /// A share of something: the axis is pinned, so that 99.9 % looks the same on every panel.
    static func share(decimals: Int = 2, thresholds: Thresholds = .none, minimum: Double? = 0) -> Field {
        Field(unit: .ratio, minimum: minimum, maximum: 1, decimals: decimals, thresholds: thresholds)
    }

    /// Idle is not broken: what has no value says so in words.
    static let noTraffic = "no traffic"

    private static let mappings: Document = [
        [
            "type": "special",
            "options": ["match": "nan", "result": ["text": .string(noTraffic), "color": "text", "index": 0]],
        ],
        [
            "type": "special",
            "options": ["match": "null", "result": ["text": .string(noTraffic), "color": "text", "index": 1]],
        ],
    ]

    func defaults(noValue: String, color: Document, custom: Document) -> Document {
        .compact([
            "unit": .string(unit.rawValue),
            "min": minimum.map(Document.figure), "max": maximum.map(Document.figure),
            "decimals": decimals.map(Document.integer),
            "color": color,
            "thresholds": thresholds.document,
            "mappings": noValue == Self.noTraffic ? Self.mappings : [],
            "noValue": .string(noValue),
            "links": .array(links.map(\.document)),
            "custom": custom,
        ])
    }
}
