"""The host's private C extension: the same answers, and nothing of it to be seen by the plugin."""

import importlib.util
import os
import pathlib
import random
import shutil
import sys

import pytest
from any_value import any_value
from conformance import is_same

from plugin_sdk._codec import codec as _codec
from plugin_sdk._codec.codec import CodecError
from plugin_sdk._process import accelerator as _accelerator

PLUGIN = """
from plugin_sdk import PluginBase

class Plugin(PluginBase):
    def execute(self, input_data):
        return input_data
"""


def outcome(work, *arguments):
    try:
        return work(*arguments)
    except CodecError as error:
        return error.reason, error.path, str(error)


def lax_values():
    """What the extension itself would encode, or decode, otherwise."""
    deep = []
    for _ in range(300):
        deep = [deep]
    numbers = memoryview(bytearray(16)).cast("d")
    return [
        {1: 2}, {"a": {b"k": 1}}, {b"": 1}, {None: 1}, {(1, 2): 3}, {"a": [{1.5: 1}]}, [numbers], {"a": numbers},
        [[numbers[:0]]], {"a": {"b": bytearray(b"x")}}, deep, {"a": deep}, [1, (2, [3])], "\ud800", ["\ud800"],
        {"\ud800": 1}, {"a": 1 << 64}, {"rows": [{"n": index, "s": "é" * index} for index in range(300)]},
        {"a": {1, 2}}, [float("nan"), -0.0, 1e300], [[[b"x" * 70_000]]], {"a": b"x" * 70_000}, "x" * 70_000,
    ]  # fmt: skip


