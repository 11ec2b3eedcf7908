import unittest

from harness.figures import Figure, figures
from harness.report import Report, table
from harness.results import Results
from harness.scenarios import Row, next_service_count, parse_collector
from pathlib import Path

NOWHERE = Path("/nonexistent/martlet-proxy")


def results(**cpu_of_rounds: list[float]) -> Results:
    gathered = Results()
    for target, readings in cpu_of_rounds.items():
        for number, reading in enumerate(readings, 1):
            gathered.add(number, Row("small", target, 64, cpu_us_per_request=reading, extra={"spans_recorded": 100.0}))
    return gathered


def figure(gathered: Results, reach: str) -> Figure:
    return next(each for each in figures(gathered, NOWHERE) if each.reach == reach)


class ResultsTests(unittest.TestCase):
    def test_a_ratio_is_the_median_of_the_ratios_within_a_round(self) -> None:
        gathered = results(martlet=[10, 20, 90], haproxy=[20, 20, 100])
        ratio = gathered.ratio(("small", "martlet", 64), ("small", "haproxy", 64), lambda row: row.cpu_us_per_request)
        self.assertEqual(ratio, 0.9)

    def test_a_round_that_lacks_one_side_does_not_count(self) -> None:
        gathered = results(martlet=[10, 20], haproxy=[20])
        ratio = gathered.ratio(("small", "martlet", 64), ("small", "haproxy", 64), lambda row: row.cpu_us_per_request)
        self.assertEqual(ratio, 0.5)

    def test_the_medians_carry_exactly_the_promised_columns(self) -> None:
        [row] = results(martlet=[3, 1, 2]).medians()
        self.assertEqual(row.public(), {
            "scenario": "small", "target": "martlet", "connections": 64, "cpu_us_per_request": 2, "user_us": None,
            "system_us": None, "requests_per_second": None, "p50_ms": None, "p99_ms": None, "rss_mib": None})

    def test_spread_is_relative_to_the_median(self) -> None:
        gathered = results(martlet=[8, 10, 11])
        self.assertEqual(gathered.spread(("small", "martlet", 64), lambda row: row.cpu_us_per_request), 0.3)


class FigureTests(unittest.TestCase):
    def test_a_figure_on_its_limit_is_reached_and_one_above_is_not(self) -> None:
        self.assertIs(figure(results(martlet=[20], haproxy=[20]), "≤ 1.00 × HAProxy").ok, True)
        self.assertIs(figure(results(martlet=[20.1], haproxy=[20]), "≤ 1.00 × HAProxy").ok, False)

    def test_a_figure_that_was_not_measured_is_neither_reached_nor_missed(self) -> None:
        self.assertEqual({each.ok for each in figures(Results(), NOWHERE)}, {None})

    def test_tracing_everything_counts_only_when_the_spans_were_exported(self) -> None:
        gathered = results(haproxy=[20])
        gathered.add(1, Row("small", "martlet-traced", 64, cpu_us_per_request=10,
                            extra={"spans_recorded": 1000, "spans_exported": 500}))
        self.assertEqual(figure(gathered, "≤ 1.40 × HAProxy"), Figure(
            "the same, 100 % traced and exported", "≤ 1.40 × HAProxy", "0.50 × HAProxy, 50.0% exported", False))


class ReportTests(unittest.TestCase):
    def test_a_table_is_aligned_markdown(self) -> None:
        self.assertEqual(table(["target", "µs"], [["nginx", "46.0"], ["haproxy", "7"]]), (
            "| target  |   µs |\n"
            "|---------|-----:|\n"
            "| nginx   | 46.0 |\n"
            "| haproxy |    7 |"))

    def test_what_was_not_measured_is_named_with_its_reason(self) -> None:
        gathered = results(haproxy=[20])
        gathered.failures[("small", "envoy")] = "envoy is not installed"
        text = Report(gathered, figures(gathered, NOWHERE), {}, []).markdown()
        self.assertIn("### Not measured\n\n- small of envoy: envoy is not installed", text)


class ScenarioTests(unittest.TestCase):
    def test_the_number_of_services_is_extrapolated_past_the_wanted_series(self) -> None:
        self.assertEqual(next_service_count({20: 1000}, 10_000), 20 + 184)
        self.assertEqual(next_service_count({20: 900, 204: 9_000}, 10_000), 204 + 24)

    def test_the_collectors_last_json_line_is_its_result(self) -> None:
        output = 'warming up\n{"spans_per_second_per_core": 150000, "bytes_per_span": 61.5, "note": "x"}\n'
        self.assertEqual(parse_collector(output), {"spans_per_second_per_core": 150_000, "bytes_per_span": 61.5})


if __name__ == "__main__":
    unittest.main()
