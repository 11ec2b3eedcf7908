"""A grpcio server for spans: otlp_server.py ADDRESS MAX_CONNECTION_AGE_MS ANSWER…

Answers the calls one after the other, and OK when the answers are used up: ok, partial:N, hang, or the name of a status with
the seconds of a RetryInfo, UNAVAILABLE:3, or without, INVALID_ARGUMENT. Prints one line of JSON for each call.
"""

import hashlib
import json
import sys
import threading
import time
from concurrent import futures

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

ended = threading.Event()


def refuse(context, name: str, seconds: str) -> None:
    code = grpc.StatusCode[name]
    if seconds:
        detail = any_pb2.Any()
        delay = duration_pb2.Duration(seconds=int(seconds))
        detail.Pack(error_details_pb2.RetryInfo(retry_delay=delay))
        status = status_pb2.Status(code=code.value[0], message="later", details=[detail])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(code, "later")


class Traces(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self, answers: list[str]) -> None:
        self.answers = answers
        self.lock = threading.Lock()

    def Export(self, request, context):
        with self.lock:
            answer = self.answers.pop(0) if self.answers else "ok"
        metadata = dict(context.invocation_metadata())
        spans = [span for group in request.resource_spans for scope in group.scope_spans for span in scope.spans]
        line = {
            "answer": answer,
            "at": time.monotonic(),
            "spans": len(spans),
            "digest": hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest(),
            "peer": context.peer(),
            "secondsLeft": context.time_remaining(),
            "userAgent": metadata["user-agent"],
        }
        print(json.dumps(line), flush=True)
        word, _, number = answer.partition(":")
        response = trace_service_pb2.ExportTraceServiceResponse()
        if word == "partial":
            response.partial_success.rejected_spans = int(number)
        elif word == "hang":
            ended.wait(60)
        elif word != "ok":
            refuse(context, word, number)
        return response


def main() -> None:
    address, age, *answers = sys.argv[1:]
    options = [("grpc.max_connection_age_ms", int(age))] if int(age) else []
    server = grpc.server(futures.ThreadPoolExecutor(8), options=options)
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Traces(answers), server)
    if not server.add_insecure_port(address):
        sys.exit("no port")
    server.start()
    print("ready", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
