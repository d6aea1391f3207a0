"""The data channel of a plugin that runs several calls at once."""

import select
import socket
import threading

from plugin_sdk._wire.data import DataChannel
from plugin_sdk._wire.frames import FrameReader
from plugin_sdk._wire.outlet import DescriptorOutlet
from plugin_sdk._wire.shared_data import SharedDataChannel

LARGE = 4_000_000


def test_an_array_may_change_as_soon_as_it_was_put_while_another_thread_writes():
    ours, theirs = socket.socketpair()
    channel = SharedDataChannel(DataChannel(FrameReader(ours.fileno()), DescriptorOutlet(ours.fileno())))
    array = bytearray(b"\1" * 100_000)

    def write_much():
        channel.put(b"first", [b"x" * LARGE])
        channel.flush()

    is_put = threading.Event()

    def put_array():
        channel.put(b"second", [memoryview(array)])
        array[:] = b"\2" * len(array)
        is_put.set()
        channel.flush()

    with ours, theirs:
        threads = [threading.Thread(target=each) for each in (write_much, put_array)]
        threads[0].start()
        select.select([theirs], [], [])  # it writes, and goes on only when somebody reads
        threads[1].start()
        is_put.wait(0.2)  # a channel that did not keep its promise would be done with it by then
        size = (4 + len(b"first") + LARGE) + (4 + len(b"second") + len(array))
        received = bytearray()
        while len(received) < size:
            received += theirs.recv(1 << 20)
        for thread in threads:
            thread.join()
    assert received.endswith(b"second" + b"\1" * 100_000)
    assert is_put.is_set()
