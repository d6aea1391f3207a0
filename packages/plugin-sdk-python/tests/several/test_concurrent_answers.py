"""Streams, calls of other plugins and coroutines where several calls run at the same time."""

import os

import pytest

from plugin_sdk._wire import frames as wire

PLUGIN = """
    import asyncio
    import os
    import threading
    from plugin_sdk import Cancelled, PluginBase, RemoteError, action

    class Plugin(PluginBase):
        async def initialize(self, config):
            self.queue = asyncio.Queue()
            self.arrived = 0
            self.all_here = asyncio.Event()
            self.beats = 0
            self.barrier = threading.Barrier(3)
            self.pulse = asyncio.ensure_future(self.beat())
            self.loop = asyncio.get_running_loop()

        async def beat(self):
            while True:
                self.beats += 1
                await asyncio.sleep(0.001)

        async def execute(self, value):
            return value

        @action
        async def meet(self, value):
            self.arrived += 1
            if self.arrived == 4:
                self.all_here.set()
            await self.all_here.wait()
            self.context.log.info("met", value=value)
            return [value, asyncio.get_running_loop() is self.loop]

        @action
        def meet_in_threads(self, value):
            self.barrier.wait()
            return value

        @action
        async def wait_for_beats(self, more: int):
            goal = self.beats + more
            while self.beats < goal:
                await asyncio.sleep(0)

        @action
        async def sleep(self):
            self.context.log.info("asleep")
            try:
                await asyncio.sleep(3600)
            finally:
                await asyncio.sleep(0.001)
                self.context.log.info("awake", cancelled=self.context.cancelled)

        @action
        async def fails(self):
            raise KeyError("wrong")

        @action
        async def leaves(self):
            raise SystemExit(3)

        @action
        def count(self, to: int):
            try:
                for number in range(to):
                    yield number
                return "all"
            finally:
                self.context.log.info("closed", cancelled=self.context.cancelled)

        @action
        async def count_async(self, to: int):
            try:
                for number in range(to):
                    yield number
            finally:
                await asyncio.sleep(0.01)
                self.context.log.info("closed", cancelled=self.context.cancelled)

        @action
        async def returns_generator(self, to: int):
            return self.count(to)

        @action
        def returns_coroutine(self, value):
            return self.execute(value)

        @action
        def stuck_in_step(self):
            yield 1
            self.context.log.info("stuck")
            while True:
                pass

        @action
        def ask(self, **arguments):
            return self.context.call("other", **arguments)

        @action
        async def ask_async(self, **arguments):
            return await self.context.call_async("other", **arguments)

        @action
        async def ask_from_thread(self, data):
            return await asyncio.to_thread(self.context.call, "other", data)

        @action
        def ask_from_stray_thread(self):
            raised = []

            def run():
                try:
                    self.context.call("other")
                except RuntimeError as error:
                    raised.append(str(error))
                self.context.log.info("belongs to none")

            thread = threading.Thread(target=run)
            thread.start()
            thread.join()
            return raised

        @action
        def forks(self):
            pid = os.fork()
            if pid == 0:
                return "nobody hears this"
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

        async def cleanup(self):
            self.pulse.cancel()
            self.context.log.info("clean", same=asyncio.get_running_loop() is self.loop)
"""


@pytest.fixture
def host(start):
    return start(PLUGIN, concurrency=4)


def test_coroutines_run_at_once_on_the_loop_that_initialize_ran_on(host):
    host.call(50, "wait_for_beats")
    numbers = [host.begin(index, "meet") for index in range(4)]
    assert [host.answer(number)[1] for number in numbers] == [[index, True] for index in range(4)]
    lines = dict(host.next_log() for _ in numbers)
    assert [lines[number]["fields"]["value"] for number in numbers] == list(range(4))
    assert host.shut_down() == 0
    assert host.next_log() == (0, {"level": "info", "message": "clean", "fields": {"same": True}})
    assert host.stderr() == ""


def test_coroutines_threads_and_their_failures_run_beside_each_other(host):
    asleep = host.begin(None, "sleep")
    assert host.next_log()[0] == asleep
    numbers = [host.begin(index, "meet_in_threads") for index in range(3)]
    assert [host.answer(number)[1] for number in numbers] == [0, 1, 2]
    assert host.call("value", "returns_coroutine") == "value"
    assert host.fail(None, "fails")["type"] == "KeyError"
    assert host.fail(None, "leaves")["message"] == "called exit with status 3"
    assert host.call("still there") == "still there"


def test_a_cancelled_coroutine_sees_it_where_it_awaits(host):
    numbers = [host.begin(None, "sleep") for _ in range(2)]
    assert sorted(host.next_log()[0] for _ in numbers) == numbers
    host.cancel(numbers[0])
    failure = host.answer(numbers[0])[1]
    assert (failure["code"], failure["cause"]["type"]) == ("CALL_CANCELLED", "asyncio.exceptions.CancelledError")
    assert host.next_log() == (
        numbers[0],
        {"level": "info", "message": "awake", "fields": {"cancelled": True}},
    )
    assert host.call("meanwhile") == "meanwhile"
    host.cancel(numbers[1])
    assert host.answer(numbers[1])[1]["code"] == "CALL_CANCELLED"


