"""Scrapes as Prometheus does, and what they do to the requests beside them."""

from __future__ import annotations

import gzip
import http.client
import threading
import time
from bisect import bisect_left
from contextlib import contextmanager
from pathlib import Path
from typing import Iterable, Iterator

from .load import open_and_ask
from .processes import HarnessError
from .targets import Running

# What Prometheus 2.42 sends.
ACCEPT = ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
          "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
WINDOW_MARGIN_SECONDS = 0.0005


class Scraper:
    """One keep-alive connection to an admin port."""

    def __init__(self, running: Running):
        assert running.admin_port is not None, "only Martlet is scraped"
        self._running = running
        self._admin_port = running.admin_port
        self._connection = http.client.HTTPConnection("127.0.0.1", self._admin_port, timeout=10)
        self.series = 0

    def scrape(self, encoding: str = "gzip") -> float:
        """Seconds that one scrape took."""
        started = time.monotonic()
        self._fetch(encoding)
        return time.monotonic() - started

    def text(self) -> str:
        return self._fetch("identity").decode()

    def count_series(self) -> int:
        self.series = sum(1 for line in gunzip(self._fetch("gzip")).splitlines() if line and not line.startswith(b"#"))
        return self.series

    def touch(self, services: Iterable[str]) -> None:
        """One request to each service through the outbound port, so that its series exist."""
        outbound = self._running.outbound_port
        assert outbound is not None, "only Martlet has an outbound port"
        for service in services:
            open_and_ask(outbound, f"GET / HTTP/1.1\r\nHost: {service}\r\nConnection: close\r\n\r\n".encode()).close()

    @contextmanager
    def every(self, pause: float) -> Iterator[list[tuple[float, float]]]:
        """Scrapes in a thread, on its own connection; yields the list of (start, end) that it fills."""
        times: list[tuple[float, float]] = []
        ended = threading.Event()
        failures: list[Exception] = []

        def work() -> None:
            while not ended.wait(pause):
                started = time.monotonic()
                try:
                    self._fetch("gzip")
                except (OSError, HarnessError) as error:
                    failures.append(error)
                    return
                times.append((started, time.monotonic()))

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield times
        finally:
            ended.set()
            thread.join()
        if failures:
            raise HarnessError(f"a scrape failed beside traffic: {failures[0]}")

    def _fetch(self, encoding: str) -> bytes:
        try:
            self._connection.request("GET", "/metrics", headers={"Accept": ACCEPT, "Accept-Encoding": encoding})
            response = self._connection.getresponse()
            body = response.read()
        except http.client.HTTPException as error:
            raise HarnessError(f"the admin port answered no HTTP: {error!r}") from error
        if response.status != 200:
            raise HarnessError(f"/metrics answered {response.status}")
        return body


def gunzip(body: bytes) -> bytes:
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


def scrape_windows(log: Path, scrapes: list[tuple[float, float]]) -> tuple[float, float]:
    """The worst latency in milliseconds of requests that were due during a scrape, and of those due in the quiet
    between two scrapes: for each scrape one equally long window, in the middle of the pause after it."""
    samples = [tuple(map(float, line.split())) for line in log.read_text().splitlines()]
    samples.sort()
    due = [sample[0] for sample in samples]

    def worst(start: float, end: float) -> float:
        first, last = bisect_left(due, start * 1e6), bisect_left(due, end * 1e6)
        return max((latency for _, latency in samples[first:last]), default=0.0) / 1000

    during, quiet = [], []
    for (start, end), (following, _) in zip(scrapes, scrapes[1:]):
        start -= WINDOW_MARGIN_SECONDS
        end += WINDOW_MARGIN_SECONDS
        middle, half = (end + following) / 2, (end - start) / 2
        during.append(worst(start, end))
        quiet.append(worst(middle - half, middle + half))
    if not during:
        raise HarnessError("no two scrapes ended beside the traffic")
    return max(during), max(quiet)
