"""Several calls at the same time: each of these plugins can only answer if they really are."""

import random
import threading

import pytest

from plugin_sdk._wire import frames as wire

THREADS = """
    import threading
    import time
    from plugin_sdk import Cancelled, PluginBase, action

    class Plugin(PluginBase):
        def initialize(self, config):
            self.barrier = threading.Barrier(4)
            self.thread = threading.get_ident()
            self.running = 0
            self.most = 0
            self.lock = threading.Lock()

        def execute(self, value):
            return value

        @action
        def meet(self, value):
            self.barrier.wait()
            return value

        @action
        def count(self):
            with self.lock:
                self.running += 1
                self.most = max(self.most, self.running)
            time.sleep(0.001)
            with self.lock:
                self.running -= 1
            return self.most

        @action
        def where(self):
            return [self.thread == threading.main_thread().ident, threading.get_ident() == self.thread]

        @action
        def spin(self):
            self.context.log.info("begun")
            try:
                while True:
                    pass
            finally:
                self.context.log.info("over", cancelled=self.context.cancelled)

        @action
        def look(self):
            try:
                self.context.log.info("begun")
                while True:
                    time.sleep(0.001)
            except Cancelled:
                return self.context.cancelled

        @action
        def fail(self, value):
            raise KeyError(value)
"""


@pytest.fixture
def threads(start):
    return start(THREADS, concurrency=4)


def test_as_many_as_were_agreed_run_at_once_and_no_more(threads):
    numbers = [threads.begin(index, "meet") for index in range(8)]
    assert [threads.answer(number) for number in numbers] == [(wire.RESULT, index) for index in range(8)]
    numbers = [threads.begin(None, "count") for _ in range(60)]
    assert max(threads.answer(number)[1] for number in numbers) <= 4
    assert threads.call(None, "where") == [True, False]
    assert threads.shut_down() == 0
    assert threads.stderr() == ""


def test_each_answer_belongs_to_its_call_and_so_does_each_line(threads):
    numbers = [threads.begin(None, "spin") for _ in range(3)]
    assert sorted(threads.next_log()[0] for _ in numbers) == numbers
    assert threads.call("meanwhile") == "meanwhile"
    failure = threads.fail("wrong", "fail")
    assert (failure["code"], failure["type"]) == ("PLUGIN_RAISED", "KeyError")
    assert threads.fail(None, "nowhere")["code"] == "ACTION_UNKNOWN"
    assert threads.fail({"no": 1}, "fail")["code"] == "INPUT_REJECTED"
    assert threads.call(b"x" * 300_000, body_threshold=wire.BODY_THRESHOLD_BYTES) == b"x" * 300_000
    for number in reversed(numbers):
        threads.cancel(number)
        assert threads.answer(number) == (
            wire.FAILURE,
            {"code": "CALL_CANCELLED", "message": "the call was cancelled"},
        )
        assert threads.next_log() == (
            number,
            {"level": "info", "message": "over", "fields": {"cancelled": True}},
        )
    assert threads.call("fine") == "fine"


def test_one_that_has_an_answer_all_the_same_gives_it(threads):
    number = threads.begin(None, "look")
    threads.next_log()
    threads.cancel(number)
    assert threads.answer(number) == (wire.RESULT, True)


def test_a_call_that_has_not_begun_is_cancelled_while_all_are_busy(threads):
    busy = [threads.begin(index, "meet") for index in range(3)]
    spinning = threads.begin(None, "spin")
    threads.next_log()
    waiting = [threads.begin(index) for index in range(3)]
    threads.cancel(waiting[1])
    threads.send([wire.CREDIT, waiting[1], 0])
    assert threads.answer(waiting[1])[1]["code"] == "CALL_CANCELLED"
    threads.cancel(spinning)
    assert threads.answer(spinning)[1]["code"] == "CALL_CANCELLED"
    assert [threads.answer(waiting[index]) for index in (0, 2)] == [(wire.RESULT, 0), (wire.RESULT, 2)]
    threads.begin(3, "meet")
    assert [threads.answer(number)[1] for number in busy] == [0, 1, 2]


def test_a_cancel_that_comes_before_its_call_ends_it(threads):
    threads.cancel(1)
    threads.ping()
    assert threads.fail(None, "spin")["code"] == "CALL_CANCELLED"


def test_without_the_feature_one_runs_at_a_time(start):
    host = start(THREADS, concurrency=4, features=[name for name in wire.FEATURES if name != "concurrency"])
    assert host.call(None, "where") == [True, True]


