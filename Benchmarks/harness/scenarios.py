"""The measurements. Each scenario drives one started target and returns rows; the plan decides order and repetition."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Callable, Iterator

from .load import IdleConnections, Load, LoadResult
from .machine import MachineLoad
from .processes import CPUTime, HarnessError, Process
from .scrape import Scraper, scrape_windows
from .targets import BIG_BODY_BYTES, Context, Direct, Martlet, Relay, Running, Target, metric_total

FIXED_RATE = 2_000
FIXED_RATE_CONNECTIONS = 32
BIG_BODY_CONNECTIONS = 16
IDLE_CONNECTIONS = 1_000
SETTLE_SECONDS = 3.0  # time for a target to give idle buffers back
SERIES = 10_000
SCRAPES = 40
SCRAPE_PAUSE_SECONDS = 0.2
SPANS_SECONDS = 10.0  # time for the last spans to be exported or dropped


@dataclass
class Row:
    """One line of bench.json, plus what only the report shows."""

    scenario: str
    target: str
    connections: int
    cpu_us_per_request: float | None = None
    user_us: float | None = None
    system_us: float | None = None
    requests_per_second: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    rss_mib: float | None = None
    extra: dict[str, float] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, int]:
        return self.scenario, self.target, self.connections

    def public(self) -> dict[str, object]:
        return {name: value for name, value in asdict(self).items() if name != "extra"}


@dataclass(frozen=True)
class Settings:
    duration: float
    warm_up: float

    @property
    def short_duration(self) -> float:
        return max(1.0, self.duration / 2)


@dataclass
class Stage:
    """What a scenario needs: the load generators, and the other processes whose CPU time is not foreign."""

    context: Context
    load: Load
    backend: Process
    settings: Settings

    def measure(self, running: Running, drive: Callable[[], LoadResult]) -> Measured:
        target, machine, own = running.process, MachineLoad.read(), own_seconds(running, self.backend)
        before = target.cpu() if target else None
        started = time.monotonic()
        result = drive()
        seconds = time.monotonic() - started
        cpu = target.cpu().since(before) if target else None
        resident = target.resident_bytes() / 2**20 if target else None
        used, now = own_seconds(running, self.backend) - own, MachineLoad.read()
        foreign = max(0.0, now.work - machine.work - used) / seconds
        return Measured(result, cpu, resident, foreign, (now.stolen - machine.stolen) / seconds)


@dataclass(frozen=True)
class Measured:
    load: LoadResult
    cpu: CPUTime | None
    rss_mib: float | None
    foreign_cores: float  # cores that processes outside of the benchmark kept busy
    stolen_cores: float  # cores that the hypervisor gave to others

    def row(self, scenario: str, target: str, connections: int, **extra: float) -> Row:
        per_request = self.cpu.per(self.load.requests) if self.cpu else None
        return Row(
            scenario, target, connections,
            cpu_us_per_request=per_request.total_us if per_request else None,
            user_us=per_request.user_us if per_request else None,
            system_us=per_request.system_us if per_request else None,
            requests_per_second=self.load.requests_per_second,
            p50_ms=self.load.p50_ms, p99_ms=self.load.p99_ms, rss_mib=self.rss_mib,
            extra={"foreign_cores": self.foreign_cores, "stolen_cores": self.stolen_cores,
                   "max_ms": self.load.max_us / 1000, **extra})


def own_seconds(running: Running, backend: Process) -> float:
    """CPU seconds of everything that belongs to the benchmark: harness, ended load generators, backend, target."""
    times = os.times()
    total = times.user + times.system + times.children_user + times.children_system
    for process in (backend, running.process, *running.helpers):
        if process is not None and not process.has_ended:
            total += process.cpu().total_nanoseconds / 1e9
    return total


class Scenario:
    """One named measurement; `measures` says for which targets it means something."""

    name = ""
    help = ""
    once = False  # steady figures that need no repetition

    def measures(self, target: Target) -> bool:
        return True

    def run(self, stage: Stage, target: Target) -> Iterator[Row]:
        raise NotImplementedError


class SmallBodies(Scenario):
    name = "small"
    help = "closed loop, ~100-byte bodies, 64 and 1 connections: CPU per request, throughput, latency"

    def run(self, stage: Stage, target: Target) -> Iterator[Row]:
        with target.start(stage.context) as running:
            stage.load.closed_loop(running, 64, stage.settings.warm_up)
            for connections, seconds in ((64, stage.settings.duration), (1, stage.settings.short_duration)):
                before = span_counts(running)
                measured = stage.measure(running, lambda: stage.load.closed_loop(running, connections, seconds))
                yield measured.row("small", target.name, connections, **span_outcome(running, before))


class FixedRate(Scenario):
    name = "rate"
    help = f"{FIXED_RATE} requests/s whatever happens: added latency"

    def measures(self, target: Target) -> bool:
        return not isinstance(target, Relay)

    def run(self, stage: Stage, target: Target) -> Iterator[Row]:
        with target.start(stage.context) as running:
            running.let_helpers_give_way()
            yield fixed_rate(self.name, stage, running)


def fixed_rate(scenario: str, stage: Stage, running: Running) -> Row:
    before = span_counts(running)
    measured = stage.measure(running, lambda: stage.load.constant_rate(
        running, FIXED_RATE, FIXED_RATE_CONNECTIONS, stage.settings.duration, stage.settings.warm_up))
    await_spans(running)
    return measured.row(f"{scenario}-{FIXED_RATE}", running.target.name, FIXED_RATE_CONNECTIONS,
                        driver_late_p99_us=measured.load.late_p99_us, **span_outcome(running, before))


class BigBodies(Scenario):
    name = "big"
    help = "closed loop, 1 MiB bodies: throughput"

    def measures(self, target: Target) -> bool:
        # The relay is a floor for small requests only; the cost of a span does not grow with the body.
        return target.name not in ("martlet-traced", "relay")

    def run(self, stage: Stage, target: Target) -> Iterator[Row]:
        with target.start(stage.context) as running:
            yield big_bodies("big-1mib", stage, running)


def big_bodies(scenario: str, stage: Stage, running: Running) -> Row:
    connections, seconds = BIG_BODY_CONNECTIONS, stage.settings.short_duration
    stage.load.closed_loop(running, connections, stage.settings.warm_up, "/big")
    measured = stage.measure(running, lambda: stage.load.closed_loop(running, connections, seconds, "/big"))
    rate = measured.load.requests_per_second * BIG_BODY_BYTES / 2**20
    return measured.row(scenario, running.target.name, connections, mib_per_second=rate)


class Memory(Scenario):
    name = "memory"
    help = f"resident memory at rest and with {IDLE_CONNECTIONS} idle keep-alive connections"
    once = True

    def measures(self, target: Target) -> bool:
        return not isinstance(target, (Direct, Relay)) and target.name != "martlet-traced"

    def run(self, stage: Stage, target: Target) -> Iterator[Row]:
        with target.start(stage.context) as running:
            yield from idle_memory(self.name, running)


def idle_memory(scenario: str, running: Running, tls: ssl.SSLContext | None = None) -> Iterator[Row]:
    """Resident memory at rest, and with many connections that each had one request answered."""
    process, name = running.process, running.target.name
    assert process is not None, "only direct has no process"
    with IdleConnections(running, 1, tls):
        pass
    time.sleep(SETTLE_SECONDS)
    rest = process.resident_bytes()
    yield Row(scenario, name, 0, rss_mib=rest / 2**20)
    with IdleConnections(running, IDLE_CONNECTIONS, tls) as idle:
        time.sleep(SETTLE_SECONDS)
        full = process.resident_bytes()
        open_count = idle.still_open()
    if open_count < IDLE_CONNECTIONS:
        raise HarnessError(f"{name} closed {IDLE_CONNECTIONS - open_count} of {IDLE_CONNECTIONS} idle connections")
    per_connection = (full - rest) / IDLE_CONNECTIONS / 1024
    yield Row(scenario, name, IDLE_CONNECTIONS, rss_mib=full / 2**20, extra={"kib_per_connection": per_connection})


class Scrape(Scenario):
    name = "scrape"
    help = f"a scrape of {SERIES} series: CPU, and what it does to requests at {FIXED_RATE}/s"
    once = True

    def measures(self, target: Target) -> bool:
        return target.name == "martlet"

    def run(self, stage: Stage, target: Target) -> Iterator[Row]:
        with start_with_series(stage.context, SERIES) as (running, scraper):
            process = running.process
            assert process is not None, "martlet has a process"
            for encoding in ("gzip", "identity"):
                scraper.scrape(encoding)
                before = process.cpu()
                durations = sorted(scraper.scrape(encoding) for _ in range(SCRAPES))
                cpu = process.cpu().since(before).per(SCRAPES)
                yield Row(
                    f"scrape-{encoding}", target.name, 1, cpu.total_us, cpu.user_us, cpu.system_us,
                    p50_ms=durations[SCRAPES // 2] * 1000, p99_ms=durations[-1] * 1000,
                    rss_mib=process.resident_bytes() / 2**20, extra={"series": scraper.series})
            yield self._beside_traffic(stage, running, scraper)

    def _beside_traffic(self, stage: Stage, running: Running, scraper: Scraper) -> Row:
        seconds = (SCRAPE_PAUSE_SECONDS + 0.05) * SCRAPES
        log = stage.context.directory / "scrape-latency.txt"
        with scraper.every(SCRAPE_PAUSE_SECONDS) as scrapes:
            measured = stage.measure(running, lambda: stage.load.constant_rate(
                running, FIXED_RATE, FIXED_RATE_CONNECTIONS, seconds, 1.0, log))
        during, beside = scrape_windows(log, scrapes)
        return measured.row("scrape-beside-traffic", running.target.name, FIXED_RATE_CONNECTIONS,
                            scrapes=len(scrapes), during_ms=during, beside_ms=beside, delay_ms=max(0.0, during - beside))


@contextmanager
def start_with_series(context: Context, wanted: int) -> Iterator[tuple[Running, Scraper]]:
    """Martlet with as many outbound services as give at least `wanted` series, each of which served a request."""
    counts: dict[int, int] = {}
    service_count = 20
    for _ in range(4):
        target = Martlet(service_count=service_count)
        with target.start(context) as running:
            scraper = Scraper(running)
            scraper.touch(target.services())
            counts[service_count] = scraper.count_series()
            if scraper.series >= wanted:
                yield running, scraper
                return
        service_count = next_service_count(counts, wanted)
    raise HarnessError(f"martlet exposes only {max(counts.values())} series with {max(counts)} services; wanted {wanted}")


def next_service_count(counts: dict[int, int], wanted: int) -> int:
    """Extrapolates the number of services from (services, series) pairs, the fewest and the most."""
    most = max(counts)
    least = min(counts)
    per_service = (counts[most] - counts[least]) / (most - least) if most > least else counts[most] / most
    return most + max(1, int((wanted - counts[most]) / max(1.0, per_service) * 1.02) + 1)


class Collector(Scenario):
    name = "collector"
    help = "OTLP in to traces on disk, by collector-bench: spans per second and core, bytes per span"
    once = True

    def measures(self, target: Target) -> bool:
        return target.name == "martlet"

    def run(self, stage: Stage, target: Target) -> Iterator[Row]:
        program = stage.context.release("collector-bench")
        if not program.exists():
            raise HarnessError("collector-bench is not built; run make build")
        done = subprocess.run([str(program)], capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL,
                              cwd=stage.context.directory)
        if done.returncode != 0:
            raise HarnessError(f"collector-bench failed: {(done.stderr or done.stdout).strip()[-300:]}")
        figures = parse_collector(done.stdout)
        yield Row("collector", "martlet-collector", 1, cpu_us_per_request=1e6 / figures["spans_per_second_per_core"],
                  requests_per_second=figures["spans_per_second_per_core"],
                  rss_mib=figures.get("rss_mib"), extra=figures)


def parse_collector(output: str) -> dict[str, float]:
    """Reads `spans_per_second_per_core` and `bytes_per_span` from collector-bench's last JSON line."""
    for line in reversed(output.splitlines()):
        if not line.lstrip().startswith("{"):
            continue
        values = {name: float(value) for name, value in json.loads(line).items() if isinstance(value, (int, float))}
        if {"spans_per_second_per_core", "bytes_per_span"} <= values.keys():
            return values
    raise HarnessError("collector-bench printed no JSON line with spans_per_second_per_core and bytes_per_span")


def span_counts(running: Running) -> dict[str, float] | None:
    """What the proxy says of its spans; a dropped span was cheaper than an exported one, so the report shows both."""
    if running.admin_port is None:
        return None
    text = Scraper(running).text()
    return {outcome: metric_total(text, f"martlet_spans_{outcome}_total") for outcome in ("recorded", "exported", "dropped")}


def span_outcome(running: Running, before: dict[str, float] | None) -> dict[str, float]:
    after = span_counts(running)
    if before is None or after is None:
        return {}
    return {f"spans_{name}": after[name] - before[name] for name in after}


def await_spans(running: Running) -> None:
    """Waits until every recorded span has been exported or dropped, so that none counts as lost that is only late."""
    deadline = time.monotonic() + SPANS_SECONDS
    while (counts := span_counts(running)) and counts["recorded"] > counts["exported"] + counts["dropped"]:
        if time.monotonic() > deadline:
            raise HarnessError(f"{running.target.name} neither exported nor dropped all of its spans: {counts}")
        time.sleep(0.1)
