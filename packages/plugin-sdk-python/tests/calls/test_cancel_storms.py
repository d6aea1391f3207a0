"""Cancels and signals at every moment: none of them may cut a frame."""

import os
import threading

from host import DEADLINE_SECONDS

from plugin_sdk._wire import frames as wire


def test_a_storm_of_cancels_cuts_no_frame(start):
    """Every frame that arrives is checked: a cut one would throw all that follow out of step."""
    host = start(
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                total = 0
                for index in range(200):
                    self.context.log.info("line", index=index, filling="x" * 500)
                    total += sum(range(50))
                return b"z" * 3_000_000
        """
    )
    log = LogChecker(host)
    finished = cancelled = 0
    for round_number in range(150):
        wanted = log.lines + round_number % 40
        number = host.begin()
        log.wait_for_lines(wanted)
        for _ in range(1 + round_number % 3):
            host.cancel(number)
        kind, value = host.answer(number)
        if kind == wire.RESULT:
            finished += 1
            assert value == b"z" * 3_000_000
        else:
            cancelled += 1
            assert value == {"code": "CALL_CANCELLED", "message": "the call was cancelled"}
    host.send([wire.SHUTDOWN, 0])
    assert host.receive() == [wire.BYE, 0]
    assert host.wait() == 0
    log.finish()
    assert finished + cancelled == 150 and cancelled > 0
    assert host.stderr() == ""


def test_a_signal_at_each_piece_of_an_answer_cuts_no_frame(start):
    """The plugin is inside a write when it gets one: there is more to say than the channel takes in."""
    host = start(
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, size):
                return "y" * size
        """
    )
    quiet, host.data = host.data, SignalBeforeEachPiece(host.data, host.pid)
    for _ in range(8):
        assert host.call(3_000_000) == "y" * 3_000_000
        # small answers are written by another function than large ones
        for number in [host.begin(50_000) for _ in range(30)]:
            assert host.answer(number) == (wire.RESULT, "y" * 50_000)
    host.data = quiet
    assert host.shut_down() == 0
    assert host.stderr() == ""


class SignalBeforeEachPiece:
    """A channel to a plugin, read in small pieces.

    What is read bounds the signals. Real-time signals queue up, and a process whose queue is filled faster than the
    kernel empties it runs no instruction any more.
    """

    PIECE_BYTES = 65_536

    def __init__(self, channel, pid):
        self._channel = channel
        self._pid = pid

    def recv_into(self, view):
        os.kill(self._pid, 40)
        return self._channel.recv_into(view[: self.PIECE_BYTES])

    def __getattr__(self, name):
        return getattr(self._channel, name)


class LogChecker:
    """Reads the control channel as it fills."""

    def __init__(self, host):
        self._host = host
        self.lines = 0
        self._error = None
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wait_for_lines(self, count):
        with self._changed:
            assert self._changed.wait_for(lambda: self.lines >= count or self._error, DEADLINE_SECONDS)

    def finish(self):
        self._thread.join(DEADLINE_SECONDS)
        assert not self._thread.is_alive()
        assert isinstance(self._error, (EOFError, ConnectionResetError)), self._error

    def _run(self):
        try:
            while True:
                _, line = self._host.next_log()
                assert line["message"] == "line" and line["fields"]["filling"] == "x" * 500
                with self._changed:
                    self.lines += 1
                    self._changed.notify_all()
        except BaseException as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()
