"""A plugin that the host has not started by the SDK's own bootstrap, but by a command such as `ssh host python plugin.py`."""

PLUGIN = """
import os
import subprocess
import sys
from plugin_sdk import PluginBase, action

print("at the import", flush=True)

class Plugin(PluginBase):
    def execute(self, input_data):
        print("to standard output")
        self.context.log.info("here")
        return input_data

    @action
    def child(self):
        code = "import plugin_sdk; print('a program of its own')"
        return subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True).stdout

    def cleanup(self):
        print("cleaned up")

if __name__ == "__main__":
    Plugin().start_server()
    print("never reached")
"""


def test_it_serves_from_its_own_command(start):
    host = start(PLUGIN, joins=True, endpoint="stdio")
    assert host.hello["sdk"]["name"] == "bulkhead-plugin-sdk"
    assert host.call({"n": 1}) == {"n": 1}
    assert host.next_log()[1]["message"] == "here"
    host.ping()
    assert host.shut_down() == 0
    assert host.stderr() == "at the import\nto standard output\ncleaned up\n"


def test_programs_that_it_starts_do_not_join(start):
    host = start(PLUGIN, joins=True, endpoint="stdio")
    assert host.call(action="child") == "a program of its own\n"


def test_an_endpoint_that_it_does_not_know(start):
    host = start(PLUGIN, joins=True, endpoint="pigeon:coop", handshake=False)
    assert host.wait() == 2
    assert "this SDK knows the kinds" in host.stderr()


def test_a_mistake_in_its_file(start):
    host = start("import plugin_sdk\n1 / 0\n", joins=True, endpoint="stdio", handshake=False)
    assert host.wait() == 1
    assert "ZeroDivisionError" in host.stderr()
