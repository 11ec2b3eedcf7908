"""Tables for people and files for machines."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Callable, Sequence

from .figures import Figure, big, cpu, exported_share, rate, small
from .mesh import GRPC_CONNECTIONS, GRPC_STREAMS, HANDSHAKES_AT_ONCE, PAIR_CONNECTIONS
from .mesh_figures import handshakes, pair_rate, per_core, tcp
from .results import Key, Results
from .scenarios import BIG_BODY_CONNECTIONS, FIXED_RATE, FIXED_RATE_CONNECTIONS, IDLE_CONNECTIONS, Row

DOCS_BEGIN, DOCS_END = "<!-- bench:begin -->", "<!-- bench:end -->"
NOISY_CORES = 0.1


def table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table that is also aligned for a terminal; all columns but the first are right-aligned."""
    widths = [max(len(line[column]) for line in (header, *lines)) for column in range(len(header))]

    def render(cells: Sequence[str]) -> str:
        padded = [cell.ljust(width) if column == 0 else cell.rjust(width)
                  for column, (cell, width) in enumerate(zip(cells, widths))]
        return f"| {' | '.join(padded)} |"

    rule = "|".join("-" * (width + 2) if column == 0 else "-" * (width + 1) + ":" for column, width in enumerate(widths))
    return "\n".join([render(header), f"|{rule}|", *map(render, lines)])


def number(value: float | None, form: str = ".1f") -> str:
    return "–" if value is None else f"{value:{form}}"


