"""When finished answers leave."""

import select
import socket

import pytest

from plugin_sdk._wire.data import TOGETHER, DataChannel
from plugin_sdk._wire.frames import FrameReader
from plugin_sdk._wire.outlet import DescriptorOutlet
from plugin_sdk._wire.shared_data import SharedDataChannel


def has_arrived(end):
    return bool(select.select([end], [], [], 0)[0])


@pytest.mark.parametrize("shared", [False, True])
def test_finished_answers_leave_without_a_wait_once_there_are_enough_of_them(shared):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel = DataChannel(FrameReader(ours.fileno()), DescriptorOutlet(ours.fileno()))
        if shared:
            channel = SharedDataChannel(channel)
        for _ in range(TOGETHER - 1):
            channel.put(b"answer")
        assert not has_arrived(theirs)
        channel.put(b"answer")
        assert has_arrived(theirs)
        assert len(theirs.recv(1 << 20)) == TOGETHER * (4 + len(b"answer"))
