"""The floor of a call over gRPC: one stream in both directions, on which each message comes back as it is."""

import sys
from concurrent import futures

import grpc


class Echo(grpc.GenericRpcHandler):
    def service(self, _details):
        return grpc.stream_stream_rpc_method_handler(lambda messages, _context: messages)


server = grpc.server(futures.ThreadPoolExecutor(1))
server.add_generic_rpc_handlers((Echo(),))
server.add_insecure_port(sys.argv[1].replace("ipc://", "unix:"))
server.start()
server.wait_for_termination()
