/// One panel of a dashboard. Where it stands is the section's affair.
package struct Panel: Sendable {
    /// Look of the panel; the names are Grafana's.
    enum Visualization: Sendable {
        case timeseries(TimeseriesStyle)
        case stat
        case table(Table)
        case heatmap
        case stateTimeline
        case text(markdown: String)
    }

    enum TimeseriesStyle: Sendable {
        case lines
        /// Parts of a whole.
        case stacked
    }

    package let title: String
    /// What is shown, and what a bad picture looks like.
    package let description: String
    let visualization: Visualization
    /// Columns of Grafana's 24.
    let width: Int
    /// Grid rows of 30 pixels.
    let height: Int
    package let queries: [Query]
    let field: Field
    let noValue: String

    init(
        _ title: String, _ description: String, _ visualization: Visualization, width: Int, height: Int = 8,
        field: Field, noValue: String = Field.noTraffic, queries: [Query]
    ) {
        self.title = title
        self.description = description
        self.visualization = visualization
        self.width = width
        self.height = height
        self.field = field
        self.noValue = noValue
        self.queries = queries
    }

    /// How the answer to each query is written: a table has a field for each column.
    var fieldsOfQueries: [Field] {
        switch visualization {
        case .table(let table): table.columns.map(\.field)
        case .timeseries, .stat, .heatmap, .stateTimeline, .text: queries.map { _ in field }
        }
    }

    static func timeseries(
        _ title: String, _ description: String, width: Int, style: TimeseriesStyle = .lines, field: Field,
        noValue: String = Field.noTraffic, _ queries: [Query]
    ) -> Panel {
        Panel(
            title, description, .timeseries(style), width: width, field: field, noValue: noValue, queries: queries)
    }

    static func stat(
        _ title: String, _ description: String, width: Int = 4, field: Field, noValue: String = Field.noTraffic,
        _ expression: String, legend: String = "", emptyBecause: String? = nil
    ) -> Panel {
        Panel(
            title, description, .stat, width: width, height: 4, field: field, noValue: noValue,
            queries: [Query(expression, legend: legend, shape: .instant, emptyBecause: emptyBecause)])
    }

    static func table(
        _ title: String, _ description: String, width: Int = 24, height: Int = 9, noValue: String = Field.noTraffic,
        _ table: Table
    ) -> Panel {
        Panel(
            title, description, .table(table), width: width, height: height, field: .of(.count), noValue: noValue,
            queries: table.queries)
    }

    static func text(_ title: String, _ description: String, height: Int = 4, markdown: String) -> Panel {
        Panel(
            title, description, .text(markdown: markdown), width: 24, height: height, field: .of(.count), queries: [])
    }
}
