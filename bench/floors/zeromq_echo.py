"""Sends back what comes, over ZeroMQ and without a codec."""

import sys

import zmq

socket = zmq.Context().socket(zmq.ROUTER)
socket.bind(sys.argv[1])
while True:
    socket.send_multipart(socket.recv_multipart())
