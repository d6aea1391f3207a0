"""Threads, executors and processes that a plugin leaves running do not hold up its end, and nothing else is lost by them."""

import os
import signal
import sys

import pytest

from plugin_sdk._wire import frames as wire

LEAVES = """
import atexit
import concurrent.futures
import multiprocessing
import sys
import threading
import time
from plugin_sdk import PluginBase

def forever(*_):
    while True:
        time.sleep(0.01)

class Tells:
    def __del__(self):
        print("finalized")

class Plugin(PluginBase):
    def initialize(self, config):
        atexit.register(print, "at exit")
        self.tells = Tells()
        self.file = open("%(file)s", "w")
        %(left)s
    def execute(self, input_data):
        self.file.write("written")
    def cleanup(self):
        print("cleaned up")
"""


def kill_group(leader):
    """As the host does when the leader has gone."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass  # nothing was left


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize(
    ("left", "named"),
    [
        ("threading.Thread(target=forever, name='poller').start()", "poller at plugin.py:12"),
        ("threading.Timer(3600, forever).start()", "Thread-1"),
        (
            "self.pool = concurrent.futures.ThreadPoolExecutor(1, 'pool'); self.pool.submit(forever)",
            "pool_0 at plugin.py:12",
        ),
        ("multiprocessing.get_context('fork').Process(target=forever, name='child').start()", "child (process "),
        ("concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context('fork')).submit(forever)", "(process "),
    ],
    ids=["thread", "timer", "executor", "process", "process pool"],
)
def test_what_never_ends_is_left_behind_by_name(start, tmp_path, left, named, concurrency):
    host = start(LEAVES % {"left": left, "file": tmp_path / "file"}, concurrency=concurrency)
    host.call()
    assert host.shut_down() == 0
    call, line = host.next_log()
    assert (call, line["level"]) == (0, "warn")
    assert line["message"].startswith("still running 1 s after cleanup, and ended with the plugin: ")
    assert named in line["message"]
    assert (tmp_path / "file").read_text() == "written"
    kill_group(host.pid)  # the child has standard output as well
    assert host.stdout() == "cleaned up\nat exit\nfinalized\n"
    assert host.stderr() == ""


@pytest.mark.parametrize(
    "left",
    [
        "threading.Thread(target=self.finish).start()",
        "self.pool = concurrent.futures.ThreadPoolExecutor(1); self.pool.submit(self.finish)",
        "multiprocessing.get_context('fork').Process(target=self.finish).start()",
    ],
    ids=["thread", "executor", "process"],
)
def test_what_ends_soon_is_waited_for(start, tmp_path, left):
    source = LEAVES % {"left": left, "file": tmp_path / "file"}
    host = start(
        source
        + """
        print("told to end", flush=True)
        open("%(ended)s", "w").close()
    def finish(self):
        import os
        while not os.path.exists("%(ended)s"):
            time.sleep(0.001)
        print("finished", flush=True)
"""
        % {"ended": tmp_path / "ended"}
    )
    assert host.shut_down() == 0
    assert host.stdout() == "cleaned up\ntold to end\nfinished\nat exit\nfinalized\n"
    assert host.stderr() == ""


@pytest.mark.parametrize(
    "write", ["sys.stdout.write('x' * 50 + '\\\\n')", "LOG.write('x' * 50)", "print('x', file=sys.stderr)"]
)
def test_a_daemon_that_writes_all_the_time_aborts_nothing(start, tmp_path, write):
    host = start(
        """
        import atexit
        import sys
        import threading
        from plugin_sdk import PluginBase

        LOG = open("%s", "w")
        has_written = threading.Event()

        def write():
            while True:
                %s
                has_written.set()

        class Plugin(PluginBase):
            def initialize(self, config):
                threading.Thread(target=write, daemon=True).start()
                atexit.register(print, "at exit")
            def execute(self, input_data):
                has_written.wait()
        """
        % (tmp_path / "log", write)
    )
    host.call()
    assert host.shut_down() == 0
    assert "at exit\n" in host.stdout()
    assert set(host.stderr()) <= {"x", "\n"}


def test_a_failed_start_is_not_held_up_either(start):
    host = start(
        """
        import threading
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data): ...

            def initialize(self, config):
                threading.Thread(target=threading.Event().wait).start()
                raise ValueError("no")
        """,
        handshake=False,
    )
    assert host.start()["code"] == "PLUGIN_INITIALIZE_FAILED"
    assert host.wait() == 1


def test_code_around_start_server_runs_at_the_end(start):
    host = start(
        """
        import atexit
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data): ...

            def cleanup(self):
                print("cleaned up")

        atexit.register(print, "at exit")
        try:
            Plugin().start_server()
        finally:
            print("finally")
        """
    )
    host.send([wire.SHUTDOWN, 0])
    assert host.wait() == 0
    assert host.stdout() == "cleaned up\nfinally\nat exit\n"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere shared memory is no file that can be seen")
@pytest.mark.parametrize("removes", ["pass", "self.block.unlink()"], ids=["left", "removed at the end"])
def test_shared_memory_is_removed_as_after_a_script(start, removes):
    host = start(
        """
        from multiprocessing import shared_memory
        from plugin_sdk import PluginBase

        class Holder:
            def __init__(self):
                self.block = shared_memory.SharedMemory(create=True, size=64)
            def __del__(self):
                %s

        class Plugin(PluginBase):
            def initialize(self, config):
                self.holder = Holder()
            def execute(self, input_data):
                return self.holder.block.name
        """
        % removes
    )
    path = os.path.join("/dev/shm", host.call())
    assert os.path.exists(path)
    assert host.shut_down() == 0
    assert not os.path.exists(path)
    assert ("leaked shared_memory" in host.stderr()) == (removes == "pass")
    assert "Traceback" not in host.stderr()
