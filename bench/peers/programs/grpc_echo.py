"""Echoes bytes over gRPC, unary and as a stream; says its port; ends with its standard input."""

import sys
from concurrent.futures import ThreadPoolExecutor

import grpc

unlimited = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
server = grpc.server(ThreadPoolExecutor(8), options=unlimited)
server.add_generic_rpc_handlers(
    [
        grpc.method_handlers_generic_handler(
            "bench.Echo",
            {
                "Unary": grpc.unary_unary_rpc_method_handler(lambda data, _: data),
                "Stream": grpc.stream_stream_rpc_method_handler(lambda messages, _: messages),
            },
        )
    ]
)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print(port, flush=True)
sys.stdin.read()
