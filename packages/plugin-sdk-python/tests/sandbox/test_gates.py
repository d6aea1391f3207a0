"""The gates of the sandbox on each Python. That they hold is shown by the host's tests, which try more than a hundred ways out."""

import ast
import os
import pathlib
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a sandbox is made of what only Linux has")

ALLOWED_IMPORTS = {"__future__", "_ctypes", "_signal", "errno", "posix", "sys", "collections.abc", "typing"}
SOURCE = """
import os
open(os.environ["SCRATCH"] + "/ran", "w").close()
from plugin_sdk import PluginBase

class Plugin(PluginBase):
    def execute(self, input_data):
        outcomes = {}
        for name, code in input_data.items():
            try:
                outcomes[name] = eval(code, {"os": os, "__import__": __import__})
            except Exception as error:
                outcomes[name] = type(error).__name__
        return outcomes
"""
ATTEMPTS = {
    "outside": "open('/etc/passwd').close()",
    "own file": "open(%r).readline()" % __file__,
    "scratch": "open(os.environ['SCRATCH'] + '/x', 'w').close()",
    "fork": "os.fork()",
    "socket": "__import__('socket').socket()",
    "pair": "len(__import__('socket').socketpair())",
    "signal": "os.kill(os.getppid(), 0)",
    "mode": "os.chmod(os.environ['SCRATCH'], 0o700)",
    "memory": "len(bytearray(400_000_000))",
    "touch": "__import__('pathlib').Path(os.environ['SCRATCH'] + '/x').touch()",
}


def policy(scratch, *more):
    lines = ["confined=yes", "network=none", "processes=no", "host=%d" % os.getpid(), "write=%s" % scratch]
    return "\n".join([*lines, *more])


def begin(start, scratch, *more):
    environment = {"SCRATCH": str(scratch)}
    options = {"entry": {"sandbox": policy(scratch, *more)}, "variables": environment, "handshake": False}
    return start(SOURCE, **options)


def test_the_gates_are_closed_before_the_plugin_runs(start, tmp_path):
    host = begin(start, tmp_path, "read=%s" % tmp_path, "memory=200000000", "read=%s" % sys.prefix)
    host.start()
    assert host.hello["sandbox"] == {"landlock": pytest.approx(5, abs=100), "seccomp": True, "limits": True}
    assert host.call(ATTEMPTS) == {
        "outside": "PermissionError",
        "own file": "PermissionError",
        "scratch": None,
        "fork": "PermissionError",
        "socket": "PermissionError",
        "pair": 2,
        "signal": "PermissionError",
        "mode": None,
        "memory": "MemoryError",
        "touch": None,
    }
    assert host.shut_down() == 0


def test_only_limits_where_it_is_not_confined(start, tmp_path):
    limits = "confined=no\nnetwork=none\nprocesses=no\nhost=%d\nmemory=200000000\nprocessors=1" % os.getpid()
    host = start(SOURCE, entry={"sandbox": limits}, variables={"SCRATCH": str(tmp_path)})
    assert host.hello["sandbox"] == {"limits": True}
    tried = {"outside": ATTEMPTS["outside"], "memory": ATTEMPTS["memory"]}
    seen = host.call({**tried, "processors": "len(os.sched_getaffinity(0))"})
    assert (seen["outside"], seen["memory"], seen["processors"]) == (None, "MemoryError", 1)


def test_a_gate_that_stays_open_keeps_the_plugin_from_running(start, tmp_path):
    host = begin(start, tmp_path, "read=/nowhere%25/at%0Aall")
    failure = host.start()
    assert failure == {
        "code": "SANDBOX_UNAVAILABLE",
        "message": "there is no /nowhere%/at\nall that could be opened to it",
    }
    assert "sandbox" not in host.hello
    assert host.wait() == 1
    assert not (tmp_path / "ran").exists()


def test_a_python_that_can_not_make_system_calls_says_so(start, tmp_path):
    broken = tmp_path / "lib"
    broken.mkdir()
    (broken / "_ctypes.py").write_text("raise ImportError('no libffi')")
    host = start(
        SOURCE,
        entry={"sandbox": policy(tmp_path)},
        variables={"SCRATCH": str(tmp_path), "PYTHONPATH": str(broken)},
        handshake=False,
    )
    failure = host.start()
    assert failure["code"] == "SANDBOX_UNAVAILABLE"
    assert "no libffi" in failure["message"]


def test_a_host_that_is_gone_already_takes_the_plugin_along(start, tmp_path):
    entry = {"sandbox": policy(tmp_path).replace("host=%d" % os.getpid(), "host=1")}
    host = start(SOURCE, entry=entry, variables={"SCRATCH": str(tmp_path)}, handshake=False)
    assert host.wait() == 1
    assert not (tmp_path / "ran").exists()


def test_the_room_imports_little(sdk_folder):
    imported = set()
    for path in pathlib.Path(sdk_folder, "_sandbox").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported.update(name.name for name in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(node.module)
    assert imported <= ALLOWED_IMPORTS
