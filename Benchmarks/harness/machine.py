"""The machine: what it is, which versions stand on it, which cores do what, and how much others disturb a measurement."""

from __future__ import annotations

import os
import platform
import re
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

PORT_RANGE = range(18_000, 20_000)  # below the kernel's range for outgoing connections


@dataclass(frozen=True)
class Cores:
    """Who may run where. `None` leaves the choice to the scheduler."""

    target: set[int] | None
    load: set[int] | None
    text: str

    @classmethod
    def split(cls) -> Cores:
        available = sorted(os.sched_getaffinity(0))
        first, others = available[0], set(available[1:])
        return cls({first}, others, f"target on core {first}; load, backend and collector on {_list(others)}")

    @classmethod
    def free(cls) -> Cores:
        count = len(os.sched_getaffinity(0))
        return cls(None, None, f"not pinned; the scheduler places everything on {count} cores")


def _list(cores: set[int]) -> str:
    return ("core " if len(cores) == 1 else "cores ") + ", ".join(map(str, sorted(cores)))


class Ports:
    """Hands out loopback ports that nobody listens on."""

    def __init__(self) -> None:
        self._candidates = iter(PORT_RANGE)

    def take(self) -> int:
        for port in self._candidates:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue
        self._candidates = iter(PORT_RANGE)
        return self.take()


@dataclass(frozen=True)
class MachineLoad:
    """CPU seconds of the whole machine so far, without idle time."""

    work: float
    stolen: float

    @classmethod
    def read(cls) -> MachineLoad:
        fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:]
        user, nice, system, _, _, interrupts, soft_interrupts, stolen = (int(field) / os.sysconf("SC_CLK_TCK") for field in fields[:8])
        return cls(user + nice + system + interrupts + soft_interrupts, stolen)


def can_split() -> bool:
    return len(os.sched_getaffinity(0)) > 1


def describe() -> dict[str, str]:
    model = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text(), re.MULTILINE)
    system = re.search(r'^PRETTY_NAME="?([^"\n]+)', Path("/etc/os-release").read_text(), re.MULTILINE)
    return {
        "processor": f"{model[1] if model else 'unknown'}, {len(os.sched_getaffinity(0))} cores",
        "memory": f"{int(memory[1]) / 1024 / 1024:.0f} GiB" if memory else "unknown",
        "system": f"{system[1] if system else 'unknown'}, Linux {platform.release()}, {platform.machine()}",
    }


def version(command: list[str], pattern: str) -> str:
    """The first group of `pattern` in what the command prints; some programs print their version on standard error."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    found = re.search(pattern, done.stdout + done.stderr)
    return found[1] if found else "unknown"
