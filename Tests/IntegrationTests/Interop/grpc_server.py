"""A grpcio server without generated code: grpc_server.py ADDRESS. Messages are bytes."""

import sys
import threading
import time
from concurrent import futures

import grpc

cancelled = []
deadlines = []


def unary(request, context):
    metadata = dict(context.invocation_metadata())
    context.send_initial_metadata((("x-initial", metadata.get("x-initial", "none")),))
    context.set_trailing_metadata((("x-trailing-bin", metadata.get("x-trailing-bin", b"none")),))
    return request


def client_stream(requests, context):
    return b",".join(str(len(request)).encode() for request in requests)


def server_stream(request, context):
    for number in range(int(request)):
        yield b"%d" % number


def ping_pong(requests, context):
    for request in requests:
        yield b"pong " + request


def status(request, context):
    code, message = request.decode().split(" ", 1)
    context.abort(next(c for c in grpc.StatusCode if c.value[0] == int(code)), message)


def sleep(request, context):
    deadlines.append(context.time_remaining())
    time.sleep(float(request))
    return b"late"


def wait(request, context):
    ended = threading.Event()
    context.add_callback(ended.set)
    yield b"begun"
    ended.wait(20)
    cancelled.append(request)


def report(request, context):
    time_limit = time.monotonic() + 10
    while len(cancelled) < int(request) and time.monotonic() < time_limit:
        time.sleep(0.01)
    return ("%d %.1f" % (len(cancelled), deadlines[-1] if deadlines else -1)).encode()


handlers = {
    "Unary": grpc.unary_unary_rpc_method_handler(unary),
    "ClientStream": grpc.stream_unary_rpc_method_handler(client_stream),
    "ServerStream": grpc.unary_stream_rpc_method_handler(server_stream),
    "PingPong": grpc.stream_stream_rpc_method_handler(ping_pong),
    "Status": grpc.unary_unary_rpc_method_handler(status),
    "Sleep": grpc.unary_unary_rpc_method_handler(sleep),
    "Wait": grpc.unary_stream_rpc_method_handler(wait),
    "Report": grpc.unary_unary_rpc_method_handler(report),
}
server = grpc.server(futures.ThreadPoolExecutor(32), options=[("grpc.max_receive_message_length", 8 << 20)])
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Echo", handlers),))
if server.add_insecure_port(f"{sys.argv[1]}") == 0:
    sys.exit("the port is taken")
server.start()
print("ready", flush=True)
server.wait_for_termination(120)