@pytest.mark.parametrize("value", lax_values(), ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("threshold", [None, 65_536])
def test_the_same_bytes_or_the_same_refusal(accelerated, value, threshold):
    for _ in range(3):
        ours = outcome(accelerated.encode, [5, 1, value], threshold)
        assert ours == outcome(_codec.encode, [5, 1, value], threshold)


@pytest.mark.parametrize(
    "payload",
    [
        "82a16101a16102", "9182a16101a16102", "81c40161c0", "81c400c0", "8101c0", "81c0c0", "819001", "a1ff", "91a1ff",
        "81a1ffc0", "c1", "91c1", "9205", "0101", "ca3fc00000", "cd0001", "d90161", "c70005", "c700ff", "d4010102", "d6ff00000000",
        "91" * 256 + "c0", "91" * 257 + "c0", "91" * 255 + "90", "81a161" * 256 + "c0", "81a161" * 255 + "80", "81a161" * 2000 + "c0",
        "de0001a16101", "82c40161a162a16102", "82a161c40101a162a16102",
    ],
)  # fmt: skip
def test_the_same_value_or_the_same_refusal(accelerated, payload):
    data = bytes.fromhex(payload)
    ours, theirs = outcome(accelerated.decode, data), outcome(_codec.decode, data)
    assert is_same(ours, theirs) or ours == theirs


def test_random_values_and_damage_are_answered_alike(accelerated):
    source = random.Random(20_261_123)
    for _ in range(3000):
        value = any_value(source, source.randrange(4))
        payload = _codec.encode(value)[0]
        assert accelerated.encode(value) == (payload, ())
        for threshold in (None, 0, 3, 65536):
            answer = outcome(lambda _, value=value, at=threshold: accelerated.encode_answer(5, 1, value, at), None)
            assert answer == outcome(lambda _, value=value, at=threshold: _codec.encode([5, 1, value], at), None)
        assert is_same(accelerated.decode(payload), value)
        damaged = bytearray(payload)
        damaged[source.randrange(len(damaged))] = source.randrange(256)
        ours, theirs = outcome(accelerated.decode, bytes(damaged)), outcome(_codec.decode, bytes(damaged))
        assert is_same(ours, theirs) or ours == theirs


def test_answers_that_are_not_for_it_are_left_to_python_for_a_while(accelerated):
    nested = {"a": {"b": b"x"}}
    for _ in range(200):
        assert _codec.decode(accelerated.encode([5, 1, nested])[0]) == [5, 1, nested]
    for _ in range(200):
        assert _codec.decode(accelerated.encode([5, 1, {"a": 1}])[0]) == [5, 1, {"a": 1}]


def test_a_plugin_is_served_with_it(start, accelerator):
    host = start(PLUGIN, accelerator=accelerator)
    assert host.hello["sdk"]["codec"] == "c"
    for value in (b"x" * 64, {"a": [1, 2.5, None, "é"]}, b"y" * 100_000, "text"):
        assert host.call(value, body_threshold=65_536) == value
    assert host.shut_down() == 0
    assert host.stderr() == ""


@pytest.mark.parametrize("damage", ["missing", "another python's", "empty"])
def test_what_cannot_be_loaded_is_done_without(start, accelerator, tmp_path, damage):
    folder = tmp_path / "accelerator"
    folder.mkdir()
    (library,) = accelerator.iterdir()
    content = library.read_bytes()
    if damage == "empty":
        (folder / library.name).write_bytes(b"")
    elif damage == "another python's":
        # the name is what the interpreter looks at; the symbols are not there
        (folder / library.name).write_bytes(content.replace(b"PyLong_FromLong", b"PyLong_FromLonk"))
    host = start(PLUGIN, accelerator=folder)
    assert host.hello["sdk"]["codec"] == "pure"
    assert host.call({"a": 1}) == {"a": 1}
    assert host.shut_down() == 0
    assert host.stderr() == ""


@pytest.mark.parametrize("with_accelerator", [False, True])
def test_the_plugin_keeps_its_own_msgpack(start, accelerator, tmp_path, with_accelerator):
    packages = tmp_path / "packages"
    shutil.copytree(pathlib.Path(importlib.util.find_spec("msgpack").origin).parent, packages / "msgpack")
    host = start(
        """
        import sys
        before = sorted(name for name in sys.modules if name.partition(".")[0] in ("msgpack", "datetime"))
        import datetime
        import msgpack
        import msgpack._cmsgpack
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                packed = msgpack.packb([msgpack.ExtType(5, b"abc"), msgpack.Timestamp(1, 2), {1: 2}])
                unpacked = msgpack.unpackb(packed, strict_map_key=False)
                return {
                    "before": before,
                    "file": msgpack._cmsgpack.__file__,
                    "packed": packed.hex(),
                    "type": "%s.%s" % (type(unpacked[0]).__module__, type(unpacked[0]).__name__),
                    "datetime": datetime.__file__.rpartition("/")[2],
                    "same": type(unpacked[0]) is msgpack.ExtType and msgpack.Packer is msgpack._cmsgpack.Packer,
                }
        """,
        site_packages=str(packages),
        accelerator=accelerator if with_accelerator else None,
    )
    assert host.hello["sdk"]["codec"] == ("c" if with_accelerator else "pure")
    answer = host.call({"a": [1]})
    assert answer["before"] == []
    assert answer["datetime"] == "datetime.py"
    assert answer["file"].startswith(str(packages))
    assert answer["packed"] == "93c70305616263d7ff00000008000000018101" + "02"
    assert (answer["type"], answer["same"]) == ("msgpack.ext.ExtType", True)
    assert host.call({"a": {"b": "c"}})["same"]


def test_a_msgpack_that_is_there_first_is_neither_used_nor_touched(accelerator):
    msgpack = pytest.importorskip("msgpack")
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "msgpack"}
    codec = _accelerator.load(str(accelerator))
    assert codec is not None
    after = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "msgpack"}
    assert after == before
    assert msgpack.unpackb(msgpack.packb(msgpack.ExtType(1, b"a"))) == msgpack.ExtType(1, b"a")
    own = sys.modules["plugin_sdk._msgpack._cmsgpack"]
    assert own is not msgpack._cmsgpack
    assert os.path.dirname(own.__file__) == str(accelerator)
