"""Both channels over standard input and output."""

import os
import random
import struct
import threading

import pytest

from plugin_sdk._wire import frames as wire
from plugin_sdk._wire.outflow import Outflow
from plugin_sdk._wire.segments import SEGMENT_BYTES

PLUGIN = """
import sys
import threading
import time
from plugin_sdk import PluginBase, action

class Plugin(PluginBase):
    def execute(self, input_data):
        self.context.log.info("here")
        return input_data

    @action
    def noisy(self):
        print("to standard output")
        sys.stdout.flush()
        return sys.stdin.read()

    @action
    def sleep(self):
        self.context.log.info("asleep")
        time.sleep(600)

    @action
    def linger(self, seconds: float):
        time.sleep(seconds)
        return seconds

    @action
    def chatter(self):
        for index in range(100):
            self.context.log.info(str(index))
        return b"x" * 1_000_000
"""


def test_a_plugin_over_standard_input_and_output(start):
    host = start(PLUGIN, endpoint="stdio")
    assert host.call({"n": 1}) == {"n": 1}
    assert host.next_log()[1]["message"] == "here"
    host.ping()
    assert host.shut_down() == 0


def test_what_it_prints_and_reads_is_not_the_protocols(start):
    host = start(PLUGIN, endpoint="stdio")
    assert host.call(action="noisy") == ""
    assert host.call(1) == 1
    assert host.shut_down() == 0
    assert "to standard output\n" in host.stderr()


def test_large_values_both_ways(start):
    host = start(PLUGIN, endpoint="stdio")
    value = os.urandom(3 * SEGMENT_BYTES + 1)
    assert host.call(value, body_threshold=wire.BODY_THRESHOLD_BYTES) == value
    assert len(host.call(action="chatter")) == 1_000_000
    logs = [host.next_log()[1]["message"] for _ in range(101)]
    assert logs == ["here", *map(str, range(100))]


def test_a_cancel_is_heard_although_a_later_call_waits_with_much_data(start):
    host = start(PLUGIN, endpoint="stdio")
    first = host.begin(action="sleep")
    assert host.next_log()[1]["message"] == "asleep"
    second = host.begin(b"y" * 5_000_000, body_threshold=wire.BODY_THRESHOLD_BYTES)
    host.cancel(first)
    assert host.answer(first)[1]["code"] == "CALL_CANCELLED"
    assert host.answer(second) == (wire.RESULT, b"y" * 5_000_000)


@pytest.mark.parametrize("seed", range(3))
def test_quick_and_slow_calls_with_little_and_much_data_in_any_order(start, seed):
    """While a call lasts another thread reads, and gives the stream back afterwards."""
    choose = random.Random(seed)
    host = start(PLUGIN, endpoint="stdio")
    for _ in range(40):
        expected = {}
        for _ in range(choose.randint(1, 4)):
            kind = choose.choice(("quick", "slow", "large", "cancelled", "ping"))
            if kind == "quick":
                expected[host.begin(7)] = (wire.RESULT, 7)
            elif kind == "slow":
                seconds = choose.choice((0.001, 0.006, 0.015))
                expected[host.begin(seconds, action="linger")] = (wire.RESULT, seconds)
            elif kind == "large":
                value = bytes(choose.choice((SEGMENT_BYTES - 8, 200_000, 1_500_000)))
                expected[host.begin(value, body_threshold=wire.BODY_THRESHOLD_BYTES)] = (wire.RESULT, value)
            elif kind == "cancelled":
                number = host.begin(action="sleep")
                host.cancel(number)
                expected[number] = (wire.FAILURE, {"code": "CALL_CANCELLED", "message": "the call was cancelled"})
            else:
                host.send_control([wire.PING, 77])
        for number, answer in expected.items():
            assert host.answer(number) == answer
    assert host.shut_down() == 0


def test_it_ends_with_its_host(start):
    host = start(PLUGIN, endpoint="stdio", has_lifeline=False)
    host.begin(action="sleep")
    assert host.next_log()[1]["message"] == "asleep"
    host.close_all()
    assert host.wait() == -9


def test_control_goes_between_the_parts_of_a_large_answer():
    reading, writing = os.pipe()
    outflow = Outflow(writing)
    sending = threading.Thread(target=outflow.send, args=([b"z" * (10 * SEGMENT_BYTES)],))
    sending.start()
    channels = []
    with open(reading, "rb") as source:
        while len(channels) < 11:
            head = struct.unpack("<I", source.read(4))[0]
            assert len(source.read(head >> 8)) == head >> 8
            channels.append(head & 255)
            if len(channels) == 1:
                outflow.send_urgent(b"pong")  # the pipe is full, so the other thread is in the middle
    sending.join()
    os.close(writing)
    assert sorted(channels) == [0] * 10 + [1]
    assert channels[-1] == 0
