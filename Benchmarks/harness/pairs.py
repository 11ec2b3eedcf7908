"""Two sidecars of one kind before a service: client → outbound → mutual TLS with HTTP/2 → inbound → service."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

from .driver import build_driver
from .identities import CALLEE, CALLER, identity
from .processes import HarnessError, Process, ProcessGroup
from .targets import TARGETS, Context, Martlet, Peer, Running, Target, answers, nginx_command, start_until

CALL_PATH = "/bench.Echo/Unary"
CALL_BODY_BYTES = 101
GRPC_HEADERS = ("content-type: application/grpc", "te: trailers")


@dataclass(frozen=True)
class Service:
    """What stands behind the pair, and how it and its callers speak."""

    port: int
    is_grpc: bool = False

    def answers_through(self, port: int, authority: str, context: Context) -> bool:
        return call_succeeds(port, authority, context) if self.is_grpc else answers(port, host=authority)


class Pair:
    """How one kind of proxy is started as both sidecars, or as the inbound one alone."""

    carries_http1 = True

    def __init__(self, target: str):
        self.target: Target = TARGETS[target]

    def start(self, context: Context, service: Service) -> Running:
        running = Running(self.target, context, 0, None)
        try:
            inbound_port, inbound = self.inbound(running, context, service)
            running.port, outbound = self.outbound(running, context, service, inbound_port)
            running.process = ProcessGroup(outbound, inbound)
        except BaseException:
            running.close()
            raise
        return running

    def start_inbound(self, context: Context, service: Service) -> Running:
        running = Running(self.target, context, 0, None)
        try:
            running.port, running.process = self.inbound(running, context, service)
        except BaseException:
            running.close()
            raise
        return running

    def inbound(self, running: Running, context: Context, service: Service) -> tuple[int, Process]:
        port = context.ports.take()
        command = self.inbound_command(context, service, port)
        return port, self._start(running, context, "inbound", command, lambda: accepts(port))

    def outbound(self, running: Running, context: Context, service: Service, inbound_port: int) -> tuple[int, Process]:
        port = context.ports.take()
        command = self.outbound_command(context, service, port, inbound_port)
        return port, self._start(running, context, "outbound", command,
                                 lambda: service.answers_through(port, running.authority, context))

    def inbound_command(self, context: Context, service: Service, port: int) -> list[str]:
        raise NotImplementedError

    def outbound_command(self, context: Context, service: Service, port: int, inbound_port: int) -> list[str]:
        raise NotImplementedError

    def _start(self, running: Running, context: Context, role: str, command: list[str],
               ready: Callable[[], bool]) -> Process:
        name = f"{self.target.name}-{role}"
        return running.owns(start_until(name, command, context, context.cores.target, ready))


class HAProxyPair(Pair):
    target: Peer

    def inbound_command(self, context: Context, service: Service, port: int) -> list[str]:
        return self._command(context, "haproxy-inbound.cfg", port=port, service_port=service.port,
                             protocol=protocol(service), **identity(context, CALLEE).values())

    def outbound_command(self, context: Context, service: Service, port: int, inbound_port: int) -> list[str]:
        return self._command(context, "haproxy-outbound.cfg", port=port, inbound_port=inbound_port,
                             protocol=protocol(service), peer=identity(context, CALLEE).dns_name,
                             **identity(context, CALLER).values())

    def _command(self, context: Context, template: str, **values: object) -> list[str]:
        return [self.target.program(context) or "", "-db", "-f", str(context.render(template, **values))]


def protocol(service: Service) -> str:
    """HAProxy speaks HTTP/2 without TLS only where it is told to."""
    return "proto h2" if service.is_grpc else ""


class EnvoyPair(Pair):
    target: Peer

    def inbound_command(self, context: Context, service: Service, port: int) -> list[str]:
        version = "http2_protocol_options" if service.is_grpc else "http_protocol_options"
        return self._command(context, "envoy-inbound.yaml", port=port, service_port=service.port,
                             service_protocol=version, **identity(context, CALLEE).values())

    def outbound_command(self, context: Context, service: Service, port: int, inbound_port: int) -> list[str]:
        return self._command(context, "envoy-outbound.yaml", port=port, inbound_port=inbound_port,
                             peer=identity(context, CALLEE).dns_name, **identity(context, CALLER).values())

    def _command(self, context: Context, template: str, **values: object) -> list[str]:
        return [self.target.program(context) or "", "-c", str(context.render(template, **values)),
                "--concurrency", "1", "--disable-hot-restart", "--log-level", "error"]


class NginxPair(Pair):
    """`grpc_pass` is nginx's only way to speak HTTP/2 to an upstream: one call at a time on each connection."""

    carries_http1 = False
    target: Peer

    def inbound_command(self, context: Context, service: Service, port: int) -> list[str]:
        return self._command(context, "nginx-inbound.conf", port=port, service_port=service.port,
                             **identity(context, CALLEE).values())

    def outbound_command(self, context: Context, service: Service, port: int, inbound_port: int) -> list[str]:
        return self._command(context, "nginx-outbound.conf", port=port, inbound_port=inbound_port,
                             peer=identity(context, CALLEE).dns_name, **identity(context, CALLER).values())

    def _command(self, context: Context, template: str, **values: object) -> list[str]:
        return nginx_command(self.target.program(context), context, context.render(template, **values))


