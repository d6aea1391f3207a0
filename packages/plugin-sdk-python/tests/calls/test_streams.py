import pytest

from plugin_sdk._wire import frames as wire

PLUGIN = """
    import time
    from plugin_sdk import PluginBase, action

    class Plugin(PluginBase):
        def execute(self, count):
            try:
                for number in range(count):
                    yield number
                return "all"
            finally:
                self.context.log.info("closed", cancelled=self.context.cancelled)

        @action
        async def later(self, count: int):
            for number in range(count):
                yield number

        @action
        async def returns_one(self, count: int):
            return self.execute(count)

        @action
        def blobs(self, size: int):
            while True:
                yield b"x" * size

        @action
        def echo(self, value):
            return value

        @action
        def raises_when_closed(self):
            try:
                yield 1
                time.sleep(600)
            finally:
                raise KeyError("on the way out")

        @action
        def knows_its_call(self):
            while True:
                self.context.log.info("step")
                yield self.context.deadline
"""


@pytest.mark.parametrize("action, returned", [("execute", "all"), ("later", None), ("returns_one", "all")])
@pytest.mark.parametrize("count", [0, 1, 16, 17, 100])
def test_generators_answer_as_streams(start, action, returned, count):
    host = start(PLUGIN)
    assert host.chunks_of(host.begin(count, action)) == (list(range(count)), [wire.END, returned])
    assert host.call("next", "echo") == "next"
    assert host.shut_down() == 0
    assert host.stderr() == ""


def test_no_more_than_sixteen_go_without_credit(start):
    host = start(PLUGIN)
    number = host.begin(100)
    assert host.receive()[:2] == [wire.STREAM, number]
    assert [host.receive()[2] for _ in range(16)] == list(range(16))
    assert host.call("meanwhile", "echo") == "meanwhile"
    host.send([wire.CREDIT, number, 3])
    assert [host.receive()[2] for _ in range(3)] == [16, 17, 18]
    assert host.call("meanwhile", "echo") == "meanwhile"
    assert not host.has_data(0)


@pytest.mark.parametrize("size, ahead", [(100_000, 11), (3_000_000, 1)])
def test_no_more_than_a_mebibyte_goes_without_credit(start, size, ahead):
    host = start(PLUGIN)
    number = host.begin(size, "blobs")
    assert host.receive()[:2] == [wire.STREAM, number]
    for _ in range(ahead):
        assert len(host.receive()[2]) == size
    assert host.call("meanwhile", "echo") == "meanwhile"
    assert not host.has_data(0)


@pytest.mark.parametrize("with_cancel", [True, False])
def test_credit_of_none_closes_a_generator_that_sleeps(start, with_cancel):
    host = start(PLUGIN)
    number = host.begin(100)
    for _ in range(17):
        host.receive()
    if with_cancel:
        host.cancel(number)
    host.send([wire.CREDIT, number, 0])
    kind, other, failure = host.receive()
    assert (kind, other, failure["code"]) == (wire.FAILURE, number, "CALL_CANCELLED")
    assert host.next_log() == (number, {"level": "info", "message": "closed", "fields": {"cancelled": True}})
    host.send([wire.CREDIT, number, 5])  # too late, and no concern of anybody's
    assert host.call("next", "echo") == "next"


def test_what_closing_raises_is_the_cause(start):
    host = start(PLUGIN)
    number = host.begin(None, "raises_when_closed")
    assert [host.receive()[0] for _ in range(2)] == [wire.STREAM, wire.CHUNK]
    host.cancel(number)
    host.send([wire.CREDIT, number, 0])
    kind, _, failure = host.receive()
    assert (kind, failure["code"], failure["cause"]["type"]) == (wire.FAILURE, "CALL_CANCELLED", "KeyError")


def test_steps_of_several_streams_belong_each_to_its_call(start):
    host = start(PLUGIN)
    numbers = []
    for limit in (10_000, 500_000):
        host.next_id += 1
        numbers.append(host.next_id)
        host.send([wire.CALL, host.next_id, "knows_its_call", None, limit])
    deadlines = {number: [] for number in numbers}
    while any(len(found) < 16 for found in deadlines.values()):
        kind, number, value = host.receive()[:3]
        if kind == wire.CHUNK:
            deadlines[number].append(value)
    assert max(deadlines[numbers[0]]) <= 10 < 400 < min(deadlines[numbers[1]])
    calls = [host.next_log()[0] for _ in range(32)]
    assert calls.count(numbers[0]) == calls.count(numbers[1]) == 16


def test_a_host_that_knows_no_streams_is_told_that_a_generator_cannot_cross(start):
    host = start(PLUGIN, features=["bodies", "arrays", "cancel"])
    assert host.fail(3)["code"] == "RESULT_NOT_ENCODABLE"


def test_the_last_stream_behind_a_shutdown_needs_no_more_messages_to_end(start):
    host = start(PLUGIN)
    number = host.begin(10)
    host.send([wire.SHUTDOWN, 0])
    kinds = [host.receive()[0] for _ in range(13)]
    assert kinds == [wire.STREAM, *[wire.CHUNK] * 10, wire.END, wire.BYE], number
    assert host.wait() == 0


def test_streams_go_on_behind_a_shutdown(start):
    host = start(PLUGIN)
    number = host.begin(100)
    host.send([wire.SHUTDOWN, 0])
    assert host.chunks_of(number) == (list(range(100)), [wire.END, "all"])
    assert host.receive() == [wire.BYE, 0]
    assert host.wait() == 0
