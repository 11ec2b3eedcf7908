import json
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from harness.figures import Figure
from harness.catalogue import SCENARIOS
from harness.driver import build_driver
from harness.load import is_open
from harness.mesh_figures import mesh_figures
from harness.mesh_load import latencies_us, parse_h2load, rank
from harness.pairs import PAIRS, Service, call_body, call_succeeds, protocol, start_grpc_backend
from harness.machine import Cores
from harness.processes import CPUReading, HarnessError, ProcessGroup
from harness.report import Report
from harness.results import Results
from harness.scenarios import Row
from harness.targets import DEFAULT_TARGETS, TARGETS, Context

ROOT = Path(__file__).resolve().parent.parent.parent
H2LOAD = """requests: 1000 total, 1010 started, 1000 done, {succeeded} succeeded, 0 failed, 0 errored, 0 timeout
traffic: 20.88MB (21889747) total, 314.53KB (322080) headers (space savings 94.73%), 16.27MB ({data}) data
"""


def results(*rows: Row) -> Results:
    gathered = Results()
    for row in rows:
        gathered.add(1, row)
    return gathered


def figure(gathered: Results, name: str, reach: str) -> Figure:
    return next(each for each in mesh_figures(gathered) if name in each.name and reach in each.reach)


class MeshFigureTests(unittest.TestCase):
    def test_no_figure_is_reached_or_missed_before_it_was_measured(self) -> None:
        self.assertEqual([(each.got, each.ok) for each in mesh_figures(Results())], [("not measured", None)] * 11)

    def test_grpc_stands_beside_the_cheaper_of_two_peers(self) -> None:
        gathered = results(*(Row("grpc-unary", target, 16, cpu_us_per_request=used)
                             for target, used in (("martlet", 40), ("nginx", 160), ("haproxy", 32))))
        found = figure(gathered, "gRPC", "better")
        self.assertEqual((found.got, found.ok), ("1.25 × HAProxy's", False))

    def test_added_p99_must_be_below_a_millisecond_and_below_haproxys(self) -> None:
        def found(ours: float, theirs: float) -> Figure:
            rows = (("direct", 0.1), ("martlet", ours), ("haproxy", theirs))
            return figure(results(*(Row("pair-rate-2000", target, 32, p99_ms=p99) for target, p99 in rows)), "added p99", "1 ms")

        self.assertEqual(found(0.5, 0.6), Figure(
            "added p99 through a pair at 2,000 requests/s", "< 1 ms and ≤ HAProxy's 0.500 ms", "0.400 ms", True))
        self.assertEqual([found(0.6, 0.5).ok, found(1.1, 9.0).ok], [False, False])

    def test_handshakes_are_compared_per_second_of_cpu(self) -> None:
        for ours, got, ok in ((400, "1.25 × HAProxy", True), (1000, "0.50 × HAProxy", False)):
            gathered = results(
                Row("handshakes-resumed", "martlet", 16, cpu_us_per_request=ours, extra={"resumed_share": 0.98}),
                Row("handshakes-resumed", "haproxy", 16, cpu_us_per_request=500, extra={"resumed_share": 0.96}))
            found = figure(gathered, "resumed", "HAProxy")
            self.assertEqual((found.got, found.ok), (got, ok))

    def test_full_handshakes_do_not_pass_for_resumed_ones(self) -> None:
        for ours, theirs, words in ((0.0, 1.0, "0% of Martlet's and 100% of HAProxy's"),
                                    (1.0, 0.5, "100% of Martlet's and 50% of HAProxy's")):
            gathered = results(
                Row("handshakes-resumed", "martlet", 16, cpu_us_per_request=400, extra={"resumed_share": ours}),
                Row("handshakes-resumed", "haproxy", 16, cpu_us_per_request=800, extra={"resumed_share": theirs}))
            found = figure(gathered, "resumed", "HAProxy")
            self.assertEqual((found.got, found.ok), (f"2.00 × HAProxy, but {words} were resumed", False))

    def test_the_report_shows_each_table_of_the_mesh_that_was_measured(self) -> None:
        gathered = results(
            Row("pair-mtls", "martlet", 64, cpu_us_per_request=30), Row("pair-mtls", "haproxy", 64, cpu_us_per_request=60),
            Row("handshakes-full", "martlet", 16, cpu_us_per_request=500, extra={"resumed": 0, "resumed_share": 0.0}),
            Row("memory-mtls", "martlet", 0, rss_mib=12),
            Row("memory-mtls", "martlet", 1000, rss_mib=32, extra={"kib_per_connection": 20.48}))
        text = Report(gathered, mesh_figures(gathered), {}, []).markdown()
        self.assertIn("### Two sidecars with mutual TLS, 64 connections", text)
        self.assertIn("0.50 × HAProxy's pair | yes |", text)
        self.assertRegex(text, r"### TLS handshakes, full.*\n\n.*\n.*\n\| martlet +\| +2,000 \| +500\.0 \|")
        self.assertRegex(text, r"### Memory of one end with mutual TLS\n\n.*\n.*\n\| martlet +\| +12\.0 \| +32\.0 \| +20\.48 \|")


