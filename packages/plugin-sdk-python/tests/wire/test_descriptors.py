"""A plugin that closes, replaces or shuts down its channels to the host ends, and says why."""

import os
import signal

import pytest
from host import is_gone

from plugin_sdk._wire import frames as wire

BREAKER = """
import os
import socket
import subprocess
import sys
import threading
import time
from plugin_sdk import PluginBase, action

def shut_down(fd, how):
    end = socket.socket(fileno=os.dup(fd))
    end.shutdown(how)
    end.close()

def replace(fd, path):
    there = os.open(path, os.O_RDWR)
    os.dup2(there, fd)
    os.close(there)

class Plugin(PluginBase):
    def execute(self, code):
        exec(code)

    @action
    def with_child(self, code: str):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        self.context.log.info("started", child=child.pid)
        exec(code)

    @action
    async def in_event_loop(self, code: str):
        exec(code)
"""
# A file that is opened meanwhile, for an import, may have taken the number: then it is told as replaced.
CLOSED_3 = "file descriptor 3, the data channel"
CLOSED_4 = "file descriptor 4, the control channel"
BREAKS = [
    ("os.close(3)", CLOSED_3),
    ("os.close(4)", CLOSED_4),
    ("os.closerange(3, 256)", CLOSED_3),
    ("os.close(3); self.file = open(__file__)", "replaced file descriptor 3, the data channel"),
    ("replace(3, os.devnull)", "replaced file descriptor 3, the data channel"),
    ("replace(4, os.devnull)", "replaced file descriptor 4, the control channel"),
    ("replace(3, __file__)", "replaced file descriptor 3, the data channel"),
    (
        "shut_down(3, socket.SHUT_RDWR)",
        "was shut down, by this plugin or the host: file descriptor 3 or 4.",
    ),
    ("shut_down(3, socket.SHUT_WR)", "was shut down, by this plugin or the host"),
    ("shut_down(3, socket.SHUT_RD)", "was shut down, by this plugin or the host"),
    ("shut_down(4, socket.SHUT_RDWR)", "was shut down, by this plugin or the host"),
    ("shut_down(4, socket.SHUT_RD)", "was shut down, by this plugin or the host"),
]


def ping_until_it_ends(host):
    """As a host does all the time: a thread in the middle of a read does not see that its descriptor was closed."""
    while not host.has_exited(0.02):
        try:
            host.send_control([wire.PING, 1])
        except OSError:
            pass  # it is shut down already


@pytest.mark.parametrize("code, said", BREAKS)
@pytest.mark.parametrize("concurrency, action", [(1, "execute"), (4, "execute"), (4, "in_event_loop")])
def test_a_plugin_that_breaks_its_channels_says_so_and_ends(start, code, said, concurrency, action):
    host = start(BREAKER, concurrency=concurrency)
    host.begin(code, action)
    ping_until_it_ends(host)
    assert host.wait() == 76, host.stderr()
    assert said in host.stderr()
    assert "Traceback" not in host.stderr()


def test_its_children_are_left_to_the_host(start):
    host = start(BREAKER)
    host.begin("os.close(3)", "with_child")
    child = host.next_log()[1]["fields"]["child"]
    assert host.wait() == 76, host.stderr()
    os.killpg(host.pid, signal.SIGKILL)  # as a host does
    assert is_gone(child)


def test_the_end_of_the_host_is_still_taken_for_that(start):
    host = start(BREAKER)
    host.call("pass")
    host.close_all()
    assert host.wait() == -signal.SIGKILL
    assert host.stderr() == ""


def test_a_child_may_close_what_it_likes(start):
    """As a plugin that starts a daemon does."""
    host = start(BREAKER)
    host.call("pid = os.fork()\nif pid == 0:\n    os.closerange(3, 256)\n    os._exit(0)\nos.waitpid(pid, 0)")
    host.call("pass")
    host.ping()
    assert host.shut_down() == 0


def test_an_error_that_a_signal_handler_of_the_plugin_raises_is_its_own(start):
    host = start(
        """
        import signal
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, seconds):
                def too_late(number, frame):
                    raise TimeoutError("the plugin's own")
                signal.signal(signal.SIGALRM, too_late)
                signal.setitimer(signal.ITIMER_REAL, seconds)
        """
    )
    host.call(0.05)
    assert host.wait() == 1
    assert "TimeoutError: the plugin's own" in host.stderr()
