"""What a plugin leaves on the event loop goes on while no call runs."""

import pytest

from plugin_sdk._wire import frames as wire

PLUGIN = """
import asyncio
import os
import socket
import threading
from plugin_sdk import PluginBase, action

class Plugin(PluginBase):
    async def initialize(self, config):
        self.loop = asyncio.get_running_loop()
        %s
    def said(self, *_):
        self.context.log.info("went on")
    async def execute(self, input_data):
        return input_data
    @action
    def inline(self, value: int):
        return value
    @action
    async def begin(self):
        async def later():
            await asyncio.sleep(0.01)
            self.said()
        self.task = asyncio.create_task(later())
    @action
    async def sleep(self):
        await asyncio.sleep(3600)
    @action
    async def count(self):
        for number in range(40):
            await asyncio.sleep(0)
            yield number
    async def cleanup(self):
        print("cleaned up")
"""
TICKS = """
        self.task = asyncio.create_task(self.tick())
    async def tick(self):
        try:
            while True:
                await asyncio.sleep(0.01)
                self.said()
        finally:
            print("task ended")
"""
LEFT_BY_INITIALIZE = {
    "task": TICKS,
    "timer": "self.loop.call_later(0.01, self.said)",
    "connection": """
        self.near, self.far = socket.socketpair()
        self.near.setblocking(False)
        self.loop.add_reader(self.near, lambda: (self.near.recv(1), self.said()))
        threading.Timer(0.01, self.far.send, [b"!"]).start()
    """,
    "thread": """
        async def said():
            self.said()
        threading.Timer(0.01, lambda: asyncio.run_coroutine_threadsafe(said(), self.loop)).start()
    """,
    "process": """
        async def wait():
            process = await asyncio.create_subprocess_exec("true")
            await process.wait()
            self.said()
        self.task = asyncio.create_task(wait())
    """,
}


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("left", LEFT_BY_INITIALIZE.values(), ids=LEFT_BY_INITIALIZE)
def test_what_initialize_has_left_goes_on_before_any_call(start, left, concurrency):
    host = start(PLUGIN % left, concurrency=concurrency)
    assert host.next_log()[1]["message"] == "went on"
    assert host.shut_down() == 0
    assert host.stderr() == ""


@pytest.mark.parametrize("concurrency", [1, 4])
def test_what_an_action_has_left_goes_on_after_it(start, concurrency):
    host = start(PLUGIN % "pass", concurrency=concurrency)
    host.call({}, "begin")
    assert host.next_log()[1]["message"] == "went on"


def test_calls_come_through_beside_it(start):
    host = start(PLUGIN % TICKS)
    for number in range(50):
        assert host.call(number) == number
        assert host.call({"value": number}, "inline") == number
    many = [host.begin(number) for number in range(200)]
    assert [host.answer(number)[1] for number in many] == list(range(200))
    large = bytes(1_000_000)
    assert host.call(large, body_threshold=wire.BODY_THRESHOLD_BYTES) == large
    assert host.chunks_of(host.begin({}, "count"))[0] == list(range(40))
    sleeping = host.begin({}, "sleep")
    host.cancel(sleeping)
    assert host.answer(sleeping)[1]["code"] == "CALL_CANCELLED"
    while host.receive_control()[0] != wire.LOG:
        pass
    assert host.shut_down() == 0
    assert host.stdout() == "cleaned up\ntask ended\n"


def test_a_failed_task_fails_no_call(start):
    host = start(
        PLUGIN
        % """
        self.task = asyncio.create_task(self.fail())
    async def fail(self):
        await asyncio.sleep(0.001)
        self.said()
        raise ValueError("in the background")
"""
    )
    host.next_log()
    assert host.call(1) == 1
    assert host.shut_down() == 0
    line = host.next_log()[1]
    assert (line["level"], line["logger"]) == ("error", "asyncio")
    assert line["traceback"].endswith("ValueError: in the background")
