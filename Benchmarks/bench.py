#!/usr/bin/env python3
"""Martlet beside HAProxy, nginx and Envoy: same machine, same minutes, one worker each, ratios first."""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import signal
import sys
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Iterator

from harness import machine
from harness.catalogue import SCENARIOS
from harness.figures import figures
from harness.load import Load, allow_open_files
from harness.mesh_figures import mesh_figures
from harness.processes import HarnessError
from harness.report import Report, replace_in_docs
from harness.results import Results
from harness.scenarios import IDLE_CONNECTIONS, Row, Scenario, Settings, Stage
from harness.targets import DEFAULT_TARGETS, PEERS, TARGETS, Context, Target, start_backend

ROOT = Path(__file__).resolve().parent.parent

EXAMPLES = """examples:
  bench.py                                     everything, five rounds: about twenty minutes
  bench.py --quick                             does the harness work here? one short round
  bench.py --scenario small,rate               two scenarios
  bench.py --scenario small --target martlet,haproxy --rounds 7
  bench.py --peers haproxy                     Martlet, direct and this peer
  bench.py --docs docs/performance.md          and put the tables into that page

scenarios:
"""


def parse_arguments() -> argparse.Namespace:
    listed = "\n".join(f"  {scenario.name:<12} {scenario.help}" for scenario in SCENARIOS.values())
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=f"{EXAMPLES}{listed}", formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", type=names_of(SCENARIOS), default=list(SCENARIOS), metavar="NAME[,NAME…]")
    parser.add_argument("--target", type=names_of(TARGETS), metavar="NAME[,NAME…]",
                        help=f"of {', '.join(TARGETS)}; default {', '.join(DEFAULT_TARGETS)}")
    parser.add_argument("--peers", type=names_of(PEERS), default=list(PEERS), metavar="NAME[,NAME…]",
                        help="which peers stand beside Martlet when --target is not given")
    parser.add_argument("--rounds", type=positive, default=5, help="interleaved repetitions (default 5)")
    parser.add_argument("--duration", type=positive, default=4, metavar="SECONDS",
                        help="of one measurement (default 4; some take half of it)")
    parser.add_argument("--quick", action="store_true", help="one round of one-second measurements")
    parser.add_argument("--pin", choices=("split", "none"), default="split",
                        help="split: the target alone on the first core, load and backend on the others (default)")
    parser.add_argument("--backend-workers", type=positive, default=1, help="workers of the nginx backend (default 1)")
    parser.add_argument("--docs", type=Path, metavar="PAGE", help="write the tables into this page as well")
    parser.add_argument("--check", action="store_true", help="exit 1 when a figure that was measured is not reached")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.duration = 1, 1
    if arguments.target is None:
        arguments.target = [name for name in DEFAULT_TARGETS if name not in PEERS or name in arguments.peers]
    return arguments


