"""Exports one trace of two services with the OpenTelemetry SDK, and prints what it made as JSON.

Usage: export_spans.py http|grpc OTLP_ENDPOINT none|gzip
"""

import json
import sys

import grpc
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GRPCSpanExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract, inject
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

ATTRIBUTES = {
    "text": "käse \"quoted\" \u2603",
    "number": -9007199254740991,
    "fraction": 0.25,
    "flag": True,
    "texts": ["a", "b"],
    "numbers": [1, 2],
    "empty": "",
}


def exporter(protocol: str, endpoint: str, compression: str):
    if protocol == "http":
        return OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", compression=Compression(compression))
    chosen = grpc.Compression.Gzip if compression == "gzip" else grpc.Compression.NoCompression
    return GRPCSpanExporter(endpoint=endpoint, insecure=True, compression=chosen)


def provider(service: str, *arguments: str) -> TracerProvider:
    made = TracerProvider(resource=Resource.create({"service.name": service, "service.version": "1.2.3"}))
    made.add_span_processor(BatchSpanProcessor(exporter(*arguments)))
    return made


def described(span) -> dict:
    context = span.get_span_context()
    return {
        "traceID": f"{context.trace_id:032x}",
        "spanID": f"{context.span_id:016x}",
        "parentID": f"{span.parent.span_id:016x}" if span.parent else None,
        "name": span.name,
        "kind": span.kind.name.lower(),
        "service": span.resource.attributes["service.name"],
        "start": span.start_time,
        "end": span.end_time,
    }


def main() -> None:
    front = provider("shop/über front", *sys.argv[1:])
    back = provider("back", *sys.argv[1:])
    linked = SpanContext(0x1234, 0x5678, is_remote=True, trace_flags=TraceFlags(1))
    with front.get_tracer("front", "0.1").start_as_current_span("GET /cart", kind=SpanKind.SERVER) as root:
        root.set_attributes(ATTRIBUTES)
        with front.get_tracer("front", "0.1").start_as_current_span(
            "GET", kind=SpanKind.CLIENT, links=[Link(linked)]
        ) as call:
            call.add_event("retry", {"attempt": 2})
            headers: dict[str, str] = {}
            inject(headers)
            with back.get_tracer("back").start_as_current_span(
                "GET /items", context=extract(headers), kind=SpanKind.SERVER
            ) as served:
                served.set_status(Status(StatusCode.ERROR, "no stock"))
    for each in (front, back):
        if not each.force_flush(30_000):
            sys.exit("force_flush failed")
        each.shutdown()
    print(json.dumps([described(span) for span in (root, call, served)]))


if __name__ == "__main__":
    main()
