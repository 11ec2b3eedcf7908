"""hyper's h2 as the client of a SocketServer: client.py PORT. Prints one JSON object, a result for each scenario."""
import collections
import json
import socket
import sys

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.settings


class Client:
    def __init__(self, port, settings=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding="utf-8"))
        if settings:
            self.connection.local_settings = h2.settings.Settings(client=True, initial_values=settings)
        self.connection.initiate_connection()
        self.streams = collections.defaultdict(lambda: {"body": b"", "hints": [], "trailers": {}, "ended": False, "reset": None})
        self.pings = []
        self.received = b""
        self.last_stream = None
        self.closed = False
        self.flush()

    def flush(self):
        self.socket.sendall(self.connection.data_to_send())

    def request(self, path, method="GET", body=None, trailers=None, extra=()):
        stream = self.connection.get_next_available_stream_id()
        head = [(":method", method), (":scheme", "http"), (":authority", "test"), (":path", path), *extra]
        self.connection.send_headers(stream, head, end_stream=body is None and not trailers)
        self.pending = body or b""
        while self.pending:
            room = min(self.connection.local_flow_control_window(stream), self.connection.max_outbound_frame_size)
            if room == 0:
                self.flush()
                self.read()
                continue
            piece, self.pending = self.pending[:room], self.pending[room:]
            self.connection.send_data(stream, piece, end_stream=not self.pending and not trailers)
        if trailers:
            self.connection.send_headers(stream, trailers, end_stream=True)
        self.flush()
        return stream

    def read(self):
        data = self.socket.recv(65536)
        if not data:
            self.closed = True
            self.socket.close()
            return
        self.received += data
        # h2 takes nothing behind a GOAWAY, also where the server only drains.
        while len(self.received) >= 9 and len(self.received) >= (end := 9 + int.from_bytes(self.received[:3], "big")):
            frame, self.received = self.received[:end], self.received[end:]
            if frame[3] == 7:
                self.last_stream = int.from_bytes(frame[9:13], "big")
                continue
            for event in self.connection.receive_data(frame):
                self.take(event)
        self.flush()

    def take(self, event):
        if isinstance(event, h2.events.ResponseReceived):
            self.streams[event.stream_id]["head"] = dict(event.headers)
        elif isinstance(event, h2.events.InformationalResponseReceived):
            self.streams[event.stream_id]["hints"].append(dict(event.headers)[":status"])
        elif isinstance(event, h2.events.TrailersReceived):
            self.streams[event.stream_id]["trailers"] = dict(event.headers)
        elif isinstance(event, h2.events.DataReceived):
            self.streams[event.stream_id]["body"] += event.data
            self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self.streams[event.stream_id]["ended"] = True
        elif isinstance(event, h2.events.StreamReset):
            self.streams[event.stream_id]["reset"] = event.error_code
        elif isinstance(event, h2.events.PingAckReceived):
            self.pings.append(event.ping_data.decode())

    def finish(self, *streams):
        while any(not self.streams[s]["ended"] and self.streams[s]["reset"] is None for s in streams):
            if self.closed:
                raise SystemExit("the connection closed early")
            self.read()
        return [self.streams[s] for s in streams]


def main(port):
    results = {}

    client = Client(port)
    (hello,) = client.finish(client.request("/hello"))
    results["hello"] = [hello["head"][":status"], hello["head"]["server"], hello["body"].decode()]
    results["settings"] = {
        "streams": client.connection.remote_settings.max_concurrent_streams,
        "window": client.connection.remote_settings.initial_window_size,
        "list": client.connection.remote_settings.max_header_list_size,
        "connect": client.connection.remote_settings.enable_connect_protocol,
        "connection": client.connection.outbound_flow_control_window,
    }

    body = bytes(range(256)) * 1200
    (echo,) = client.finish(client.request("/echo", "POST", body))
    results["echo"] = [echo["body"] == body, echo["trailers"]]
    (trailers,) = client.finish(client.request("/echo", "POST", b"abc", trailers=[("x-sum", "1")], extra=[("te", "trailers")]))
    results["trailers"] = [trailers["body"].decode(), trailers["trailers"]]
    many = [client.request("/size/%d" % (n * 997)) for n in range(60)]
    results["many"] = [len(s["body"]) == n * 997 for n, s in enumerate(client.finish(*many))].count(True)
    (hints,) = client.finish(client.request("/hints"))
    results["hints"] = [hints["hints"], hints["body"].decode()]

    (reset,) = client.finish(client.request("/reset"))
    results["reset"] = reset["reset"]
    cancelled = client.request("/size/10000000")
    client.read()
    client.connection.reset_stream(cancelled, h2.errors.ErrorCodes.CANCEL)
    client.flush()
    (after,) = client.finish(client.request("/hello"))
    results["after cancel"] = after["body"].decode()

    client.connection.ping(b"12345678")
    client.flush()
    while not client.pings:
        client.read()
    results["ping"] = client.pings
    waiting = client.request("/size/70000")
    (drain,) = client.finish(client.request("/drain"))
    (waited,) = client.finish(waiting)
    while not client.closed:
        client.read()
    results["drain"] = [drain["body"].decode(), len(waited["body"]), client.last_stream == max(client.streams)]

    narrow = Client(port, {h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 1})
    (dribble,) = narrow.finish(narrow.request("/size/300"))
    results["narrow"] = len(dribble["body"])
    print(json.dumps(results))


main(int(sys.argv[1]))
