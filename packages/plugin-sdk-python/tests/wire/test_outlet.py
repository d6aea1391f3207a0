"""Large answers widen the socket that they leave by, and nothing else about it."""

import os
import socket

import pytest

from plugin_sdk._wire.outlet import DescriptorOutlet

PARTS = [b"head", b"body"]


@pytest.fixture
def ends():
    ours, hosts = socket.socketpair()
    with ours, hosts:
        yield ours, hosts


def room(end):
    return end.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)


def test_the_kernel_takes_more_of_a_large_answer(ends):
    ours, hosts = ends
    before = room(ours)
    outlet = DescriptorOutlet(ours.fileno())
    outlet.write_all(b"small")
    assert room(ours) == before
    outlet.write_buffers(PARTS)
    assert room(ours) > before
    assert hosts.recv(100) == b"smallheadbody"
    assert os.get_blocking(ours.fileno())


def test_a_default_timeout_of_the_plugin_does_not_reach_the_channel(ends):
    ours, hosts = ends
    socket.setdefaulttimeout(60)
    try:
        DescriptorOutlet(ours.fileno()).write_buffers(PARTS)
    finally:
        socket.setdefaulttimeout(None)
    assert os.get_blocking(ours.fileno())
    assert hosts.recv(100) == b"headbody"


def test_what_is_no_socket_is_written_to_as_it_is():
    reading, writing = os.pipe()
    try:
        DescriptorOutlet(writing).write_buffers(PARTS)
        assert os.read(reading, 100) == b"headbody"
    finally:
        os.close(reading)
        os.close(writing)
