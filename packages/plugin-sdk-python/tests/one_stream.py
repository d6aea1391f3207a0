"""The host's end of one stream in each direction: segments of the two channels."""

import os
import socket
import struct
import threading

DATA, CONTROL = 0, 1
SEGMENT_BYTES = 65_536


class OneStream:
    """Joins two sockets, `data` and `control`, to what a plugin reads from (`to`) and writes to (`source`): descriptors."""

    def __init__(self, to, source):
        pairs = [socket.socketpair() for _ in (DATA, CONTROL)]
        self.data, self.control = (ours for ours, _ in pairs)
        self._inner = [inner for _, inner in pairs]
        self._to = to
        self._source = open(source, "rb", buffering=SEGMENT_BYTES)
        self._writing = threading.Lock()
        self._left = len(pairs)
        for channel in (DATA, CONTROL):
            threading.Thread(target=self._send, args=(channel,)).start()
        threading.Thread(target=self._receive).start()

    def _send(self, channel):
        while True:
            try:
                piece = self._inner[channel].recv(SEGMENT_BYTES)
            except OSError:
                piece = b""
            with self._writing:
                try:
                    self._write(struct.pack("<I", len(piece) << 8 | channel) + piece)
                except OSError:
                    piece = b""
                if not piece:
                    self._left -= 1
                    if not self._left:
                        os.close(self._to)
                    return

    def _write(self, data):
        while data:
            data = data[os.write(self._to, data) :]

    def _receive(self):
        with self._source as source:
            while True:
                head = source.read(4)
                if len(head) < 4:
                    break
                (head,) = struct.unpack("<I", head)
                piece = source.read(head >> 8)
                try:
                    if piece:
                        self._inner[head & 255].sendall(piece)
                    else:
                        self._inner[head & 255].shutdown(socket.SHUT_WR)
                except OSError:
                    continue  # the test has closed its end
        for inner in self._inner:
            try:
                inner.shutdown(socket.SHUT_RDWR)  # a thread waits in `recv`, which a `close` alone does not end
            except OSError:
                pass
            inner.close()
