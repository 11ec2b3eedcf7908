/// One line of the view.
struct ViewLine: Equatable {
    enum Style {
        case plain, heading, alarm, notice
    }

    var text: String
    var style = Style.plain
    /// What stands in for a text that is too long for the screen, such as a bare link; otherwise its end is cut.
    var brief: String?
    /// Explains the line before it, and is the first to go where room is short.
    var isExtra = false

    static let blank = ViewLine(text: "")

    func fitted(columns: Int) -> ViewLine {
        guard text.count > columns else { return self }
        let shown = brief ?? text
        var line = self
        line.text = shown.count > columns ? shown.prefix(max(0, columns - 1)) + "…" : shown
        return line
    }

    /// With the terminal's escape codes.
    func styled(_ isColored: Bool) -> String {
        guard isColored else { return text }
        return switch style {
        case .plain: text
        case .heading: "\u{1B}[1m\(text)\u{1B}[0m"
        case .alarm: "\u{1B}[1;31m\(text)\u{1B}[0m"
        case .notice: "\u{1B}[33m\(text)\u{1B}[0m"
        }
    }
}
