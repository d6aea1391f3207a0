"""Echoes messages of a ZeroMQ PAIR socket."""

import sys

import zmq

socket = zmq.Context().socket(zmq.PAIR)
socket.connect(sys.argv[1])
while True:
    socket.send(socket.recv(copy=False), copy=False)
