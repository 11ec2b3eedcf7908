"""Opens a WebSocket by extended CONNECT (RFC 8441) through the proxy at ADDRESS: h2_websocket.py ADDRESS AUTHORITY.

Sends `ping` once it is accepted, ends its side, and prints status, bytes and end as JSON.
"""

import json
import socket
import sys

import h2.config
import h2.connection
import h2.events
import h2.settings

host, port = sys.argv[1].rsplit(":", 1)
result = {"enabled": False, "status": None, "data": "", "end": None}
with socket.create_connection((host, int(port)), timeout=20) as connection:
    h2c = h2.connection.H2Connection(
        h2.config.H2Configuration(header_encoding="utf-8", validate_outbound_headers=False))
    h2c.initiate_connection()
    connection.sendall(h2c.data_to_send())
    while result["end"] is None:
        data = connection.recv(65536)
        if not data:
            result["end"] = "closed"
            break
        for event in h2c.receive_data(data):
            if isinstance(event, h2.events.RemoteSettingsChanged) and not result["enabled"]:
                changed = event.changed_settings.get(h2.settings.SettingCodes.ENABLE_CONNECT_PROTOCOL)
                result["enabled"] = changed is not None and changed.new_value == 1
                h2c.send_headers(1, [
                    (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/chat"),
                    (":authority", sys.argv[2]), ("sec-websocket-version", "13")])
            elif isinstance(event, h2.events.ResponseReceived):
                result["status"] = dict(event.headers)[":status"]
                if result["status"] == "200":
                    h2c.send_data(1, b"ping", end_stream=True)
            elif isinstance(event, h2.events.DataReceived):
                result["data"] += event.data.decode()
                h2c.acknowledge_received_data(event.flow_controlled_length, 1)
            elif isinstance(event, h2.events.StreamReset):
                result["end"] = f"reset {event.error_code}"
            elif isinstance(event, h2.events.StreamEnded):
                result["end"] = "ended"
        connection.sendall(h2c.data_to_send())
print(json.dumps(result))
