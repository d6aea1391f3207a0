"""The one message of gRPC, as Protocol Buffers has it. That it crosses a real connection is tested with the host."""

import sys

import pytest

from plugin_sdk._wire.endpoint import PackageMissing, open_endpoint
from plugin_sdk._wire.grpc_server import _message, pieces_of


@pytest.mark.parametrize("size", [0, 1, 127, 128, 16_383, 16_384, 300_000])
def test_a_piece_comes_back(size):
    piece = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert [bytes(each) for each in pieces_of(_message(memoryview(piece)))] == [piece]


def test_messages_behind_each_other_are_one_message():
    joined = _message(memoryview(b"one")) + _message(memoryview(b"two"))
    assert [bytes(each) for each in pieces_of(joined)] == [b"one", b"two"]


def test_what_protoc_would_write():
    assert _message(memoryview(b"abc")) == b"\x0a\x03abc"


def test_other_fields_are_refused():
    with pytest.raises(ValueError, match="bulkhead.plugin.v1.Frames"):
        list(pieces_of(b"\x12\x01a"))


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "grpc", None)
    with pytest.raises(PackageMissing, match="can't import grpc from the plugin's environment: ModuleNotFoundError"):
        open_endpoint("grpc:/nowhere")
    assert PackageMissing.status == 77
