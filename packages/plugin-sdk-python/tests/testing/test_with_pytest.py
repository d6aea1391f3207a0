"""pytest finds the fixtures, and a start finds nothing of them."""

import os
import subprocess
import sys

import pytest
from host import SDK_FOLDER

PLUGIN = """
from plugin_sdk import PluginBase

class Plugin(PluginBase):
    def execute(self, input_data):
        return input_data
"""
TEST = """
from plugin import Plugin

def test_it_answers(start_plugin, fake_host):
    assert start_plugin(Plugin).call({"a": 1}) == {"a": 1}
    assert fake_host.calls == []

def test_it_answers_with_a_host(real_host):
    assert real_host.call(1) == 1
"""


@pytest.mark.parametrize("way", ["conftest", "command line", "both"])
def test_the_fixtures_are_there(tmp_path, way):
    (tmp_path / "plugin.py").write_text(PLUGIN)
    (tmp_path / "test_plugin.py").write_text(TEST)
    if way != "command line":
        (tmp_path / "conftest.py").write_text('pytest_plugins = ["plugin_sdk.testing"]\n')
    loaded = [] if way == "conftest" else ["-p", "plugin_sdk.testing"]
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-W", "error", "-p", "no:cacheprovider", *loaded]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False,
        env={"PYTHONPATH": os.path.dirname(SDK_FOLDER), "PATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed, 1 skipped" in done.stdout
    assert "no `bulkhead` is on the PATH" in done.stdout


def test_the_classes_do_without_pytest():
    code = "import sys; sys.modules['pytest'] = None; from plugin_sdk.testing import RunningPlugin"
    subprocess.run([sys.executable, "-S", "-c", code], cwd=os.path.dirname(SDK_FOLDER), check=True)


def test_no_start_loads_any_of_it(start):
    host = start(
        """
        import sys
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                mine = [name for name in sys.modules if "testing" in name]
                import plugin_sdk.testing
                return [mine, plugin_sdk.testing.RunningPlugin.__name__]
        """
    )
    assert host.call() == [[], "RunningPlugin"]
