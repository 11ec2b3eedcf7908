"""Makes calls that fail in the proxy at ADDRESS: grpc_failure.py ADDRESS. Prints how as JSON."""

import json
import sys

import grpc

results = {}
for authority in ("cart", "nobody"):
    with grpc.insecure_channel(f"{sys.argv[1]}", options=[("grpc.default_authority", authority)]) as channel:
        try:
            channel.unary_unary("/test.Echo/Unary")(b"", timeout=20)
        except grpc.RpcError as error:
            reason = dict(error.trailing_metadata() or ()).get("martlet-reason")
            results[authority] = [error.code().name, error.details(), reason]
print(json.dumps(results))
