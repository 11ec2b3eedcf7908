/// A dashboard as a person reads it: sections from top to bottom, panels in lines from left to right.
package struct Dashboard: Sendable {
    /// A titled band of panels.
    package struct Section: Sendable {
        package let title: String
        /// Panels of one line; their widths add up to at most 24.
        package let lines: [[Panel]]

        init(_ title: String, _ lines: [[Panel]]) {
            self.title = title
            self.lines = lines
        }
    }

    package let identifier: BoardIdentifier
    package let title: String
    package let description: String
    package let variables: [Variable]
    package let sections: [Section]
    package let annotations: [Annotation]

    package var panels: [Panel] { sections.flatMap { $0.lines.flatMap { $0 } } }

    package var json: String { JSONWriter.text(of: document) }

    private static let gridColumns = 24

    private var document: Document {
        [
            "id": .null,
            "uid": .string(identifier.rawValue),
            "title": .string(title),
            "description": .string(description),
            "tags": ["martlet"],
            "schemaVersion": 39,
            "version": 1,
            "editable": false,
            "graphTooltip": 1,
            "timezone": "browser",
            "fiscalYearStartMonth": 0,
            "liveNow": false,
            "weekStart": "",
            "refresh": "30s",
            "time": ["from": "now-1h", "to": "now"],
            "timepicker": .object([]),
            "links": .array([Self.siblings]),
            "templating": ["list": .array(variables.map(\.document))],
            "annotations": ["list": .array(annotations.map(\.document))],
            "panels": .array(panelDocuments),
        ]
    }

    /// The other dashboards of the mesh, opened at the same time and with the same choices.
    private static let siblings: Document = [
        "type": "dashboards", "title": "Martlet", "tags": ["martlet"], "asDropdown": true, "includeVars": true,
        "keepTime": true, "targetBlank": false, "icon": "external link", "tooltip": "", "url": "",
    ]

    /// Ids count from the top; a line is as high as its highest panel.
    private var panelDocuments: [Document] {
        var documents: [Document] = []
        var y = 0
        for section in sections {
            documents.append(Self.row(section.title, id: documents.count + 1, y: y))
            y += 1
            for line in section.lines {
                var x = 0
                for panel in line {
                    documents.append(panel.document(id: documents.count + 1, x: x, y: y))
                    x += panel.width
                }
                precondition(x <= Self.gridColumns, "panels of one line are wider than the grid")
                y += line.map(\.height).max() ?? 0
            }
        }
        return documents
    }

    private static func row(_ title: String, id: Int, y: Int) -> Document {
        [
            "id": .integer(id), "type": "row", "title": .string(title), "collapsed": false, "panels": [],
            "gridPos": ["h": 1, "w": .integer(gridColumns), "x": 0, "y": .integer(y)],
        ]
    }
}

/// Marks on the time axis.
package struct Annotation: Sendable {
    let name: String
    package let expression: String
    let color: PanelColor
    let titleFormat: String
    let textFormat: String

    var document: Document {
        [
            "name": .string(name), "datasource": Query.datasource, "enable": true, "hide": false,
            "iconColor": .string(color.rawValue), "expr": .string(expression), "step": "30s",
            "titleFormat": .string(titleFormat), "textFormat": .string(textFormat), "useValueForTime": false,
        ]
    }

    /// A version that was not there ten minutes ago.
    static let versions = Annotation(
        name: "New versions",
        expression: """
            count by (component, version) (martlet_build_info)
            unless
            count by (component, version) (martlet_build_info offset 10m)
            """,
        color: .neutral, titleFormat: "New version", textFormat: "{{component}} {{version}}")

    static let restarts = Annotation(
        name: "Restarts",
        expression: "changes(process_start_time_seconds[2m]) > 0 and on (job, instance) martlet_build_info",
        color: .warn, titleFormat: "Restart", textFormat: "{{job}} {{instance}}")

    static func alerts(selector: String) -> Annotation {
        Annotation(
            name: "Alerts", expression: #"ALERTS{alertstate="firing",severity=~"critical|warning"\#(selector)}"#,
            color: .bad, titleFormat: "{{alertname}}", textFormat: "{{service}} {{instance}} {{severity}}")
    }
}
