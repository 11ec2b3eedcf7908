"""Opaque TCP: one proxy that carries bytes as they are, and two with mutual TLS between them."""

from __future__ import annotations

from typing import Iterator

from .identities import CALLEE, CALLER, identity
from .pairs import HAProxyPair, MartletPair, Pair, Service
from .scenarios import Row, Scenario, Stage, big_bodies
from .targets import Context, Running, Target


class TCPPair(Pair):
    """A pair whose outbound half can stand alone, without TLS."""

    def start_plain(self, context: Context, service: Service) -> Running:
        running = Running(self.target, context, context.ports.take(), None)
        try:
            command = self.plain_command(running, context, service)
            running.process = self._start(running, context, "plain", command, lambda: service.answers_through(
                running.port, running.authority, context))
        except BaseException:
            running.close()
            raise
        return running

    def plain_command(self, running: Running, context: Context, service: Service) -> list[str]:
        raise NotImplementedError


class HAProxyTCP(TCPPair, HAProxyPair):
    def inbound_command(self, context: Context, service: Service, port: int) -> list[str]:
        files = identity(context, CALLEE)
        tls = f"ssl crt {files.certificate} ca-file {files.bundle} verify required ssl-min-ver TLSv1.3"
        return self._command(context, "haproxy-tcp.cfg", port=port, upstream_port=service.port, client_tls=tls, server_tls="")

    def outbound_command(self, context: Context, service: Service, port: int, inbound_port: int) -> list[str]:
        files, peer = identity(context, CALLER), identity(context, CALLEE)
        tls = (f"ssl crt {files.certificate} ca-file {files.bundle} verify required sni str({peer.dns_name}) "
               "ssl-min-ver TLSv1.3")
        return self._command(context, "haproxy-tcp.cfg", port=port, upstream_port=inbound_port, client_tls="", server_tls=tls)

    def plain_command(self, running: Running, context: Context, service: Service) -> list[str]:
        return self._command(
            context, "haproxy-tcp.cfg", port=running.port, upstream_port=service.port, client_tls="", server_tls="")


class MartletTCP(TCPPair, MartletPair):
    def outbound_command(self, context: Context, service: Service, port: int, inbound_port: int) -> list[str]:
        return self._command(
            context, CALLER, *listener(context, port, inbound_port),
            "--target-identity", f"{CALLEE}={identity(context, CALLEE).spiffe_id}")

    def plain_command(self, running: Running, context: Context, service: Service) -> list[str]:
        self._collector = self.target.start_collector(running, context)
        return self._plain_command(context, CALLER, *listener(context, running.port, service.port))


def listener(context: Context, port: int, upstream_port: int) -> list[str]:
    """The outbound port of HTTP is there whether it is used or not."""
    return ["--outbound", f"127.0.0.1:{context.ports.take()}", "--outbound-tcp", f"127.0.0.1:{port}={CALLEE}",
            "--target", f"{CALLEE}=127.0.0.1:{upstream_port}"]


TCP_PAIRS: dict[str, TCPPair] = {pair.target.name: pair for pair in (HAProxyTCP("haproxy"), MartletTCP("martlet"))}


class OpaqueTCP(Scenario):
    name = "tcp"
    help = "1 MiB bodies over opaque TCP, through one proxy and through two with mutual TLS: throughput"

    def measures(self, target: Target) -> bool:
        return target.name in TCP_PAIRS

    def run(self, stage: Stage, target: Target) -> Iterator[Row]:
        pair, service = TCP_PAIRS[target.name], Service(stage.context.backend_port)
        for kind, start in (("plain", pair.start_plain), ("mtls", pair.start)):
            with start(stage.context, service) as running:
                yield big_bodies(f"tcp-{kind}", stage, running)
