"""All rows of all rounds, and the medians and ratios over them."""

from __future__ import annotations

from statistics import median
from typing import Callable

from .scenarios import Row

Key = tuple[str, str, int]
Reading = Callable[[Row], float | None]

MEASURED_COLUMNS = ("cpu_us_per_request", "user_us", "system_us", "requests_per_second", "p50_ms", "p99_ms", "rss_mib")


class Results:
    def __init__(self) -> None:
        self._rounds: dict[Key, dict[int, Row]] = {}
        self.failures: dict[tuple[str, str], str] = {}  # (scenario, target) → reason

    def add(self, round_number: int, row: Row) -> None:
        self._rounds.setdefault(row.key, {})[round_number] = row

    def targets(self, scenario: str, connections: int) -> list[str]:
        return [target for name, target, count in self._rounds if name == scenario and count == connections]

    def values(self, key: Key, reading: Reading) -> list[float]:
        readings = (reading(row) for row in self._rounds.get(key, {}).values())
        return [value for value in readings if value is not None]

    def median(self, key: Key, reading: Reading) -> float | None:
        values = self.values(key, reading)
        return median(values) if values else None

    def spread(self, key: Key, reading: Reading) -> float | None:
        """Greatest minus least, as a share of the median."""
        values = self.values(key, reading)
        middle = median(values) if values else 0
        return (max(values) - min(values)) / middle if middle else None

    def ratio(self, key: Key, to: Key, reading: Reading) -> float | None:
        """Median over the rounds of the ratio within a round, where both ran within the same minutes."""
        return self._combine(key, to, reading, lambda ours, theirs: ours / theirs if theirs else None)

    def difference(self, key: Key, to: Key, reading: Reading) -> float | None:
        return self._combine(key, to, reading, lambda ours, theirs: ours - theirs)

    def _combine(self, key: Key, to: Key, reading: Reading, combine: Callable[[float, float], float | None]) -> float | None:
        ours, theirs = self._rounds.get(key, {}), self._rounds.get(to, {})
        combined = []
        for round_number in ours.keys() & theirs.keys():
            left, right = reading(ours[round_number]), reading(theirs[round_number])
            value = combine(left, right) if left is not None and right is not None else None
            if value is not None:
                combined.append(value)
        return median(combined) if combined else None

    def medians(self) -> list[Row]:
        rows = []
        for key, rounds in self._rounds.items():
            row = Row(*key)
            for column in MEASURED_COLUMNS:
                value = self.median(key, lambda each: getattr(each, column))
                setattr(row, column, None if value is None else round(value, 4))
            for name in sorted({name for each in rounds.values() for name in each.extra}):
                value = self.median(key, lambda each: each.extra.get(name))
                if value is not None:
                    row.extra[name] = round(value, 4)
            rows.append(row)
        return rows

    def every_round(self) -> list[dict[str, object]]:
        return [
            {"round": number, **row.public(), **row.extra}
            for rounds in self._rounds.values() for number, row in rounds.items()
        ]

    def disturbance(self) -> float:
        """Cores that others kept busy, in the median measurement and no less than half of the worst one."""
        readings = [
            row.extra.get("foreign_cores", 0.0) + row.extra.get("stolen_cores", 0.0)
            for rounds in self._rounds.values() for row in rounds.values()
        ]
        return max(median(readings), max(readings) / 2) if readings else 0.0
