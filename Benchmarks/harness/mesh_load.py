"""What drives a pair of sidecars beside wrk: h2load for gRPC calls, and a driver that does nothing but handshakes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

from .driver import build_driver
from .identities import Identity
from .load import Load, LoadResult, check, wrk_duration
from .pairs import CALL_PATH, GRPC_HEADERS, call_body
from .processes import HarnessError
from .targets import Context, Running

ANSWER_BYTES = 106  # prefix and message of Benchmarks/driver/grpc_backend.c


def grpc_calls(load: Load, running: Running, context: Context, connections: int, streams: int, seconds: float) -> LoadResult:
    """Unary calls in a closed loop: on each connection so many are always open."""
    program = shutil.which("h2load")
    if program is None:
        raise HarnessError("h2load is not installed; run scripts/bootstrap bench")
    log = context.directory / "calls.txt"
    log.unlink(missing_ok=True)  # h2load appends
    headers = [word for header in GRPC_HEADERS for word in ("--header", header)]
    command = [
        program, "--threads", "1", "--clients", str(connections), "--max-concurrent-streams", str(streams),
        "--duration", wrk_duration(seconds), "--data", str(call_body(context)), *headers, "--log-file", str(log),
        f"--connect-to=127.0.0.1:{running.port}", f"http://{running.authority}{CALL_PATH}",
    ]
    context.commands["h2load"] = command  # the last one: warm-ups come first
    result = parse_h2load(load.run(command))
    check(running.target.name, result["requests"], result["failures"])
    latencies = latencies_us(log)
    return LoadResult(
        requests=result["requests"], requests_per_second=result["requests"] / wrk_seconds(seconds),
        p50_us=rank(latencies, 0.5), p99_us=rank(latencies, 0.99), max_us=latencies[-1], bytes=result["bytes"])


def wrk_seconds(seconds: float) -> int:
    return int(wrk_duration(seconds).removesuffix("s"))


def parse_h2load(output: str) -> dict[str, int]:
    """A proxy that cannot reach the service says so behind a status of 200, but sends no message: bytes tell it."""
    counts = re.search(r"^requests: \d+ total, \d+ started, (\d+) done, (\d+) succeeded", output, re.MULTILINE)
    traffic = re.search(r"\((\d+)\) data$", output, re.MULTILINE)
    if counts is None or traffic is None:
        raise HarnessError(f"h2load printed no result: {output.strip()[-300:]}")
    done, succeeded, received = int(counts[1]), int(counts[2]), int(traffic[1])
    empty = max(0, succeeded - received // ANSWER_BYTES)
    return {"requests": done, "failures": done - succeeded + empty, "bytes": received}


def latencies_us(log: Path) -> list[int]:
    """The third column of h2load's log, in ascending order."""
    latencies = sorted(int(line.split("\t")[2]) for line in log.read_text().splitlines())
    if not latencies:
        raise HarnessError(f"h2load logged no request in {log}")
    return latencies


def rank(ascending: list[int], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))]


def handshakes(load: Load, running: Running, context: Context, own: Identity, name: str, connections: int, seconds: float,
               resume: bool) -> tuple[LoadResult, int]:
    """Handshakes with a client certificate, so many at once; and how many of them the server resumed."""
    command = [
        str(build_driver(context.root, "handshakes")), "--port", str(running.port), "--chain", str(own.chain),
        "--key", str(own.key), "--name", name, "--connections", str(connections), "--duration", str(seconds),
    ] + (["--resume"] if resume else [])
    context.commands["handshakes" + " resumed" * resume] = command
    result = json.loads(load.run(command))
    if result["failed"]:
        raise HarnessError(f"{running.target.name} failed {result['failed']} of {result['handshakes']} handshakes: "
                           f"{result['first_failure']}")
    measured = LoadResult(
        requests=result["handshakes"], requests_per_second=result["per_second"],
        p50_us=result["p50_us"], p99_us=result["p99_us"], max_us=result["max_us"])
    return measured, result["resumed"]
