import http.server
import json
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from harness.load import build_driver, is_whole, parse_wrk
from harness.processes import HarnessError
from harness.scrape import scrape_windows
from harness.targets import metric_total

ROOT = Path(__file__).resolve().parent.parent.parent


class ParserTests(unittest.TestCase):
    def test_wrks_report_is_found_between_its_other_lines(self) -> None:
        self.assertEqual(parse_wrk('Running 1s test\nwrk-report {"requests": 7}\n'), {"requests": 7})
        with self.assertRaises(HarnessError):
            parse_wrk("unable to connect")

    def test_a_response_is_whole_at_its_last_byte_only(self) -> None:
        response = b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc"
        self.assertEqual([is_whole(response[:size]) for size in range(len(response) + 1)],
                         [False] * len(response) + [True])

    def test_a_family_is_summed_over_its_series_and_over_no_other_family(self) -> None:
        text = 'a_total{reason="x"} 2\na_total{reason="y"} 3\na_total_more 9\n# HELP a_total 7\n'
        self.assertEqual(metric_total(text, "a_total"), 5)

    def test_requests_due_in_a_scrape_are_told_from_those_in_the_pause_after_it(self) -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as log:
            for due_ms, latency_us in ((1000, 100), (1005, 900), (1100, 200), (1105, 150), (1205, 300)):
                log.write(f"{due_ms * 1000} {latency_us}\n")
            log.flush()
            windows = scrape_windows(Path(log.name), [(1.000, 1.010), (1.200, 1.210)])
        self.assertEqual(windows, (0.9, 0.2))


class ConstantRateTests(unittest.TestCase):
    def test_the_driver_sends_what_is_due_and_counts_the_wait_for_a_connection(self) -> None:
        with slow_server(seconds=0.02) as port:
            result = self.drive(port, "--rate", "100", "--connections", "1", "--duration", "0.4")
        # One connection at 20 ms a request serves 50 a second, so of 100 a second the last waits about 0.4 s.
        self.assertEqual((result["sent"], result["errors"]), (40, 0))
        self.assertGreater(result["waited_for_a_connection"], 30)
        self.assertGreater(result["latency"]["max_us"], 300_000)

    def test_a_port_without_a_listener_is_a_clear_error(self) -> None:
        done = subprocess.run([build_driver(ROOT, "constant_rate"), "--port", "1"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr, "constant-rate: cannot connect to 127.0.0.1:1: Connection refused\n")

    def drive(self, port: int, *options: str) -> dict:
        command = [str(build_driver(ROOT, "constant_rate")), "--port", str(port), "--warm-up", "0", *options]
        return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


class slow_server:
    """A server that answers each request after a fixed time."""

    def __init__(self, seconds: float):
        ended = threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                ended.wait(seconds)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    def __enter__(self) -> int:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self._server.server_address[1]

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


if __name__ == "__main__":
    unittest.main()
