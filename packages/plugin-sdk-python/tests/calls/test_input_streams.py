import asyncio
import struct

import pytest

from plugin_sdk import InputStream
from plugin_sdk._wire import frames as wire

PLUGIN = """
    import asyncio
    import threading
    import time
    from plugin_sdk import Cancelled, PluginBase, action

    class Plugin(PluginBase):
        kept = None

        def execute(self, rows):
            try:
                return list(rows)
            finally:
                self.context.log.info("closed")

        @action
        async def later(self, rows):
            return [row async for row in rows]

        @action
        def zipped(self, left, right, between):
            return [[one, between, other] for one, other in zip(left, right)]

        @action
        async def both(self, left, right):
            async def gather(rows):
                return [row async for row in rows]

            return await asyncio.gather(gather(left), gather(right))

        @action
        def doubled(self, rows):
            for row in rows:
                yield row * 2
            return "all"

        @action
        async def doubled_later(self, rows):
            async for row in rows:
                yield row * 2

        @action
        def first(self, rows, count):
            taken = [next(rows) for _ in range(count)]
            rows.close()
            rows.close()
            return [*taken, *rows]

        @action
        def calls(self, rows):
            return [self.context.call("other", row) for row in rows]

        @action
        def nothing_of(self, rows):
            return None

        @action
        def keep(self, rows):
            Plugin.kept = rows
            return next(rows)

        @action
        def go_on(self):
            return next(self.kept)

        @action
        def from_a_thread(self, rows):
            raised = []

            def run():
                try:
                    next(rows)
                except RuntimeError as error:
                    raised.append(str(error))

            thread = threading.Thread(target=run)
            thread.start()
            thread.join()
            return raised + list(rows)

        @action
        def insists(self, rows):
            try:
                return list(rows)
            except Cancelled:
                return list(rows)

        @action
        async def beside(self, rows):
            async def say_when_the_other_waits():
                for _ in range(3):
                    await asyncio.sleep(0)
                self.context.log.info("beside")

            saying = asyncio.ensure_future(say_when_the_other_waits())
            taken = [row async for row in rows]
            await saying
            return taken

        @action
        def echo(self, value):
            return value

        @action
        def size(self, rows):
            return [[type(row).__name__, len(row)] for row in rows]

        @action
        def hinted(self, rows: "Iterator[int]", factor: int = 1):
            return [next(rows), *(row * factor for row in rows)]

        @action
        async def hinted_later(self, rows: "AsyncIterator[int]"):
            async for row in rows:
                yield row

        @action
        def deadline(self, rows):
            return self.context.deadline
"""


@pytest.fixture(params=[1, 4], ids=["inline", "concurrent"])
def host(start, request):
    return start(PLUGIN, concurrency=request.param)


@pytest.mark.parametrize("action", ["execute", "later"])
@pytest.mark.parametrize("count", [0, 1, 15, 16])
def test_an_input_may_come_piece_by_piece(host, action, count):
    number = host.begin(None, action, streams=[None])
    host.feed(number, range(count))
    assert host.answer(number) == (wire.RESULT, list(range(count)))
    assert host.call("next", "echo") == "next"
    assert host.shut_down() == 0
    assert host.stderr() == ""


@pytest.mark.parametrize("action", ["execute", "later"])
def test_credit_is_given_for_what_was_taken(host, action):
    number = host.begin(None, action, streams=[None])
    ahead, credited = 0, 0
    for index in range(1000):
        while ahead == wire.STREAM_WINDOW_CHUNKS:
            kind, call, stream, count = host.receive()
            assert (kind, call, stream) == (wire.INPUT_CREDIT, number, 0)
            assert 0 < count <= ahead
            ahead -= count
            credited += count
        host.feed(number, [index], end=False)
        ahead += 1
    host.feed(number, [])
    assert host.answer(number) == (wire.RESULT, list(range(1000)))
    assert credited >= 1000 - wire.STREAM_WINDOW_CHUNKS


