"""hyper's h2 as the server of one connection of ours: server.py. Prints its port, serves, and ends with the connection."""
import socket
import sys

import h2.config
import h2.connection
import h2.events
import hyperframe.frame


class Server:
    def __init__(self, connection):
        self.socket = connection
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self.connection.initiate_connection()
        self.paths = {}
        self.bodies = {}
        self.pending = {}
        self.flush()

    def flush(self):
        self.socket.sendall(self.connection.data_to_send())

    def serve(self):
        while data := self.socket.recv(65536):
            for event in self.connection.receive_data(data):
                self.take(event)
            self.pump()
            self.flush()

    def take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            self.paths[event.stream_id] = dict(event.headers)[":path"]
            self.bodies[event.stream_id] = b""
        elif isinstance(event, h2.events.DataReceived):
            self.bodies[event.stream_id] += event.data
            self.connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self.answer(event.stream_id, self.paths[event.stream_id])

    def answer(self, stream, path):
        if path == "/reset":
            return self.connection.reset_stream(stream, 11)
        if path == "/hints":
            self.connection.send_headers(stream, [(":status", "103"), ("link", "x")])
        trailers = [("grpc-status", "0"), ("x-bin", "AA")] if path == "/trailers" else None
        self.connection.send_headers(stream, [(":status", "200"), ("server", "h2")])
        self.pending[stream] = (self.bodies[stream] or path.encode(), trailers)
        if path == "/away":
            # h2 would send nothing behind a GOAWAY of its own.
            self.flush()
            self.socket.sendall(hyperframe.frame.GoAwayFrame(0, last_stream_id=stream).serialize())

    def pump(self):
        for stream, (body, trailers) in list(self.pending.items()):
            while body:
                room = min(self.connection.local_flow_control_window(stream), self.connection.max_outbound_frame_size)
                if room == 0:
                    break
                piece, body = body[:room], body[room:]
                self.connection.send_data(stream, piece)
            self.pending[stream] = (body, trailers)
            if not body:
                del self.pending[stream]
                if trailers:
                    self.connection.send_headers(stream, trailers, end_stream=True)
                else:
                    self.connection.end_stream(stream)


with socket.create_server(("127.0.0.1", 0)) as listener:
    listener.settimeout(30)
    print(listener.getsockname()[1], flush=True)
    accepted, _ = listener.accept()
    accepted.settimeout(30)
    Server(accepted).serve()
