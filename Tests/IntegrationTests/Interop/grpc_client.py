"""Calls the server of grpc_server.py by ADDRESS: grpc_client.py ADDRESS AUTHORITY. Prints what came as JSON.

The behaviours are those of gRPC's interoperability test list that a proxy can change.
"""

import json
import queue
import sys
import threading

import grpc

channel = grpc.insecure_channel(
    f"{sys.argv[1]}",
    options=[("grpc.default_authority", sys.argv[2]), ("grpc.max_receive_message_length", 8 << 20)])
LIMIT = 20


def unary(method, service="test.Echo"):
    return channel.unary_unary(f"/{service}/{method}")


def failure(call, *arguments, **options):
    try:
        call(*arguments, timeout=options.pop("timeout", LIMIT), **options)
        return "no failure"
    except grpc.RpcError as error:
        return [error.code().name, error.details()]


def metadata():
    response, call = unary("Unary").with_call(
        b"", timeout=LIMIT, metadata=(("x-initial", "first"), ("x-trailing-bin", bytes(range(256)))))
    return [dict(call.initial_metadata()).get("x-initial"),
            dict(call.trailing_metadata()).get("x-trailing-bin") == bytes(range(256))]


def ping_pong():
    sends = queue.Queue()
    responses = channel.stream_stream("/test.Echo/PingPong")(iter(sends.get, None), timeout=LIMIT)
    answers = []
    for number in range(4):
        sends.put(b"%d" % number)
        answers.append(next(responses).decode())
    sends.put(None)
    return answers + [len(list(responses)), responses.code().name]


def concurrent():
    results = []
    def call(number):
        results.append(unary("Unary")(b"%d" % number, timeout=LIMIT) == b"%d" % number)
    threads = [threading.Thread(target=call, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results.count(True)


def cancel_after_first_response():
    call = channel.unary_stream("/test.Echo/Wait")(b"first", timeout=LIMIT)
    first = next(call).decode()
    call.cancel()
    return [first, call.code().name]


def cancel_after_begin():
    ready = threading.Event()
    def requests():
        yield b"1"
        ready.set()
        threading.Event().wait(LIMIT)
    call = channel.stream_unary("/test.Echo/ClientStream").future(requests(), timeout=LIMIT)
    ready.wait(LIMIT)
    call.cancel()
    return call.code().name


large = bytes(range(256)) * 8192
results = {
    "empty_unary": unary("Unary")(b"", timeout=LIMIT).decode(),
    "large_unary": unary("Unary")(large, timeout=LIMIT) == large,
    "client_streaming": channel.stream_unary("/test.Echo/ClientStream")(
        iter([b"a" * n for n in (27182, 8, 1828, 45904)]), timeout=LIMIT).decode(),
    "server_streaming": [int(m) for m in channel.unary_stream("/test.Echo/ServerStream")(b"200", timeout=LIMIT)]
    == list(range(200)),
    "ping_pong": ping_pong(),
    "empty_stream": len(list(channel.stream_stream("/test.Echo/PingPong")(iter([]), timeout=LIMIT))),
    "custom_metadata": metadata(),
    "status_code_and_message": failure(unary("Status"), b"2 test status message"),
    "special_status_message": failure(
        unary("Status"), "9 \t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n".encode()),
    "unimplemented_method": failure(unary("Nothing"), b"")[0],
    "unimplemented_service": failure(unary("Nothing", "test.Nobody"), b"")[0],
    "timeout_on_sleeping_server": failure(unary("Sleep"), b"1.5", timeout=0.3)[0],
    "cancel_after_begin": cancel_after_begin(),
    "cancel_after_first_response": cancel_after_first_response(),
    "concurrent": concurrent(),
}
cancelled, remaining = unary("Report")(b"1", timeout=LIMIT).decode().split()
results["server_saw_cancel"] = int(cancelled)
results["server_saw_deadline"] = 0 < float(remaining) <= 0.3
print(json.dumps(results))