def test_a_chunk_is_credited_before_more_is_waited_for(host):
    number = host.begin(None, streams=[None])
    for index in range(3):
        host.feed(number, [index], end=False)
        assert host.receive() == [wire.INPUT_CREDIT, number, 0, 1]
    host.feed(number, [])
    assert host.answer(number) == (wire.RESULT, [0, 1, 2])


@pytest.mark.parametrize("action", ["zipped", "both"])
def test_two_streams_in_one_call(host, action):
    between = {"between": "-"} if action == "zipped" else {}
    number = host.begin({"left": None, "right": None, **between}, action, streams=["right", "left"])
    host.feed(number, ["a", "b"], stream=0)
    host.feed(number, [1, 2, 3], stream=1)
    right = [[1, "-", "a"], [2, "-", "b"]] if action == "zipped" else [[1, 2, 3], ["a", "b"]]
    assert host.answer(number) == (wire.RESULT, right)


@pytest.mark.parametrize("action, returned", [("doubled", "all"), ("doubled_later", None)])
def test_a_transformer_brings_each_as_it_comes(host, action, returned):
    number = host.begin(None, action, streams=[None])
    assert host.receive() == [wire.STREAM, number, None]
    for row in range(100):
        host.feed(number, [row], end=False)
        messages = [host.receive(), host.receive()]
        assert [wire.CHUNK, number, row * 2] in messages
        assert [wire.INPUT_CREDIT, number, 0, 1] in messages
        host.send([wire.CREDIT, number, 1])
    host.feed(number, [])
    assert host.receive() == [wire.END, number, returned]


def test_a_transformer_waits_for_the_credit_of_its_answer(host):
    number = host.begin(None, "doubled", streams=[None])
    host.feed(number, range(40))
    kinds = {wire.STREAM: [], wire.CHUNK: [], wire.INPUT_CREDIT: []}
    while len(kinds[wire.CHUNK]) < 16:
        message = host.receive()
        kinds[message[0]].append(message[-1])
    assert host.call("meanwhile", "echo") == "meanwhile"
    assert not host.has_data(0)
    host.send([wire.CREDIT, number, 16])
    while True:
        message = host.receive()
        if message[0] == wire.END:
            break
        if message[0] == wire.CHUNK:
            host.send([wire.CREDIT, number, 1])
        kinds[message[0]].append(message[-1])
    assert kinds[wire.CHUNK] == [row * 2 for row in range(40)]


def test_closing_says_that_no_more_is_wanted(host):
    number = host.begin({"rows": None, "count": 2}, "first", streams=["rows"])
    host.feed(number, "abcd", end=False)
    messages = [host.receive()]
    while messages[-1][0] != wire.RESULT:
        messages.append(host.receive())
    assert messages[-2:] == [[wire.INPUT_CREDIT, number, 0, 0], [wire.RESULT, number, ["a", "b"]]]
    host.feed(number, "late")
    assert host.call("next", "echo") == "next"


def test_one_that_has_ended_needs_no_word_when_it_is_closed(start):
    host = start(PLUGIN)
    waiting = host.begin("other", "calls", streams=None)
    assert host.receive()[0] == wire.HOST_CALL
    number = host.begin({"rows": None, "count": 1}, "first", streams=["rows"])
    host.feed(number, "ab")
    host.send([wire.HOST_RESULT, 1, None])
    for index in range(2, 6):
        assert host.receive()[0] == wire.HOST_CALL
        host.send([wire.HOST_RESULT, index, None])
    assert host.receive()[:2] == [wire.RESULT, waiting]
    assert host.receive() == [wire.RESULT, number, ["a"]]


def test_what_comes_for_a_call_that_waits_is_kept_for_it(start):
    host = start(PLUGIN)
    first = host.begin("x", "calls")
    assert host.receive()[0] == wire.HOST_CALL
    second = host.begin(None, streams=[None])
    third = host.begin("in between", "echo")
    fourth = host.begin(None, streams=[None])
    for row in range(8):
        host.feed(fourth, [row], end=False)
        host.feed(second, [row * 10], end=False)
    host.feed(second, [])
    host.feed(fourth, [])
    assert not host.has_data(0)
    host.send([wire.HOST_RESULT, 1, "called"])
    assert host.receive() == [wire.RESULT, first, ["called"]]
    assert host.receive() == [wire.RESULT, second, [row * 10 for row in range(8)]]
    assert host.receive() == [wire.RESULT, third, "in between"]
    assert host.receive() == [wire.RESULT, fourth, list(range(8))]


