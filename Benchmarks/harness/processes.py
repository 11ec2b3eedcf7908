"""Processes that the benchmark starts: pinned, watched, measured from /proc, and ended by process id."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

START_LIMIT_SECONDS = 15.0
STOP_LIMIT_SECONDS = 5.0
OPEN_FILES = 65_536
PR_SET_PDEATHSIG = 1
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")

_libc = ctypes.CDLL(None, use_errno=True)


class HarnessError(Exception):
    """Something that the person who runs the benchmark can act on; the text says what, where and what to do."""


@dataclass(frozen=True)
class CPUReading:
    """CPU time that a process and its children have used so far."""

    total_nanoseconds: int
    user_ticks: int
    system_ticks: int

    def __add__(self, other: CPUReading) -> CPUReading:
        return CPUReading(
            self.total_nanoseconds + other.total_nanoseconds,
            self.user_ticks + other.user_ticks,
            self.system_ticks + other.system_ticks,
        )

    def since(self, earlier: CPUReading) -> CPUTime:
        total = (self.total_nanoseconds - earlier.total_nanoseconds) / 1000
        user = self.user_ticks - earlier.user_ticks
        system = self.system_ticks - earlier.system_ticks
        share = user / (user + system) if user + system else 0.0
        return CPUTime(total_us=total, user_us=total * share, system_us=total * (1 - share))


@dataclass(frozen=True)
class CPUTime:
    """CPU time of an interval. The total is exact; its split follows the kernel's own user and system counters."""

    total_us: float
    user_us: float
    system_us: float

    def per(self, count: int) -> CPUTime:
        return CPUTime(self.total_us / count, self.user_us / count, self.system_us / count)


NO_CPU = CPUReading(0, 0, 0)


def read_cpu(pid: int) -> CPUReading:
    """One process, all threads, ended ones too.

    The total is the process's CPU clock (the clock id that clock_getcpuclockid(3) computes): nanoseconds, exact. User and
    system come from /proc/PID/stat in ticks of 10 ms and only divide that total.
    """
    total = time.clock_gettime_ns((~pid << 3) | 2)
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return CPUReading(total, int(fields[11]), int(fields[12]))


def resident_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def child_pids(pid: int) -> list[int]:
    """The process and all that descend from it, itself first."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found.extend(int(child) for child in task.read_text().split())
            except OSError:
                continue
    return found


class Process:
    """One started program with its children."""

    def __init__(self, name: str, command: list[str], directory: Path, cores: set[int] | None):
        self.name = name
        self.command = command
        self.log_path = directory / f"{name}.log"
        self.directory = directory
        self._cores = cores
        self._popen: subprocess.Popen | None = None

    @property
    def pid(self) -> int:
        assert self._popen is not None, f"{self.name} was not started"
        return self._popen.pid

    @property
    def has_ended(self) -> bool:
        return self._popen is not None and self._popen.poll() is not None

    def start(self) -> None:
        with self.log_path.open("ab") as log:
            self._popen = subprocess.Popen(
                self.command,
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches the benchmark alone, which then ends each process itself
                preexec_fn=lambda: prepare_child(self._cores),
            )

    def wait_until(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while not ready():
            if self.has_ended:
                raise HarnessError(f"{self.name} ended before it answered: {self.last_words()}")
            if time.monotonic() > deadline:
                raise HarnessError(f"{self.name} did not answer within {START_LIMIT_SECONDS:.0f} s: {self.last_words()}")
            time.sleep(0.02)

    def last_words(self) -> str:
        lines = self.log_path.read_text(errors="replace").strip().splitlines()
        return " / ".join(lines[-3:]) if lines else f"it said nothing ({' '.join(self.command)})"

    def cpu(self) -> CPUReading:
        if self.has_ended:
            raise HarnessError(f"{self.name} ended during a measurement: {self.last_words()}")
        reading = NO_CPU
        for pid in child_pids(self.pid):
            reading += read_cpu(pid)
        return reading

    def resident_bytes(self) -> int:
        return sum(resident_bytes(pid) for pid in child_pids(self.pid))

    def give_way(self) -> None:
        """From now on it takes only the time of its cores that nobody else wants."""
        for thread in Path(f"/proc/{self.pid}/task").iterdir():
            os.sched_setscheduler(int(thread.name), os.SCHED_IDLE, os.sched_param(0))

    def stop(self) -> None:
        """Asks the process to end, then ends it; every process id that it had started is gone afterwards."""
        if self._popen is None:
            return
        family = child_pids(self.pid) if not self.has_ended else [self.pid]
        if not self.has_ended:
            self._popen.send_signal(signal.SIGTERM)
        try:
            self._popen.wait(STOP_LIMIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        for pid in family[1:]:
            _end_leftover(pid, session=family[0])
        self._popen = None


class ProcessGroup:
    """Programs that are measured as one, such as the two sidecars of a call."""

    def __init__(self, *members: Process):
        self.members = members

    @property
    def has_ended(self) -> bool:
        return any(member.has_ended for member in self.members)

    def cpu(self) -> CPUReading:
        return sum((member.cpu() for member in self.members), NO_CPU)

    def resident_bytes(self) -> int:
        return sum(member.resident_bytes() for member in self.members)


def _end_leftover(pid: int, session: int) -> None:
    try:
        # A recycled process id would not be in the session that this process opened.
        if os.getsid(pid) == session:
            os.kill(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def prepare_child(cores: set[int] | None) -> None:
    """Runs in the child before exec: ends with its parent, may open many files, stays on its cores."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    limit = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    if cores:
        os.sched_setaffinity(0, cores)
