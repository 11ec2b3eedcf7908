/// A window of time that rules look back over.
///
/// Recorded series are named by the nominal window. In a drill (`RuleOptions.timeScale`) the name stays and the time
/// behind it shrinks, so that dashboards and objectives work on a drill's Prometheus unchanged.
package enum Window: Int, CaseIterable, Sendable {
    case oneMinute = 60
    case fiveMinutes = 300
    case thirtyMinutes = 1_800
    case oneHour = 3_600
    case twoHours = 7_200
    case sixHours = 21_600
    case oneDay = 86_400
    case threeDays = 259_200
    /// The period of the error budget.
    case thirtyDays = 2_592_000

    package var nominalSeconds: Int { rawValue }

    /// Suffix of recorded series: `5m`.
    package var name: String { prometheusDuration(seconds: rawValue) }
}