def test_a_call_of_another_plugin_between_the_chunks(host):
    number = host.begin(None, "calls", streams=[None])
    host.feed(number, [1, 2, 3])
    calls = []
    while True:
        message = host.receive()
        if message[0] == wire.HOST_CALL:
            calls.append(message[5])
            host.send([wire.HOST_RESULT, message[1], message[5] + 100])
        elif message[0] == wire.RESULT:
            break
    assert (calls, message[2]) == ([1, 2, 3], [101, 102, 103])


@pytest.mark.parametrize("action", ["execute", "later", "doubled", "doubled_later", "both"])
@pytest.mark.parametrize("with_signal", [True, False])
def test_a_cancel_ends_the_wait(host, action, with_signal):
    streams = ["left", "right"] if action == "both" else [None]
    number = host.begin({"left": None, "right": None} if action == "both" else None, action, streams=streams)
    host.feed(number, [1], end=False)
    while host.receive()[0] != wire.INPUT_CREDIT:
        pass  # it waits, or is about to
    waiting = host.begin("next", "echo")
    host.cancel(number, with_signal)
    host.send([wire.CREDIT, number, 0])
    ended = {}
    while len(ended) < 2:  # a stream lets the other call go first, between its steps
        kind, call, value = host.receive()[:3]
        if kind in (wire.RESULT, wire.FAILURE):
            ended[call] = value
    assert ended[waiting] == "next"
    assert ended[number]["code"] == "CALL_CANCELLED"
    host.feed(number, [2, 3])
    assert host.call("fine", "echo") == "fine"


def test_a_task_hears_of_a_chunk_that_another_task_has_read(start):
    """`late` holds the loop until the chunk for `left` is here, and reads it before the loop can see it."""
    host = start(
        """
        import asyncio
        import select
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            async def execute(self, streams):
                async def take(rows):
                    return [row async for row in rows]

                async def late(rows):
                    self.context.log.info("waiting")
                    select.select([3], [], [])
                    return await take(rows)

                return await asyncio.gather(take(streams["left"]), late(streams["right"]))
        """
    )
    number = host.begin({"left": None, "right": None}, streams=["left", "right"])
    host.next_log()
    host.feed(number, [1], stream=0, end=False)
    assert host.receive() == [wire.INPUT_CREDIT, number, 0, 1]
    host.feed(number, [], stream=0)
    host.feed(number, [], stream=1)
    assert host.answer(number) == (wire.RESULT, [[1], []])


def test_a_call_on_its_way_out_does_not_wait_for_what_never_comes(host):
    number = host.begin(None, "insists", streams=[None])
    host.feed(number, [1], end=False)
    assert host.receive()[0] == wire.INPUT_CREDIT
    host.cancel(number)
    assert host.answer(number)[1]["code"] == "CALL_CANCELLED"


def test_nothing_need_be_read(host):
    for _ in range(3):
        number = host.begin({"rows": None}, "nothing_of", streams=["rows"])
        host.feed(number, range(16), end=False)
        assert host.receive() == [wire.RESULT, number, None]
    unknown = host.begin(None, "no_such", streams=[None])
    host.feed(unknown, [1])
    assert host.answer(unknown)[1]["code"] == "ACTION_UNKNOWN"
    rejected = host.begin({"wrong": None}, "nothing_of", streams=["wrong"])
    host.feed(rejected, [1])
    assert host.answer(rejected)[1]["code"] == "INPUT_REJECTED"
    assert host.call("next", "echo") == "next"


def test_one_that_was_kept_is_over_with_its_call(start):
    host = start(PLUGIN)
    number = host.begin(None, "keep", streams=[None])
    host.feed(number, ["a", "b"], end=False)
    assert host.answer(number) == (wire.RESULT, "a")
    failure = host.fail(None, "go_on")
    assert (failure["type"], failure["message"]) == (
        "RuntimeError",
        "the call that this input stream belongs to is over",
    )


