"""What drives a target: wrk for closed loops, the constant-rate driver for latency, plain sockets for idle connections."""

from __future__ import annotations

import json
import resource
import shutil
import socket
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .driver import DRIVER_SOURCES, build_driver
from .processes import HarnessError, prepare_child
from .targets import Context, Running

REPORT_MARK = "wrk-report "


@dataclass(frozen=True)
class LoadResult:
    requests: int
    requests_per_second: float
    p50_us: float
    p99_us: float
    max_us: float
    bytes: int = 0
    late_p99_us: float = 0.0  # how late the driver itself was

    @property
    def p50_ms(self) -> float:
        return self.p50_us / 1000

    @property
    def p99_ms(self) -> float:
        return self.p99_us / 1000


class Load:
    """The load generators, on their cores."""

    def __init__(self, context: Context):
        self._context = context
        self._wrk = shutil.which("wrk")
        if self._wrk is None:
            raise HarnessError("wrk is not installed; run scripts/bootstrap bench")
        self._driver = build_driver(context.root, "constant_rate")

    def closed_loop(self, running: Running, connections: int, seconds: float, path: str = "/") -> LoadResult:
        """Each connection sends its next request when the last one was answered."""
        command = [
            self._wrk, "--threads", "1", "--connections", str(connections), "--duration", wrk_duration(seconds),
            "--timeout", "10s", "--header", f"Host: {running.authority}", "--script",
            str(DRIVER_SOURCES / "wrk_report.lua"), f"http://127.0.0.1:{running.port}{path}",
        ]
        self._context.commands[f"wrk {connections} {path}"] = command  # the last one: warm-ups come first
        result = parse_wrk(self.run(command))
        check(running.target.name, result["requests"], result["errors"] + result["wrong_status"])
        return LoadResult(
            requests=result["requests"],
            requests_per_second=result["requests"] / result["duration_us"] * 1e6,
            p50_us=result["p50_us"], p99_us=result["p99_us"], max_us=result["max_us"], bytes=result["bytes"])

    def constant_rate(self, running: Running, rate: int, connections: int, seconds: float, warm_up: float = 1.0,
                      log: Path | None = None) -> LoadResult:
        """Requests are due at fixed instants, whatever the target does; warm-up requests are sent but not counted."""
        command = self._constant_rate_command(running, rate, connections, seconds, warm_up, log)
        self._context.started("constant-rate", command)
        result = json.loads(self.run(command))
        check(running.target.name, result["requests"], result["errors"] + result["wrong_status"])
        latency = result["latency"]
        return LoadResult(
            requests=result["sent"], requests_per_second=result["requests_per_second"],
            p50_us=latency["p50_us"], p99_us=latency["p99_us"], max_us=latency["max_us"],
            late_p99_us=result["lateness"]["p99_us"])

    def _constant_rate_command(self, running: Running, rate: int, connections: int, seconds: float, warm_up: float,
                               log: Path | None) -> list[str]:
        command = [
            str(self._driver), "--port", str(running.port), "--authority", running.authority, "--rate", str(rate),
            "--connections", str(connections), "--duration", str(seconds), "--warm-up", str(warm_up),
        ]
        return command + (["--log", str(log)] if log else [])

    def run(self, command: list[str]) -> str:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True, preexec_fn=lambda: prepare_child(self._context.cores.load))
        try:
            output, complaint = process.communicate()
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.returncode != 0:
            raise HarnessError(f"{Path(command[0]).name} failed: {(complaint or output).strip()}")
        return output


def wrk_duration(seconds: float) -> str:
    """wrk counts whole seconds only."""
    return f"{max(1, round(seconds))}s"


def parse_wrk(output: str) -> dict:
    for line in output.splitlines():
        if line.startswith(REPORT_MARK):
            return json.loads(line.removeprefix(REPORT_MARK))
    raise HarnessError(f"wrk printed no report: {output.strip()[-300:]}")


def check(name: str, requests: int, failures: int) -> None:
    """A target that fails requests is cheaper than one that serves them, so its figures would be a lie."""
    if requests == 0:
        raise HarnessError(f"{name} answered no request")
    if failures:
        raise HarnessError(f"{name} failed {failures} of {requests} requests")


class IdleConnections:
    """Keep-alive connections that each had one request answered and then say nothing."""

    def __init__(self, running: Running, count: int, tls: ssl.SSLContext | None = None):
        self._sockets: list[socket.socket] = []
        request = f"GET / HTTP/1.1\r\nHost: {running.authority}\r\n\r\n".encode()
        try:
            for _ in range(count):
                self._sockets.append(open_and_ask(running.port, request, tls))
        except OSError as error:
            self.close()
            raise HarnessError(
                f"{running.target.name} refused idle connection {len(self._sockets) + 1} of {count}: {error}") from error

    def still_open(self) -> int:
        return sum(1 for connection in self._sockets if is_open(connection))

    def close(self) -> None:
        for connection in self._sockets:
            connection.close()
        self._sockets.clear()

    def __enter__(self) -> IdleConnections:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_and_ask(port: int, request: bytes, tls: ssl.SSLContext | None = None) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    try:
        if tls is not None:
            connection = tls.wrap_socket(connection)
        connection.sendall(request)
        received = b""
        while not is_whole(received):
            chunk = connection.recv(65_536)
            if not chunk:
                raise OSError("closed before the response was whole")
            received += chunk
    except BaseException:
        connection.close()
        raise
    return connection


def is_whole(response: bytes) -> bool:
    """Whether a response with Content-Length is complete; nothing else frames the backend's small body."""
    head, mark, body = response.partition(b"\r\n\r\n")
    if not mark:
        return False
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return len(body) >= int(value)
    raise OSError("response without Content-Length")


def is_open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        # TLS knows no peeking; nothing is due on an idle connection, so nothing is lost.
        flags = 0 if isinstance(connection, ssl.SSLSocket) else socket.MSG_PEEK
        return connection.recv(1, flags) != b""
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False


def allow_open_files(count: int) -> None:
    """The harness itself holds the idle connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