def names_of(allowed):
    def parse(text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in allowed:
                raise argparse.ArgumentTypeError(f"'{name}' is none of {', '.join(allowed)}")
        return names
    return parse


def positive(text: str) -> int:
    value = int(text) if text.isdigit() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not a positive whole number")
    return value


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def order_of_round(targets: list[str], round_number: int) -> list[str]:
    """Another target first in each round, and every second round backwards: else each would always follow the same one, and
    inherit from it a machine that is warm or busy."""
    shift = (round_number - 1) % len(targets)
    order = targets[shift:] + targets[:shift]
    return order if round_number % 2 else order[::-1]


def plan(arguments: argparse.Namespace) -> Iterator[tuple[int, Scenario, Target]]:
    """Round by round; within a round every target of a scenario runs within the same minutes, each time in another order."""
    for round_number in range(1, arguments.rounds + 1):
        order = order_of_round(arguments.target, round_number)
        for name in arguments.scenario:
            scenario = SCENARIOS[name]
            if scenario.once and round_number > 1:
                continue
            yield from ((round_number, scenario, TARGETS[each]) for each in order if scenario.measures(TARGETS[each]))


class Bench:
    """One run: works through the plan and keeps what it measured, what it could not measure, and what it started."""

    def __init__(self, arguments: argparse.Namespace, stage: Stage):
        self._arguments, self._stage = arguments, stage
        self.results = Results()

    def run(self) -> None:
        reported: set[str] = set()
        for round_number, scenario, target in plan(self._arguments):
            reason = target.missing(self._stage.context)
            if reason is not None:
                self.results.failures[("all", target.name)] = reason
                if target.name not in reported:
                    reported.add(target.name)
                    say(f"left out: {reason}")
            elif (scenario.name, target.name) not in self.results.failures:
                self._measure(round_number, scenario, target)

    def _measure(self, round_number: int, scenario: Scenario, target: Target) -> None:
        try:
            for row in scenario.run(self._stage, target):
                self.results.add(round_number, row)
                say(f"[{round_number}/{self._arguments.rounds}] {progress(row)}")
        except (HarnessError, OSError) as error:
            self.results.failures[(scenario.name, target.name)] = str(error)
            say(f"left out: {scenario.name} of {target.name}: {error}")


def progress(row: Row) -> str:
    columns = [("{:.1f} µs", row.cpu_us_per_request), ("{:,.0f}/s", row.requests_per_second), ("p50 {:.3f} ms", row.p50_ms),
               ("p99 {:.3f} ms", row.p99_ms), ("{:.1f} MiB", row.rss_mib),
               ("others {:.1f} cores", row.extra.get("foreign_cores"))]
    measured = "  ".join(form.format(value) for form, value in columns if value is not None)
    return f"{row.scenario:<21} {row.target:<16} {row.connections:>4}  {measured}"


def facts(arguments: argparse.Namespace, context: Context) -> dict[str, str]:
    present = [TARGETS[name] for name in arguments.target if not TARGETS[name].missing(context)]
    versions = {target.name.partition("-")[0]: target.version(context) for target in present}
    wrk = machine.version(["wrk", "-v"], r"wrk (?:debian/)?(\S+)")
    named = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    return {
        **machine.describe(),
        "cores": context.cores.text,
        "versions": f"{named}, wrk {wrk}",
        "rounds": f"{arguments.rounds}, {arguments.duration} s each; the tables show medians, ratios are medians of the "
                  "ratios within a round, spread is (greatest − least) / median",
    }


def run(arguments: argparse.Namespace, resources: ExitStack) -> int:
    directory = ROOT / ".build/bench"
    directory.mkdir(parents=True, exist_ok=True)
    lock = resources.enter_context((directory / "lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise HarnessError(f"another benchmark runs in {directory}; wait for it or end it") from None
    scratch = directory / "run"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()

    allow_open_files(IDLE_CONNECTIONS + 1_000)
    cores = machine.Cores.split() if arguments.pin == "split" and machine.can_split() else machine.Cores.free()
    if cores.load:
        os.sched_setaffinity(0, cores.load)  # the harness itself, which scrapes and holds the idle connections
    context = Context(ROOT, scratch, cores)
    load = Load(context)
    backend = start_backend(context, arguments.backend_workers)
    resources.callback(backend.stop)

    stage = Stage(context, load, backend, Settings(duration=arguments.duration, warm_up=1.0))
    bench = Bench(arguments, stage)
    bench.run()
    reached = figures(bench.results, context.release("martlet-proxy")) + mesh_figures(bench.results)
    report = Report(bench.results, reached, facts(arguments, context), context.commands_as_typed())
    report.write(ROOT / ".build")
    if arguments.docs:
        replace_in_docs(arguments.docs, report.markdown(), date.today())
    print(report.markdown())
    say(f"written: {ROOT / '.build/bench.json'}, bench-report.json, bench.md")
    return 1 if arguments.check and any(figure.ok is False for figure in reached) else 0


def end_on(number: int, _frame: object) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # a second Ctrl-C must not stop the stopping
    raise KeyboardInterrupt(number)


def main() -> int:
    arguments = parse_arguments()
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, end_on)
    try:
        with ExitStack() as resources:
            return run(arguments, resources)
    except KeyboardInterrupt:
        say("interrupted; everything that was started has been ended")
        return 130
    except HarnessError as error:
        say(f"bench: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