@pytest.mark.parametrize("seed", range(3))
def test_a_storm_of_calls_and_cancels(start, seed):
    """Every frame is checked, and every answer: a strike that hit another call, or our own code, would show."""
    host = start(STORM, concurrency=5)
    reader = threading.Thread(target=drain_control, args=(host,))
    reader.start()
    dice = random.Random(seed)
    kinds = {}
    open_calls = set()
    unwanted = set()
    for step in range(600):
        action = dice.choice(["echo", "spin", "chatter", "numbers", "later", "asks"])
        number = host.begin(step, action)
        kinds[number] = (action, step)
        open_calls.add(number)
        endless = [other for other in open_calls if kinds[other][0] == "spin"]
        doomed = endless[1:] + (dice.sample(sorted(open_calls), min(len(open_calls), 2)) if step % 2 else [])
        for other in set(doomed) - unwanted:
            unwanted.add(other)
            host.cancel(other)
            host.send([wire.CREDIT, other, 0])
        while len(open_calls) > 12:
            settle(host, kinds, open_calls)
    for number in open_calls - unwanted:
        host.cancel(number)
        host.send([wire.CREDIT, number, 0])
    while open_calls:
        settle(host, kinds, open_calls)
    for _ in range(2):  # none of the five places has been lost
        numbers = [host.begin(index, "meet") for index in range(5)]
        assert [host.answer(number)[1] for number in numbers] == list(range(5))
    assert host.shut_down() == 0
    reader.join()
    assert host.stderr() == ""


STORM = """
    import asyncio
    import threading
    from plugin_sdk import PluginBase, action

    class Plugin(PluginBase):
        def initialize(self, config):
            self.barrier = threading.Barrier(5)

        @action
        def meet(self, value):
            self.barrier.wait()
            return value

        @action
        def echo(self, value):
            return [value, "x" * 500]

        @action
        def spin(self, value):
            while True:
                pass

        @action
        def chatter(self, value):
            for index in range(100):
                self.context.log.info("line", index=index)
            return [value, "y" * 200_000]

        @action
        def numbers(self, value):
            for index in range(30):
                yield [value, index]

        @action
        async def later(self, value):
            for _ in range(20):
                await asyncio.sleep(0)
            return value

        @action
        def asks(self, value):
            return self.context.call("other", value)
"""


def settle(host, kinds, open_calls):
    message = host.receive()
    kind, number = message[:2]
    if kind == wire.HOST_CALL:
        host.send([wire.HOST_RESULT, number, message[5]])
        return
    action, value = kinds[number]
    assert number in open_calls
    if kind == wire.CHUNK:
        assert action == "numbers" and message[2][0] == value
        host.send([wire.CREDIT, number, 1])
    elif kind != wire.STREAM:
        open_calls.remove(number)
        if kind == wire.RESULT:
            expected = {"echo": [value, "x" * 500], "chatter": [value, "y" * 200_000]}
            assert message[2] == expected.get(action, value)
        elif kind == wire.FAILURE:
            assert message[2]["code"] == "CALL_CANCELLED", message
            assert message[2].get("cause", {"type": "CancelledError"})["type"].endswith("CancelledError")
        else:
            assert (kind, action) == (wire.END, "numbers")


def drain_control(host):
    try:
        while True:
            host.receive_control()
    except (EOFError, ConnectionResetError):
        pass


@pytest.mark.parametrize("concurrency", [1, 4])
def test_an_error_about_threads_says_that_there_are_several(start, concurrency):
    host = start(
        """
        import sqlite3
        from plugin_sdk import PluginBase, action

        class Plugin(PluginBase):
            def initialize(self, config):
                self.connection = sqlite3.connect(":memory:")

            def execute(self, value):
                return self.connection.execute("select 1").fetchone()[0]

            @action
            async def later(self):
                return self.connection.execute("select 2").fetchone()[0]

            @action
            def fails(self):
                raise ValueError("no")
        """,
        concurrency=concurrency,
    )
    if concurrency == 1:
        assert [host.call(), host.call(None, "later")] == [1, 2]
    else:
        for name in ("execute", "later"):
            message = host.fail(None, name)["message"]
            assert message.endswith(
                "; with `concurrency` over 1, actions run in other threads than initialize and than one another"
            )
    assert host.fail(None, "fails")["message"] == "no"
