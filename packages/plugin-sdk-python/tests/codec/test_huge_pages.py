"""Very large bodies are received into huge pages, where the system has them."""

import ctypes
import os

import pytest

from plugin_sdk._codec.extension import Body
from plugin_sdk._codec.huge_pages import LEAST_BYTES

pytestmark = pytest.mark.skipif(
    not os.path.exists("/sys/kernel/mm/transparent_hugepage/enabled"), reason="this system has no huge pages"
)


def address(view):
    return ctypes.addressof(ctypes.c_char.from_buffer(view))


def flags_at(place):
    """Those of the mapping: see proc_pid_smaps(5)."""
    with open("/proc/self/smaps", encoding="ascii") as file:
        is_it = False
        for line in file:
            first, _, rest = line.partition(" ")
            if not first.endswith(":"):
                start, end = (int(part, 16) for part in first.split("-"))
                is_it = start <= place < end
            elif is_it and first == "VmFlags:":
                return rest.split()
    raise AssertionError("there is no such mapping")


def test_a_very_large_body_is_received_into_huge_pages():
    body = Body(LEAST_BYTES)
    assert "hg" in flags_at(address(body.view) + LEAST_BYTES // 2)


def test_a_smaller_one_is_not():
    body = Body(LEAST_BYTES - 1)
    assert "hg" not in flags_at(address(body.view) + LEAST_BYTES // 2)


def test_its_value_is_that_memory_and_no_copy():
    body = Body(LEAST_BYTES)
    body.view[:3] = b"abc"
    place = address(body.view)
    value = body.finish()
    assert value[:4] == b"abc\0"
    assert ctypes.cast(value, ctypes.c_void_p).value == place