def test_it_belongs_in_the_main_thread(start):
    host = start(PLUGIN)
    number = host.begin(None, "from_a_thread", streams=[None])
    host.feed(number, [1])
    right = ["an input stream belongs in its own call, and in its main thread", 1]
    assert host.answer(number) == (wire.RESULT, right)


def test_other_tasks_go_on_while_it_is_waited_for(host):
    number = host.begin(None, "beside", streams=[None])
    assert host.next_log() == (number, {"level": "info", "message": "beside"})
    host.feed(number, [1, 2])
    assert host.answer(number) == (wire.RESULT, [1, 2])


def test_large_binary_chunks_come_as_bodies(host):
    number = host.begin(None, "size", streams=[None])
    sizes = [0, 1, 65_536, 65_537, 3_000_000]
    host.feed(number, [b"x" * size for size in sizes])
    assert host.answer(number) == (wire.RESULT, [["bytes", size] for size in sizes])


def test_a_chunk_that_cannot_be_read_is_not_passed_over(host):
    number = host.begin(None, "execute", streams=[None])
    host.feed(number, [1], end=False)
    payload = bytes([0x94, wire.INPUT_CHUNK, number, 0, 0xC1])
    host.data.sendall(struct.pack("<I", len(payload)) + payload)
    host.feed(number, [3])
    kind, failure = host.answer(number)
    assert (kind, failure["type"]) == (wire.FAILURE, "RuntimeError")
    assert failure["message"].startswith("a chunk of the input can't be read: ")
    assert host.call("next", "echo") == "next"


def test_a_shutdown_waits_behind_the_call(host):
    number = host.begin(None, streams=[None])
    host.feed(number, [1], end=False)
    host.send([wire.SHUTDOWN, 0])
    host.feed(number, [2, 3])
    assert host.answer(number) == (wire.RESULT, [1, 2, 3])
    assert host.receive() == [wire.BYE, 0]
    assert host.wait() == 0


def test_a_list_reads_like_a_stream_where_the_hint_says_so(host):
    assert host.call({"rows": [1, 2], "factor": 10}, "hinted") == [1, 20]
    number = host.begin({"rows": None}, "hinted", streams=["rows"])
    host.feed(number, [1, 2])
    assert host.answer(number) == (wire.RESULT, [1, 2])
    number = host.begin([1, 2], "hinted_later")
    assert [host.receive()[-1] for _ in range(4)] == [None, 1, 2, None]
    assert host.fail([1], "hinted")["code"] == "INPUT_REJECTED"


def test_a_call_without_a_limit_has_no_deadline(start):
    host = start(PLUGIN)
    number = host.begin(None, "deadline", streams=[None])
    assert host.answer(number) == (wire.RESULT, None)


def test_one_made_of_a_list_stands_in_for_one_in_tests():
    rows = InputStream([1, 2, 3])
    assert (next(rows), list(rows), list(rows)) == (1, [2, 3], [])

    async def gather(stream):
        return [row async for row in stream]

    assert asyncio.run(gather(InputStream("ab"))) == ["a", "b"]
    closed = InputStream([1])
    closed.close()
    assert list(closed) == []
    assert InputStream.__module__ == "plugin_sdk"


@pytest.mark.parametrize("action", ["execute", "later"])
def test_each_of_several_calls_waits_for_its_own(start, action):
    host = start(PLUGIN, concurrency=4)
    numbers = [host.begin(None, action, streams=[None]) for _ in range(4)]
    for number in reversed(numbers):
        host.feed(number, [number, -number])
        assert host.answer(number) == (wire.RESULT, [number, -number])


def test_it_belongs_in_the_thread_of_its_call(start):
    host = start(PLUGIN, concurrency=4)
    number = host.begin(None, "from_a_thread", streams=[None])
    host.feed(number, [1], end=False)
    assert host.receive() == [wire.INPUT_CREDIT, number, 0, 1]
    host.feed(number, [])
    right = ["an input stream belongs in its own call, and in its own thread or task", 1]
    assert host.answer(number) == (wire.RESULT, right)
