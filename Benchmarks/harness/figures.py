"""The figures that Martlet must reach, each with what this run got."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from .results import Key, Results
from .scenarios import BIG_BODY_CONNECTIONS, FIXED_RATE, FIXED_RATE_CONNECTIONS, IDLE_CONNECTIONS, Row

EXPORTED_SHARE = 0.99  # a few spans are still queued when a measurement ends


@dataclass(frozen=True)
class Figure:
    name: str
    reach: str
    got: str
    ok: bool | None  # None: not measured

    @property
    def verdict(self) -> str:
        return "–" if self.ok is None else "yes" if self.ok else "NO"


def cpu(row: Row) -> float | None:
    return row.cpu_us_per_request


def exported_share(row: Row) -> float | None:
    recorded = row.extra.get("spans_recorded")
    return row.extra["spans_exported"] / recorded if recorded else None


def small(target: str) -> Key:
    return "small", target, 64


def rate(target: str) -> Key:
    return f"rate-{FIXED_RATE}", target, FIXED_RATE_CONNECTIONS


def big(target: str) -> Key:
    return "big-1mib", target, BIG_BODY_CONNECTIONS


def at_most(name: str, limit: float, value: float | None, form: str, unit: str) -> Figure:
    return _compare(name, f"≤ {limit:{form}}{unit}", value, None if value is None else value <= limit, form, unit)


def at_least(name: str, limit: float, value: float | None, form: str, unit: str) -> Figure:
    return _compare(name, f"≥ {limit:{form}}{unit}", value, None if value is None else value >= limit, form, unit)


def _compare(name: str, reach: str, value: float | None, ok: bool | None, form: str, unit: str) -> Figure:
    return Figure(name, reach, "not measured" if value is None else f"{value:{form}}{unit}", ok)


def figures(results: Results, proxy: Path) -> list[Figure]:
    def extra(key: Key, name: str) -> float | None:
        return results.median(key, lambda row: row.extra.get(name))

    scrape, collector = ("scrape-gzip", "martlet", 1), ("collector", "martlet-collector", 1)
    scrape_cpu = results.median(scrape, cpu)
    cpu_name = "CPU per request, 64 connections, small body, 1 % traced"
    return [
        at_most(cpu_name, 1.0, results.ratio(small("martlet"), small("haproxy"), cpu), ".2f", " × HAProxy"),
        beside_envoy(cpu_name, results),
        traced(results),
        added_p99(results),
        at_most("memory at rest", 12, results.median(("memory", "martlet", 0), lambda row: row.rss_mib), ".1f", " MiB"),
        at_most("memory per idle connection", 3,
                extra(("memory", "martlet", IDLE_CONNECTIONS), "kib_per_connection"), ".1f", " KiB"),
        foundation(proxy),
        at_least("throughput, 1 MiB bodies", 0.9,
                 results.ratio(big("martlet"), big("haproxy"), lambda row: row.requests_per_second), ".2f", " × HAProxy"),
        at_most("CPU of a scrape of 10,000 series", 10, scrape_cpu and scrape_cpu / 1000, ".1f", " ms"),
        at_most("longest delay of a request by a scrape", 1,
                extra(("scrape-beside-traffic", "martlet", FIXED_RATE_CONNECTIONS), "delay_ms"), ".2f", " ms"),
        at_least("collector, OTLP to disk", 100_000, extra(collector, "spans_per_second_per_core"), ",.0f", " spans/s per core"),
        at_most("collector, on disk", 80, extra(collector, "bytes_per_span"), ".0f", " bytes per span"),
    ]


def beside_envoy(name: str, results: Results) -> Figure:
    """Names the floor too: where the kernel's work alone is above the figure, no proxy in user space can reach it."""
    figure = at_most(name, 0.3, results.ratio(small("martlet"), small("envoy"), cpu), ".2f", " × Envoy")
    floor = results.ratio(small("relay"), small("envoy"), cpu)
    if figure.ok is None or floor is None:
        return figure
    return Figure(figure.name, figure.reach, f"{figure.got}; the kernel alone {floor:.2f}", figure.ok)


def traced(results: Results) -> Figure:
    """Counts only when the spans really left: a proxy that drops them is cheaper than it should be."""
    figure = at_most("the same, 100 % traced and exported", 1.4,
                     results.ratio(small("martlet-traced"), small("haproxy"), cpu), ".2f", " × HAProxy")
    share = results.median(small("martlet-traced"), exported_share)
    if figure.ok is None or share is None:
        return figure
    got = f"{figure.got}, {share:.1%} exported"
    return Figure(figure.name, figure.reach, got, figure.ok and share >= EXPORTED_SHARE)


def added_p99(results: Results) -> Figure:
    def added(target: str) -> float | None:
        return results.difference(rate(target), rate("direct"), lambda row: row.p99_ms)

    name, ours, theirs = f"added p99 at {FIXED_RATE:,} requests/s", added("martlet"), added("haproxy")
    if ours is None or theirs is None:
        return Figure(name, "≤ HAProxy's", "not measured", None)
    return Figure(name, f"≤ HAProxy's {theirs:.3f} ms", f"{ours:.3f} ms", ours <= theirs)


def foundation(proxy: Path) -> Figure:
    """Full Foundation brings ICU: tens of MiB that a sidecar does not need."""
    name, reach = "martlet-proxy links full Foundation", "no"
    if not proxy.exists():
        return Figure(name, reach, "not measured", None)
    listed = subprocess.run(["ldd", str(proxy)], capture_output=True, text=True).stdout
    linked = "libFoundation.so" in listed or "FoundationInternationalization" in listed
    return Figure(name, reach, "yes" if linked else "no", not linked)
