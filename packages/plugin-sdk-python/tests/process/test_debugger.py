"""What of a debugger concerns the SDK; debugpy itself is met in the tests of the host."""

import pytest

from plugin_sdk._wire import frames as wire

PLUGIN = """
    import sys
    import time
    from plugin_sdk import PluginBase, action

    class Plugin(PluginBase):
        def execute(self, input_data):
            return input_data

        @action
        def wait(self):
            print("waiting", flush=True)
            time.sleep(600)

        @action
        def main_thread(self):
            import threading

            return threading.current_thread() is threading.main_thread()

        @action
        def block(self):
            # C code that lets other threads run, and that no signal wakes
            import ctypes

            libc, mutex = ctypes.CDLL(None), ctypes.create_string_buffer(128)
            print("locking", flush=True)
            libc.pthread_mutex_lock(mutex)
            libc.pthread_mutex_lock(mutex)
"""


def ask(host, number=5, path="/nowhere", port=0):
    host.send_control([wire.DEBUG, number, {"path": path, "host": "127.0.0.1", "port": port}])
    return host.receive_control()


def test_the_feature_is_named(start):
    assert "debug" in start(PLUGIN).hello["features"]


def test_says_why_no_debugger_can_attach_and_goes_on(start, tmp_path):
    (tmp_path / "debugpy.py").write_text("raise ImportError('not for this Python')")
    host = start(PLUGIN)
    assert ask(host, path=str(tmp_path)) == [wire.DEBUGGING, 5, {"error": "not for this Python"}]
    assert host.call("as before") == "as before"
    assert host.call(action="main_thread") is True
    host.ping()
    assert host.shut_down() == 0
    assert host.stderr() == ""


def test_is_answered_while_a_call_waits_and_the_call_can_be_cancelled(start, tmp_path):
    (tmp_path / "debugpy.py").write_text("raise ImportError('not for this Python')")
    host = start(PLUGIN)
    number = host.begin(action="wait")
    host.output[0].wait_for("waiting")
    assert ask(host, path=str(tmp_path))[2] == {"error": "not for this Python"}
    host.cancel(number)
    kind, failure = host.answer(number)
    assert (kind, failure["code"]) == (wire.FAILURE, "CALL_CANCELLED")


def test_says_so_when_the_main_thread_never_comes_to_python(start):
    host = start(PLUGIN)
    host.begin(action="block")
    host.output[0].wait_for("locking")
    answer = ask(host)
    while "debugpy" in answer[2]["error"]:  # it was not there yet
        answer = ask(host)
    assert answer[:2] == [wire.DEBUGGING, 5]
    assert "native code" in answer[2]["error"]


@pytest.mark.parametrize("request_", [{}, {"path": 1, "host": None, "port": "x"}])
def test_a_request_that_makes_no_sense_is_answered(start, request_):
    host = start(PLUGIN)
    host.send_control([wire.DEBUG, 5, request_])
    assert "error" in host.receive_control()[2]
    host.ping()
