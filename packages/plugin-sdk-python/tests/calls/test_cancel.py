import pytest

from plugin_sdk._wire import frames as wire

BLOCKING = """
    import asyncio
    import socket
    import subprocess
    import threading
    import time
    from plugin_sdk import Cancelled, PluginBase, action

    def spin():
        while True:
            pass

    def receive():
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.recv(1)

    def lock():
        held = threading.Lock()
        held.acquire()
        held.acquire()

    def swallow_errors():
        while True:
            try:
                time.sleep(600)
            except Exception:
                pass

    def wait_for_child():
        with child:
            try:
                child.wait()
            finally:
                child.kill()

    # Started here: a cancel that strikes in the middle of Popen() leaves a child that nobody knows, as Ctrl-C does.
    child = subprocess.Popen(["sleep", "600"])

    BLOCKS = {
        "sleep": lambda: time.sleep(600),
        "receive": receive,
        "lock": lock,
        "event": lambda: threading.Event().wait(),
        "loop": spin,
        "process": wait_for_child,
        "swallow_errors": swallow_errors,
    }

    class Plugin(PluginBase):
        def execute(self, how):
            self.context.log.info("started")
            BLOCKS[how]()

        @action
        async def awaits(self):
            self.context.log.info("started")
            await asyncio.sleep(600)

        @action
        async def blocks_in_async(self):
            self.context.log.info("started")
            time.sleep(600)

        @action
        def stubborn(self):
            try:
                self.context.log.info("started")
                time.sleep(600)
            except BaseException as error:
                self.context.log.info(type(error).__name__, cancelled=self.context.cancelled)
                time.sleep(600)

        @action
        def keeps_going(self):
            try:
                self.context.log.info("started")
                time.sleep(600)
            except Cancelled:
                return "cleaned up"

        @action
        def wraps(self):
            try:
                self.context.log.info("started")
                time.sleep(600)
            except BaseException as error:
                raise ValueError("wrapped") from error

        @action
        def runs_a_loop(self):
            async def main():
                self.context.log.info("started")
                await asyncio.sleep(600)

            asyncio.run(main())

        @action
        def quick(self):
            return self.context.cancelled

        def cleanup(self):
            child.kill()
            child.wait()
"""


@pytest.fixture(params=[True, False], ids=["with signal", "frame only"])
def with_signal(request):
    return request.param


def begin(host, *arguments, **options):
    number = host.begin(*arguments, **options)
    assert host.next_log() == (number, {"level": "info", "message": "started"})
    return number


@pytest.mark.parametrize("how", ["sleep", "receive", "lock", "event", "loop", "process", "swallow_errors"])
def test_what_blocks_is_interrupted(start, how, with_signal):
    host = start(BLOCKING)
    number = begin(host, how)
    host.cancel(number, with_signal)
    kind, failure = host.answer(number)
    assert (kind, failure) == (wire.FAILURE, {"code": "CALL_CANCELLED", "message": "the call was cancelled"})
    assert host.call(action="quick") is False
    assert host.shut_down() == 0
    assert host.stderr() == ""


@pytest.mark.parametrize("name", ["awaits", "blocks_in_async"])
def test_coroutines_are_cancelled_and_their_loop_lives_on(start, name, with_signal):
    host = start(BLOCKING)
    for _ in range(3):
        number = begin(host, action=name)
        host.cancel(number, with_signal)
        assert host.answer(number)[1]["code"] == "CALL_CANCELLED"
    assert host.shut_down() == 0
    assert host.stderr() == ""


def test_an_event_loop_of_the_action_itself(start, with_signal):
    host = start(BLOCKING)
    for _ in range(3):
        number = begin(host, action="runs_a_loop")
        host.cancel(number, with_signal)
        assert host.answer(number)[1]["code"] == "CALL_CANCELLED"


def test_a_queued_call_is_cancelled_without_running(start):
    host = start(BLOCKING)
    running = begin(host, "sleep")
    queued = [host.begin("unknown: would raise KeyError") for _ in range(30)]
    for number in queued:
        host.cancel(number)
    host.ping()
    host.cancel(running)
    for number in [running, *queued]:
        assert host.answer(number)[1] == {"code": "CALL_CANCELLED", "message": "the call was cancelled"}


def test_code_that_catches_everything_is_left_in_peace_until_the_next_cancel(start, with_signal):
    host = start(BLOCKING)
    number = begin(host, action="stubborn")
    host.cancel(number, with_signal)
    assert host.next_log() == (number, {"level": "info", "message": "Cancelled", "fields": {"cancelled": True}})
    host.ping()
    host.cancel(number, with_signal)
    assert host.answer(number)[1]["code"] == "CALL_CANCELLED"


def test_an_answer_in_spite_of_a_cancel_is_an_answer(start):
    host = start(BLOCKING)
    number = begin(host, action="keeps_going")
    host.cancel(number)
    assert host.answer(number) == (wire.RESULT, "cleaned up")


def test_another_exception_is_the_cause(start):
    host = start(BLOCKING)
    number = begin(host, action="wraps")
    host.cancel(number)
    failure = host.answer(number)[1]
    assert failure["code"] == "CALL_CANCELLED"
    assert failure["cause"]["message"] == "wrapped"


def test_cancels_and_signals_that_mean_nothing_are_ignored(start):
    host = start(BLOCKING)
    for number in [*range(1000, 7000), 2**53 - 1]:
        host.send_control([wire.CANCEL, number])
    for _ in range(50):
        host.cancel(999)
        assert host.call(action="quick") is False
    assert host.stderr_so_far() == b""


def test_a_regular_expression_is_interrupted(start):
    host = start(
        """
        import re
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                self.context.log.info("started")
                re.match(r"(a+)+$", "a" * 60 + "b")
        """
    )
    for _ in range(3):
        number = begin(host)
        while True:
            # It holds the interpreter lock: on a loaded machine the frame may come too late for its signal.
            host.cancel(number)
            if host.has_data(1):
                break
        assert host.answer(number)[1]["code"] == "CALL_CANCELLED"