@pytest.mark.parametrize("action", ["count", "count_async", "returns_generator"])
@pytest.mark.parametrize("count", [0, 1, 16, 17, 100])
def test_generators_answer_as_streams(host, action, count):
    returned = None if action == "count_async" else "all"
    assert host.chunks_of(host.begin(count, action)) == (list(range(count)), [wire.END, returned])
    assert host.shut_down() == 0
    assert host.stderr() == ""


@pytest.mark.parametrize("action", ["count", "count_async"])
@pytest.mark.parametrize("with_cancel", [True, False])
def test_breaking_out_closes_a_generator_that_waits_for_credit(host, action, with_cancel):
    number = host.begin(100, action)
    assert [host.receive()[0] for _ in range(17)] == [wire.STREAM, *[wire.CHUNK] * 16]
    host.send([wire.CREDIT, number, 1])
    assert host.receive() == [wire.CHUNK, number, 16]
    assert host.call("meanwhile") == "meanwhile"
    assert not host.has_data(0)
    host.send([wire.CREDIT, number, 0])
    if with_cancel:
        host.cancel(number)
    assert host.receive()[:2] == [wire.FAILURE, number]
    assert host.next_log() == (
        number,
        {"level": "info", "message": "closed", "fields": {"cancelled": True}},
    )
    host.send([wire.CREDIT, number, 5])
    assert host.call("next") == "next"


def test_a_generator_is_interrupted_in_the_middle_of_a_step(host):
    number = host.begin(None, "stuck_in_step")
    assert [host.receive()[0] for _ in range(2)] == [wire.STREAM, wire.CHUNK]
    assert host.next_log()[0] == number
    host.cancel(number)
    assert host.answer(number)[1]["code"] == "CALL_CANCELLED"


def test_streams_go_on_behind_a_shutdown_and_so_do_calls_of_others(host):
    stream = host.begin(40, "count")
    asking = host.begin({"data": 1}, "ask")
    host.send([wire.SHUTDOWN, 0])
    found = []
    while True:
        kind, number, value = [*host.receive(), None][:3]
        if kind == wire.BYE:
            break
        if kind == wire.CHUNK:
            host.send([wire.CREDIT, number, 1])
        elif kind == wire.HOST_CALL:
            host.send([wire.HOST_RESULT, number, "answer"])
        elif kind != wire.STREAM:
            found.append((kind, number, value))
    assert sorted(found) == [(wire.RESULT, asking, "answer"), (wire.END, stream, "all")]
    assert host.wait() == 0


@pytest.mark.parametrize("action", ["ask", "ask_async"])
def test_only_the_call_that_asks_waits(host, action):
    numbers = [host.begin({"data": index}, action) for index in range(3)]
    asked = [host.receive() for _ in numbers]
    assert sorted(question[2] for question in asked) == numbers
    assert host.call("meanwhile") == "meanwhile"
    for kind, number, *what in reversed(asked):
        assert (kind, what[1:3]) == (wire.HOST_CALL, ["other", "execute"])
        host.send([wire.HOST_RESULT, number, what[3] * 10])
    assert [host.answer(number) for number in numbers] == [(wire.RESULT, index * 10) for index in range(3)]


@pytest.mark.parametrize("action", ["ask", "ask_async"])
def test_a_cancel_ends_the_wait_for_another_plugin(host, action):
    numbers = [host.begin({"data": index}, action) for index in range(2)]
    questions = {question[2]: question[1] for question in (host.receive() for _ in numbers)}
    host.cancel(numbers[0])
    assert host.answer(numbers[0])[1]["code"] == "CALL_CANCELLED"
    host.send([wire.HOST_RESULT, questions[numbers[0]], "late"])
    host.send([wire.HOST_FAILURE, questions[numbers[1]], {"code": "CALL_TIMEOUT", "message": "too late"}])
    assert host.answer(numbers[1])[1]["message"] == "too late"
    assert host.call("fine") == "fine"


def test_threads_belong_to_a_call_if_they_are_given_its_context(host):
    number = host.begin(5, "ask_from_thread")
    assert host.receive() == [wire.HOST_CALL, 1, number, "other", "execute", 5, {}]
    host.send([wire.HOST_RESULT, 1, 6])
    assert host.answer(number) == (wire.RESULT, 6)
    assert host.call(None, "ask_from_stray_thread") == [
        "context.call belongs in a running call, and in its own thread or task"
    ]
    assert host.next_log()[0] == 0


def test_a_coroutine_can_ask_where_one_runs_at_a_time(start):
    host = start(PLUGIN)
    number = host.begin({"data": 7}, "ask_async")
    assert host.receive() == [wire.HOST_CALL, 1, number, "other", "execute", 7, {}]
    host.send([wire.HOST_RESULT, 1, 8])
    assert host.answer(number) == (wire.RESULT, 8)


def test_a_child_that_is_forked_inside_a_call_answers_nothing(host):
    assert host.call(None, "forks") == 0
    assert host.call("parent") == "parent"
    assert os.path.exists("/proc/%d" % host.pid)
