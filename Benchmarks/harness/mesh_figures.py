"""The figures of two sidecars and the mutual TLS between them, each with what this run got."""

from __future__ import annotations

from .figures import Figure, at_least, at_most, cpu
from .mesh import GRPC_CONNECTIONS, HANDSHAKES_AT_ONCE, PAIR_CONNECTIONS
from .results import Key, Results
from .scenarios import BIG_BODY_CONNECTIONS, FIXED_RATE, FIXED_RATE_CONNECTIONS, IDLE_CONNECTIONS, Row

ADDED_P99_LIMIT_MS = 1.0
RESUMED_SHARE = 0.95  # each connection's first handshake has no ticket to offer
HANDSHAKES_NAME = "{kind} handshakes per second of the server's CPU"


def pair(target: str, connections: int) -> Key:
    return "pair-mtls", target, connections


def pair_rate(target: str) -> Key:
    return f"pair-rate-{FIXED_RATE}", target, FIXED_RATE_CONNECTIONS


def grpc(target: str) -> Key:
    return "grpc-unary", target, GRPC_CONNECTIONS


def handshakes(kind: str, target: str) -> Key:
    return f"handshakes-{kind}", target, HANDSHAKES_AT_ONCE


def tcp(kind: str, target: str) -> Key:
    return f"tcp-{kind}", target, BIG_BODY_CONNECTIONS


def per_core(row: Row) -> float | None:
    """In one second of CPU time: what the load generator can drive is no limit of the server."""
    return 1e6 / row.cpu_us_per_request if row.cpu_us_per_request else None


def mesh_figures(results: Results) -> list[Figure]:
    def ratio(ours: Key, theirs: Key) -> float | None:
        return results.ratio(ours, theirs, cpu)

    many, few = PAIR_CONNECTIONS
    name = f"pair over mTLS, {many} connections: CPU per request of both"
    call = "gRPC unary through a pair: CPU per call of both"
    idle = results.median(("memory-mtls", "martlet", IDLE_CONNECTIONS), lambda row: row.extra.get("kib_per_connection"))
    return [
        at_most(name, 1.0, ratio(pair("martlet", many), pair("haproxy", many)), ".2f", " × HAProxy's pair"),
        at_most(name, 0.3, ratio(pair("martlet", many), pair("envoy", many)), ".2f", " × Envoy's pair"),
        at_most(f"the same, {few} connections", 1.0, ratio(pair("martlet", few), pair("haproxy", few)), ".2f",
                " × HAProxy's pair"),
        at_most(call, 0.35, ratio(grpc("martlet"), grpc("envoy")), ".2f", " × Envoy's pair"),
        beside_the_better(call, results),
        added_p99(results),
        at_least(HANDSHAKES_NAME.format(kind="full"), 1.0,
                 results.ratio(handshakes("full", "martlet"), handshakes("full", "haproxy"), per_core), ".2f", " × HAProxy"),
        resumed(results),
        *(throughput(f"opaque TCP throughput, {words}", results, kind)
          for kind, words in (("plain", "plain"), ("mtls", "two sidecars with mTLS"))),
        at_most("memory per idle mTLS connection, one end", 24, idle, ".1f", " KiB"),
    ]


def throughput(name: str, results: Results, kind: str) -> Figure:
    got = results.ratio(tcp(kind, "martlet"), tcp(kind, "haproxy"), lambda row: row.requests_per_second)
    return at_least(name, 1.0, got, ".2f", " × HAProxy")


def beside_the_better(name: str, results: Results) -> Figure:
    """Beside whichever of the two pairs was cheaper; one that was not measured cannot be the better one."""
    ratios = {peer: results.ratio(grpc("martlet"), grpc(target), cpu)
              for peer, target in (("nginx", "nginx"), ("HAProxy", "haproxy"))}
    measured = {peer: value for peer, value in ratios.items() if value is not None}
    reach = "≤ 1.00 × the better of nginx's and HAProxy's pair"
    if not measured:
        return Figure(name, reach, "not measured", None)
    better = max(measured, key=measured.__getitem__)
    return Figure(name, reach, f"{measured[better]:.2f} × {better}'s", measured[better] <= 1.0)


def added_p99(results: Results) -> Figure:
    def added(target: str) -> float | None:
        return results.difference(pair_rate(target), pair_rate("direct"), lambda row: row.p99_ms)

    name, ours, theirs = f"added p99 through a pair at {FIXED_RATE:,} requests/s", added("martlet"), added("haproxy")
    reach = f"< {ADDED_P99_LIMIT_MS:.0f} ms and ≤ HAProxy's"
    if ours is None or theirs is None:
        return Figure(name, reach, "not measured", None)
    return Figure(name, f"{reach} {theirs:.3f} ms", f"{ours:.3f} ms", ours < ADDED_P99_LIMIT_MS and ours <= theirs)


def resumed(results: Results) -> Figure:
    """What was not resumed was a full handshake, and must not pass for the other kind on either side."""
    ours, theirs = handshakes("resumed", "martlet"), handshakes("resumed", "haproxy")
    figure = at_least(HANDSHAKES_NAME.format(kind="resumed"), 1.0, results.ratio(ours, theirs, per_core), ".2f", " × HAProxy")
    shares = [results.median(key, lambda row: row.extra.get("resumed_share")) or 0 for key in (ours, theirs)]
    if figure.ok is None or min(shares) >= RESUMED_SHARE:
        return figure
    said = f"{figure.got}, but {shares[0]:.0%} of Martlet's and {shares[1]:.0%} of HAProxy's were resumed"
    return Figure(figure.name, figure.reach, said, False)
