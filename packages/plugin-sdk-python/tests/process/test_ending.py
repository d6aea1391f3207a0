"""How a plugin ends: asked to, by its own fault, or with its host."""

import os
import signal
import subprocess
import sys

import pytest
from host import DEADLINE_SECONDS, SDK_FOLDER, Host, is_gone

from plugin_sdk._wire import frames as wire


def test_shutdown_cleans_up_says_bye_and_exits(start):
    host = start(
        """
        import atexit
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def initialize(self, config):
                self.config = config
                atexit.register(print, "at exit")
            def execute(self, input_data):
                return self.config
            def cleanup(self):
                print("cleaned up")
            def get_metadata(self):
                return {"version": "1.2", "id": "own"}
        """,
        configuration={"a": 1},
    )
    assert host.ready["metadata"] == {"id": "own", "version": "1.2"}
    last = host.begin()
    host.send([wire.SHUTDOWN, 0])
    assert host.answer(last) == (wire.RESULT, {"a": 1})
    assert host.receive() == [wire.BYE, 0]
    assert host.wait() == 0
    assert host.stdout() == "cleaned up\nat exit\n"


def test_an_exception_in_cleanup_hides_no_bye(start):
    host = start(
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data): ...

            def cleanup(self):
                raise ValueError("no")
        """
    )
    assert host.shut_down() == 0
    _, line = host.next_log()
    assert (line["level"], line["message"]) == ("error", "cleanup raised ValueError: no")
    assert 'raise ValueError("no")' in line["fields"]["traceback"]


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("define", ["def", "async def"])
def test_the_end_of_data_is_cleaned_up_after(start, define, concurrency):
    host = start(
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            %(define)s execute(self, input_data): ...

            %(define)s cleanup(self):
                print("cleaned up")
        """
        % {"define": define},
        has_lifeline=False,
        concurrency=concurrency,
    )
    host.data.close()
    assert host.wait() == -9
    assert host.stdout() == "cleaned up\n"
    assert host.stderr() == ""
    assert host.control.recv(1000) == b""  # nor did it log that anything had gone wrong


def test_the_end_of_control_kills_the_plugin_and_its_children(start):
    host = start(
        """
        import subprocess
        import sys
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
                self.context.log.info("started", child=child.pid)
                while True:
                    pass
        """,
        has_lifeline=False,
    )
    host.begin()
    child = host.next_log()[1]["fields"]["child"]
    host.control.close()
    assert host.wait() == -signal.SIGKILL
    assert is_gone(child)


NEVER_LETS_GO = """
import os
import subprocess
import sys
from plugin_sdk import PluginBase

class Plugin(PluginBase):
    def execute(self, input_data):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        self.context.log.info("started", child=child.pid, own=os.getpid())
        9 ** (10 ** 9)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="nowhere else can the kernel be asked for it")
def test_the_end_of_the_lifeline_kills_the_plugin_and_its_children_while_c_code_keeps_the_lock(start):
    host = start(NEVER_LETS_GO)
    host.begin()
    child = host.next_log()[1]["fields"]["child"]
    host.lifeline.close()  # the other two stay open: it is the kernel that ends them
    assert host.wait() == -signal.SIGKILL
    assert is_gone(child)


@pytest.mark.skipif(sys.platform != "linux", reason="nowhere else can the kernel be asked for it")
def test_a_lifeline_that_is_cut_before_it_is_held_ends_the_plugin(tmp_path):
    host = Host("import threading\nthreading.Event().wait()\n", tmp_path)
    try:
        host.lifeline.close()
        assert host.wait() == -signal.SIGKILL
    finally:
        host.close()


def test_interrupt_and_own_signals(start):
    host = start(
        """
        import signal
        import subprocess
        import sys
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                command = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
                child = subprocess.run([sys.executable, "-c", command], stdout=subprocess.PIPE, check=True)
                return child.stdout.decode()
        """
    )
    os.kill(host.pid, signal.SIGINT)
    assert host.call() == "True\n"
    os.kill(host.pid, signal.SIGTERM)
    assert host.wait() == -signal.SIGTERM


HOST_THAT_DIES = """
import os, signal, sys
sys.path[:0] = %r
from host import Host
host = Host(%r, %r)
host.output[0].wait_for("importing")
print(host.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
SLOW_IMPORT = """
import threading
print("importing")
threading.Event().wait()
"""


def test_a_host_killed_while_a_plugin_starts_leaves_nothing(tmp_path):
    paths = [os.path.dirname(os.path.dirname(__file__)), os.path.dirname(SDK_FOLDER)]
    source = HOST_THAT_DIES % (paths, SLOW_IMPORT, str(tmp_path))
    process = subprocess.run(
        [sys.executable, "-c", source], stdout=subprocess.PIPE, timeout=DEADLINE_SECONDS, check=False
    )
    assert process.returncode == -signal.SIGKILL
    assert is_gone(int(process.stdout))


def test_a_host_that_never_welcomes(start):
    host = start(
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data): ...

            def cleanup(self):
                print("nothing to clean up yet")
        """,
        handshake=False,
        has_lifeline=False,
    )
    assert host.receive()[0] == wire.HELLO
    host.data.close()
    assert host.wait() == -9
    assert (host.stdout(), host.stderr()) == ("", "")


def test_a_violation_of_the_protocol_is_told_on_standard_error(start):
    host = start("import plugin_sdk\nclass Plugin(plugin_sdk.PluginBase):\n    def execute(self, x): ...\n")
    host.send([wire.READY, 0, {}])
    assert host.wait() == 1
    assert "the host sent a message of unknown kind 3" in host.stderr()
    assert not host.has_data() or host.data.recv(1) == b""
