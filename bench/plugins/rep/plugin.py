"""A REP loop without the SDK."""

import os

import zmq

socket = zmq.Context().socket(zmq.REP)
socket.bind(os.environ["BULKHEAD_ADDRESS"])
while True:
    message = socket.recv_json()
    socket.send_json({"status": "success", "result": message["data"]})