class Report:
    def __init__(self, results: Results, figures: list[Figure], facts: dict[str, str], commands: list[str]):
        self._results, self._figures, self._facts, self._commands = results, figures, facts, commands

    def markdown(self) -> str:
        parts = [
            self._facts_section(), self._figures_section(),
            self._load_section("Small bodies, 64 connections", "small", 64),
            self._load_section("Small bodies, 1 connection", "small", 1),
            self._rate_section(f"{FIXED_RATE:,} requests/s", rate), self._big_section("1 MiB bodies", big),
            self._memory_section("Memory (all processes of a target)", "memory"), self._scrape_section(),
            *self._mesh_sections(), self._missing_section(), self._commands_section(),
        ]
        return "\n\n".join(part for part in parts if part) + "\n"

    def write(self, directory: Path) -> None:
        rows = self._results.medians()
        write_json(directory / "bench.json", [row.public() for row in rows])
        write_json(directory / "bench-report.json", {
            "facts": self._facts,
            "figures": [{"figure": each.name, "reach": each.reach, "got": each.got, "ok": each.ok} for each in self._figures],
            "extra": [{"scenario": row.scenario, "target": row.target, "connections": row.connections, **row.extra}
                      for row in rows if row.extra],
            "rounds": self._results.every_round(),
            "not_measured": [{"scenario": scenario, "target": target, "reason": reason}
                             for (scenario, target), reason in self._results.failures.items()],
            "commands": self._commands,
        })
        (directory / "bench.md").write_text(self.markdown())

    def _facts_section(self) -> str:
        lines = [f"- {name}: {value}" for name, value in self._facts.items()]
        disturbance = self._results.disturbance()
        if disturbance > NOISY_CORES:
            lines.append(f"- **noisy**: other processes or the hypervisor took up to {disturbance:.1f} cores; only the "
                         "CPU ratios within a round mean something")
        return "\n".join(lines)

    def _figures_section(self) -> str:
        lines = [[each.name, each.reach, each.got, each.verdict] for each in self._figures]
        return "### What must be reached\n\n" + table(["figure", "reach", "got", "ok"], lines)

    def _mesh_sections(self) -> list[str]:
        return [
            *(self._load_section(f"Two sidecars with mutual TLS, {connections} connections", "pair-mtls", connections)
              for connections in PAIR_CONNECTIONS),
            self._rate_section(f"Two sidecars with mutual TLS, {FIXED_RATE:,} requests/s", pair_rate),
            self._load_section(f"gRPC unary calls through two sidecars, {GRPC_CONNECTIONS} connections × {GRPC_STREAMS} streams",
                               "grpc-unary", GRPC_CONNECTIONS),
            *(self._handshake_section(kind) for kind in ("full", "resumed")),
            self._big_section("1 MiB bodies over opaque TCP", lambda target: tcp("plain", target)),
            self._big_section("1 MiB bodies over opaque TCP and mutual TLS, two sidecars", lambda target: tcp("mtls", target)),
            self._memory_section("Memory of one end with mutual TLS", "memory-mtls"),
        ]

    def _handshake_section(self, kind: str) -> str:
        def line(target: str) -> list[str]:
            key = handshakes(kind, target)
            return [target, self._cell(key, per_core, ",.0f"), *self._cpu_cells(key),
                    self._cell(key, lambda row: row.requests_per_second, ",.0f"),
                    self._cell(key, lambda row: row.p50_ms, ".2f"),
                    self._cell(key, lambda row: row.extra.get("resumed"), ",.0f"),
                    self._cell(key, lambda row: row.extra.get("resumed_share"), ".1%"),
                    *self._ratio_cells(key, per_core, ("haproxy",))]

        header = ["target", "per second of CPU", "CPU µs", "user", "system", "spread", "per second", "p50 ms", "resumed",
                  "of all", "× HAProxy"]
        return self._section(f"TLS handshakes, {kind}, {HANDSHAKES_AT_ONCE} at once (ratio per second of CPU)", header, line,
                             handshakes(kind, "")[0], HANDSHAKES_AT_ONCE)

    def _load_section(self, title: str, scenario: str, connections: int) -> str:
        def line(target: str) -> list[str]:
            key = (scenario, target, connections)
            return [target, *self._cpu_cells(key), self._cell(key, lambda row: row.requests_per_second, ",.0f"),
                    self._cell(key, lambda row: row.p50_ms, ".3f"), self._cell(key, lambda row: row.p99_ms, ".3f"),
                    self._cell(key, lambda row: row.rss_mib), *self._ratio_cells(key, cpu)]

        header = ["target", "CPU µs/request", "user", "system", "spread", "requests/s", "p50 ms", "p99 ms", "RSS MiB",
                  "× HAProxy", "× Envoy"]
        return self._section(title, header, line, scenario, connections)

    def _rate_section(self, title: str, keyed: Callable[[str], Key]) -> str:
        def line(target: str) -> list[str]:
            key, floor = keyed(target), keyed("direct")
            added = [number(self._results.difference(key, floor, reading), ".3f")
                     for reading in (lambda row: row.p50_ms, lambda row: row.p99_ms)]
            return [target, self._cell(key, lambda row: row.p50_ms, ".3f"), self._cell(key, lambda row: row.p99_ms, ".3f"),
                    *added, *self._cpu_cells(key), *self._ratio_cells(key, cpu), self._cell(key, exported_share, ".1%")]

        header = ["target", "p50 ms", "p99 ms", "added p50", "added p99", "CPU µs/request", "user", "system", "spread",
                  "× HAProxy", "× Envoy", "spans exported"]
        return self._section(title, header, line, keyed("")[0], FIXED_RATE_CONNECTIONS)

    def _big_section(self, title: str, keyed: Callable[[str], Key]) -> str:
        def throughput(row: Row) -> float | None:
            return row.extra.get("mib_per_second")

        def line(target: str) -> list[str]:
            key = keyed(target)
            return [target, self._cell(key, throughput, ",.0f"), *self._cpu_cells(key), *self._ratio_cells(key, throughput)]

        header = ["target", "MiB/s", "CPU µs/body", "user", "system", "spread", "× HAProxy", "× Envoy"]
        return self._section(f"{title}, {BIG_BODY_CONNECTIONS} connections (ratio of throughput)", header, line,
                             keyed("")[0], BIG_BODY_CONNECTIONS)

    def _memory_section(self, title: str, scenario: str) -> str:
        def line(target: str) -> list[str]:
            rest, full = (scenario, target, 0), (scenario, target, IDLE_CONNECTIONS)
            return [target, self._cell(rest, lambda row: row.rss_mib), self._cell(full, lambda row: row.rss_mib),
                    self._cell(full, lambda row: row.extra.get("kib_per_connection"), ".2f")]

        header = ["target", "RSS MiB at rest", f"with {IDLE_CONNECTIONS:,} idle", "KiB per idle connection"]
        return self._section(title, header, line, scenario, 0)

    def _scrape_section(self) -> str:
        lines = []
        for encoding in ("gzip", "identity"):
            key: Key = (f"scrape-{encoding}", "martlet", 1)
            if self._results.median(key, cpu) is not None:
                lines.append([encoding, self._cell(key, lambda row: row.extra.get("series"), ",.0f"),
                              self._cell(key, lambda row: (row.cpu_us_per_request or 0) / 1000, ".2f"),
                              self._cell(key, lambda row: row.p50_ms, ".2f")])
        if not lines:
            return ""
        section = "### Scrape\n\n" + table(["encoding", "series", "CPU ms", "median duration ms"], lines)
        traffic: Key = ("scrape-beside-traffic", "martlet", FIXED_RATE_CONNECTIONS)
        if self._results.median(traffic, cpu) is None:
            return section
        return section + (
            f"\n\nLongest request at {FIXED_RATE:,}/s: {self._cell(traffic, lambda row: row.extra.get('during_ms'), '.2f')} ms "
            f"while a scrape ran, {self._cell(traffic, lambda row: row.extra.get('beside_ms'), '.2f')} ms in equally long "
            "windows between scrapes.")

    def _missing_section(self) -> str:
        if not self._results.failures:
            return ""
        lines = [f"- {scenario} of {target}: {reason}" for (scenario, target), reason in self._results.failures.items()]
        return "### Not measured\n\n" + "\n".join(lines)

    def _commands_section(self) -> str:
        return "### Commands\n\n```\n" + "\n".join(self._commands) + "\n```"

    def _section(self, title: str, header: list[str], line: Callable[[str], list[str]], scenario: str,
                 connections: int) -> str:
        targets = self._results.targets(scenario, connections)
        return f"### {title}\n\n{table(header, [line(target) for target in targets])}" if targets else ""

    def _cell(self, key: Key, reading: Callable[[Row], float | None], form: str = ".1f") -> str:
        return number(self._results.median(key, reading), form)

    def _cpu_cells(self, key: Key) -> list[str]:
        spread = self._results.spread(key, cpu)
        return [self._cell(key, cpu), self._cell(key, lambda row: row.user_us), self._cell(key, lambda row: row.system_us),
                number(spread, ".0%")]

    def _ratio_cells(self, key: Key, reading: Callable[[Row], float | None],
                     peers: Sequence[str] = ("haproxy", "envoy")) -> list[str]:
        scenario, _, connections = key
        return [number(self._results.ratio(key, (scenario, peer, connections), reading), ".2f") for peer in peers]


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def replace_in_docs(page: Path, markdown: str, today: date) -> None:
    """Puts the report between the two marks of a page."""
    text = page.read_text()
    before, begin, rest = text.partition(DOCS_BEGIN)
    _, end, after = rest.partition(DOCS_END)
    if not begin or not end:
        raise ValueError(f"{page} has no {DOCS_BEGIN} … {DOCS_END}")
    page.write_text(f"{before}{begin}\nRun of {today.isoformat()}.\n\n{markdown}{end}{after}")
