"""One request by HTTP/2, prior knowledge, by way of the proxy at ADDRESS: h2_request.py ADDRESS AUTHORITY METHOD PATH [BODY].

A body is followed by trailers. Prints what came as JSON.
"""

import json
import socket
import sys

import h2.config
import h2.connection
import h2.events

address, authority, method, path = sys.argv[1:5]
body = sys.argv[5].encode() if len(sys.argv) > 5 else None
host, port = address.rsplit(":", 1)
with socket.create_connection((host, int(port)), timeout=20) as connection:
    h2c = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
    h2c.initiate_connection()
    h2c.send_headers(1, [
        (":method", method), (":authority", authority), (":scheme", "http"), (":path", path), ("cookie", "a=1"),
        ("cookie", "b=2"), ("x-one", "1"), ("te", "trailers")], end_stream=body is None)
    if body is not None:
        h2c.send_data(1, body)
        h2c.send_headers(1, [("server-timing", "client;dur=1")], end_stream=True)
    connection.sendall(h2c.data_to_send())
    result = {"interim": [], "body": "", "trailers": None, "reset": None}
    ended = False
    while not ended:
        data = connection.recv(65536)
        if not data:
            result["reset"] = "closed"
            break
        for event in h2c.receive_data(data):
            if isinstance(event, h2.events.InformationalResponseReceived):
                result["interim"].append(dict(event.headers)[":status"])
            elif isinstance(event, h2.events.ResponseReceived):
                result["head"] = dict(event.headers)
            elif isinstance(event, h2.events.DataReceived):
                result["body"] += event.data.decode()
                h2c.acknowledge_received_data(event.flow_controlled_length, 1)
            elif isinstance(event, h2.events.TrailersReceived):
                result["trailers"] = dict(event.headers)
            elif isinstance(event, h2.events.StreamReset):
                result["reset"] = event.error_code
                ended = True
            elif isinstance(event, h2.events.StreamEnded):
                ended = True
        connection.sendall(h2c.data_to_send())
print(json.dumps(result))