class MartletPair(Pair):
    """Both proxies with every metric on, and one live collector that takes the spans of both."""

    target: Martlet

    def inbound(self, running: Running, context: Context, service: Service) -> tuple[int, Process]:
        self._collector = self.target.start_collector(running, context)
        return super().inbound(running, context, service)

    def outbound(self, running: Running, context: Context, service: Service, inbound_port: int) -> tuple[int, Process]:
        running.authority = CALLEE
        return super().outbound(running, context, service, inbound_port)

    def inbound_command(self, context: Context, service: Service, port: int) -> list[str]:
        return self._command(
            context, CALLEE, "--inbound", f"127.0.0.1:{port}", "--forward", f"127.0.0.1:{service.port}",
            "--inbound-tls", "required")

    def outbound_command(self, context: Context, service: Service, port: int, inbound_port: int) -> list[str]:
        return self._command(
            context, CALLER, "--outbound", f"127.0.0.1:{port}", "--target", f"{CALLEE}=127.0.0.1:{inbound_port}",
            "--target-identity", f"{CALLEE}={identity(context, CALLEE).spiffe_id}")

    def _command(self, context: Context, name: str, *role: str) -> list[str]:
        files = identity(context, name)
        return self._plain_command(context, name, *role) + [
            "--identity-key", str(files.key), "--identity-chain", str(files.chain), "--trust-bundle", str(files.bundle)]

    def _plain_command(self, context: Context, name: str, *role: str) -> list[str]:
        return [
            str(context.release("martlet-proxy")), "--name", name, *role, "--admin", f"127.0.0.1:{context.ports.take()}",
            "--collector", f"http://127.0.0.1:{self._collector}", "--sampling-rate", str(self.target.sampling_rate),
            "--workers", "1", "--access-log", "none", "--idle-timeout", "1h",  # as the peers
        ]


PAIRS: dict[str, Pair] = {
    pair.target.name: pair
    for pair in (HAProxyPair("haproxy"), NginxPair("nginx"), EnvoyPair("envoy"), MartletPair("martlet"))
}


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def call_body(context: Context) -> Path:
    """One gRPC message that is not compressed: a flag, its length in four bytes, itself."""
    path = context.directory / "call.bin"
    if not path.exists():
        path.write_bytes(b"\0" + CALL_BODY_BYTES.to_bytes(4, "big") + b"m" * CALL_BODY_BYTES)
    return path


def call_succeeds(port: int, authority: str, context: Context) -> bool:
    """Whether a call comes back with its trailers; h2load counts by the status of the head alone."""
    headers = [word for header in (*GRPC_HEADERS, f":authority: {authority}") for word in ("--header", header)]
    command = ["nghttp", "--verbose", "--null-out", "--timeout", "2", "--data", str(call_body(context)), *headers,
               f"http://127.0.0.1:{port}{CALL_PATH}"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=5, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        raise HarnessError("nghttp is not installed; run scripts/bootstrap bench") from None
    except subprocess.TimeoutExpired:
        return False
    return b"grpc-status: 0" in done.stdout


def start_grpc_backend(context: Context) -> tuple[Service, Process]:
    program = str(build_driver(context.root, "grpc_backend"))
    port = context.ports.take()
    process = start_until("grpc-backend", [program, str(port)], context, context.cores.load,
                          lambda: call_succeeds(port, "backend", context))
    return Service(port, is_grpc=True), process
