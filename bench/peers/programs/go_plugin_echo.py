"""Echoes bytes as a plugin of go-plugin: says where it listens, and is healthy."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import HealthServicer

server = grpc.server(
    ThreadPoolExecutor(8), options=[("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
)
unary = grpc.unary_unary_rpc_method_handler(lambda data, _: data)
server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("bench.Echo", {"Unary": unary})])
health = HealthServicer()
health.set("plugin", health_pb2.HealthCheckResponse.SERVING)
health_pb2_grpc.add_HealthServicer_to_server(health, server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
print("1|1|tcp|127.0.0.1:%d|grpc" % port)
sys.stdout.flush()
time.sleep(86400)
