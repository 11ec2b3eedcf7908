extension Panel {
    func document(id: Int, x: Int, y: Int) -> Document {
        var isTable = false
        var transformations: Document = []
        var overrides: Document = []
        if case .table(let table) = visualization {
            isTable = true
            transformations = table.transformations
            overrides = table.overrides
        }
        return .compact([
            "id": .integer(id),
            "type": .string(type),
            "title": .string(title),
            "description": .string(description),
            "gridPos": ["h": .integer(height), "w": .integer(width), "x": .integer(x), "y": .integer(y)],
            "datasource": queries.isEmpty ? nil : Query.datasource,
            "targets": queries.isEmpty
                ? nil
                : .array(queries.enumerated().map { $0.element.document(refId: Table.refId($0.offset)) }),
            "transformations": isTable ? transformations : nil,
            "fieldConfig": [
                "defaults": field.defaults(noValue: noValue, color: color, custom: custom), "overrides": overrides,
            ],
            "options": options,
        ])
    }

    private var type: String {
        switch visualization {
        case .timeseries: "timeseries"
        case .stat: "stat"
        case .table: "table"
        case .heatmap: "heatmap"
        case .stateTimeline: "state-timeline"
        case .text: "text"
        }
    }

    private var color: Document {
        switch visualization {
        case .timeseries, .heatmap, .text: ["mode": "palette-classic"]
        case .stat, .table, .stateTimeline: ["mode": "thresholds"]
        }
    }

    private var custom: Document {
        switch visualization {
        case .timeseries(let style): Self.timeseriesCustom(style, hasThresholds: !field.thresholds.steps.isEmpty)
        case .table: ["align": "auto", "cellOptions": ["type": "auto"], "inspect": false, "filterable": true]
        case .stateTimeline: ["fillOpacity": 80, "lineWidth": 0]
        case .stat, .heatmap, .text: .object([])
        }
    }

    private static func timeseriesCustom(_ style: TimeseriesStyle, hasThresholds: Bool) -> Document {
        let stacking: Document
        let fill: Document
        switch style {
        case .lines:
            stacking = ["mode": "none", "group": "A"]
            fill = 0
        case .stacked:
            stacking = ["mode": "normal", "group": "A"]
            fill = 40
        }
        return [
            "drawStyle": "line", "lineInterpolation": "linear", "lineWidth": 1, "fillOpacity": fill,
            "showPoints": "never", "spanNulls": false, "stacking": stacking,
            "thresholdsStyle": ["mode": hasThresholds ? "dashed" : "off"],
        ]
    }

    private var options: Document {
        switch visualization {
        case .timeseries:
            [
                "legend": [
                    "showLegend": true, "displayMode": "table", "placement": "bottom", "calcs": ["mean", "max"],
                ],
                "tooltip": ["mode": "multi", "sort": "desc"],
            ]
        case .stat:
            [
                "colorMode": "value", "graphMode": "none", "justifyMode": "auto", "orientation": "auto",
                "textMode": "auto", "reduceOptions": ["calcs": ["lastNotNull"], "fields": "", "values": false],
            ]
        case .table(let table): table.options
        case .heatmap:
            [
                "calculate": false, "cellGap": 1,
                "color": [
                    "mode": "scheme", "scheme": "Oranges", "scale": "exponential", "exponent": 0.5, "steps": 64,
                    "reverse": false,
                ],
                "exemplars": ["color": "rgba(255,0,255,0.7)"],
                "filterValues": ["le": 1e-9],
                "legend": ["show": true],
                "rowsFrame": ["layout": "auto"],
                "tooltip": ["mode": "single", "yHistogram": true, "showColorScale": false],
                "yAxis": ["axisPlacement": "left", "unit": .string(field.unit.rawValue), "reverse": false],
            ]
        case .stateTimeline:
            [
                "alignValue": "left", "mergeValues": true, "rowHeight": 0.8, "showValue": "never",
                "legend": ["showLegend": false, "displayMode": "list", "placement": "bottom"],
                "tooltip": ["mode": "single", "sort": "none"],
            ]
        case .text(let markdown): ["mode": "markdown", "content": .string(markdown)]
        }
    }
}