class MeshLoadTests(unittest.TestCase):
    def test_a_call_without_a_message_is_a_failure_whatever_its_status(self) -> None:
        self.assertEqual(parse_h2load(H2LOAD.format(succeeded=1000, data=106_000)),
                         {"requests": 1000, "failures": 0, "bytes": 106_000})
        self.assertEqual(parse_h2load(H2LOAD.format(succeeded=990, data=98_000))["failures"], 10 + 66)
        with self.assertRaisesRegex(HarnessError, "h2load printed no result: no connection"):
            parse_h2load("no connection")

    def test_latencies_are_the_third_column_in_ascending_order(self) -> None:
        with tempfile.NamedTemporaryFile("w") as log:
            log.write("1\t200\t30\n2\t200\t10\n3\t200\t20\n")
            log.flush()
            latencies = latencies_us(Path(log.name))
        self.assertEqual((latencies, rank(latencies, 0.5), rank(latencies, 0.99)), ([10, 20, 30], 20, 30))

    def test_a_pair_is_the_sum_of_its_processes_and_ends_with_either(self) -> None:
        class Member:
            def __init__(self, used: int, has_ended: bool):
                self.used, self.has_ended = used, has_ended

            def cpu(self) -> CPUReading:
                return CPUReading(self.used, 1, 2)

            def resident_bytes(self) -> int:
                return self.used

        group = ProcessGroup(Member(10, False), Member(5, True))
        self.assertEqual((group.cpu(), group.resident_bytes(), group.has_ended), (CPUReading(15, 2, 4), 15, True))


class PairTests(unittest.TestCase):
    def test_every_pair_is_measured_in_a_run_without_options(self) -> None:
        self.assertLessEqual(set(PAIRS), set(DEFAULT_TARGETS))
        measured = {name: [each for each in DEFAULT_TARGETS if scenario.measures(TARGETS[each])]
                    for name, scenario in SCENARIOS.items()}
        self.assertEqual(measured["pair-mtls"], ["haproxy", "envoy", "martlet"])
        self.assertEqual(measured["pair-rate"], ["direct", "haproxy", "envoy", "martlet"])
        self.assertEqual(measured["grpc-unary"], ["haproxy", "nginx", "envoy", "martlet"])
        self.assertEqual(measured["handshakes"], ["haproxy", "martlet"])
        self.assertEqual(measured["tcp"], ["haproxy", "martlet"])

    def test_haproxy_is_told_of_http2_where_no_tls_tells_it(self) -> None:
        self.assertEqual([protocol(Service(1)), protocol(Service(1, is_grpc=True))], ["", "proto h2"])

    def test_the_service_answers_a_call_with_message_and_trailers(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            context = Context(ROOT, Path(directory), Cores.free())
            self.assertEqual(call_body(context).read_bytes()[:6], b"\0\0\0\0\x65m")
            service, process = start_grpc_backend(context)
            self.addCleanup(process.stop)
            self.assertTrue(call_succeeds(service.port, "anyone", context))
            process.stop()
            self.assertFalse(call_succeeds(service.port, "anyone", context))


class HandshakeTests(unittest.TestCase):
    """The driver against Python's TLS, which wants a certificate of one authority."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.directory = Path(scratch.name)
        for name in ("known", "stranger"):
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                 "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem"],
                cwd=self.directory, check=True, capture_output=True)

    def drive(self, server: "TLSServer", name: str, *options: str) -> subprocess.CompletedProcess:
        command = [build_driver(ROOT, "handshakes"), "--port", str(server.port), "--chain", f"{name}.pem", "--key", f"{name}.key",
                   "--connections", "2", "--duration", "0.2", *options]
        return subprocess.run(command, cwd=self.directory, capture_output=True, text=True, timeout=60)

    def test_every_handshake_that_is_counted_was_finished_by_the_server(self) -> None:
        with TLSServer(self.directory) as server:
            result = json.loads(self.drive(server, "known").stdout)
        self.assertGreater(result["handshakes"], 0)
        self.assertEqual((result["handshakes"], result["resumed"], result["failed"]), (server.finished, 0, 0))

    def test_a_ticket_is_used_when_it_is_asked_for(self) -> None:
        with TLSServer(self.directory) as server:
            result = json.loads(self.drive(server, "known", "--resume").stdout)
        self.assertGreater(result["resumed"], 0)
        self.assertEqual((result["resumed"], result["failed"]), (server.resumed, 0))

    def test_a_client_that_the_server_refuses_is_a_failure(self) -> None:
        with TLSServer(self.directory) as server:
            done = self.drive(server, "stranger")
        self.assertEqual((done.returncode, server.finished), (1, 0))
        self.assertIn("handshakes: no handshake succeeded: after Finished: ", done.stderr)

    def test_an_idle_tls_connection_is_open_until_the_server_ends_it(self) -> None:
        client = ssl.create_default_context(cafile=self.directory / "known.pem")
        client.check_hostname = False
        client.load_cert_chain(self.directory / "known.pem", self.directory / "known.key")
        with TLSServer(self.directory) as server:
            with client.wrap_socket(socket.create_connection(("127.0.0.1", server.port))) as connection:
                connection.settimeout(30)
                self.assertTrue(is_open(connection))
                connection.settimeout(30)
                connection.sendall(b"x")  # the server ends a connection that says something
                self.assertEqual(connection.recv(1), b"")
                self.assertFalse(is_open(connection))


class TLSServer:
    """Finishes handshakes with known clients, and ends each connection as its client does, or at its first byte."""

    def __init__(self, directory: Path):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(directory / "known.pem", directory / "known.key")
        self._context.load_verify_locations(directory / "known.pem")
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self.port = self._listener.getsockname()[1]
        self.finished = self.resumed = 0

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with self._context.wrap_socket(connection, server_side=True) as tls:
                with self._lock:
                    self.finished += 1
                    self.resumed += tls.session_reused
                tls.recv(1)
        except OSError:
            connection.close()

    def __enter__(self) -> "TLSServer":
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        for thread in self._threads:
            thread.join(30)


if __name__ == "__main__":
    unittest.main()
