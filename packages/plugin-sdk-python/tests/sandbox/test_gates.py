"""The gates of the sandbox on each Python. That they hold is shown by the host's tests, which try more than a hundred ways out."""

import ast
import os
import pathlib
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a sandbox is made of what only Linux has")

ALLOWED_IMPORTS = {"__future__", "_ctypes", "_signal", "_socket", "errno", "posix", "sys", "collections.abc", "typing"}
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


def begin(start, scratch, *more, **others):
    environment = {"SCRATCH": str(scratch)}
    options = {"entry": {"sandbox": policy(scratch, *more)}, "variables": environment, "handshake": False, **others}
    return start(SOURCE, **options)


def test_the_gates_are_closed_before_the_plugin_runs(start, tmp_path):
    host = begin(start, tmp_path, "read=%s" % tmp_path, "memory=200000000", "read=%s" % sys.prefix)
    host.start()
    assert host.hello["sandbox"] == {
        "landlock": pytest.approx(5, abs=100),
        "seccomp": True,
        "limits": True,
        "namespaces": False,
    }
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


def test_all_threads_are_behind_the_gates(start, tmp_path):
    host = begin(start, tmp_path, "read=%s" % tmp_path, "read=%s" % sys.prefix, endpoint="stdio")
    host.start()
    assert host.call({"sum": "1 + 1"}) == {"sum": 2}
    modes = []
    for thread in os.listdir("/proc/%d/task" % host.pid):
        with open("/proc/%d/task/%s/status" % (host.pid, thread)) as file:
            modes += [line.split()[1] for line in file if line.startswith("Seccomp:")]
    assert modes == ["2"] * 3  # a filter: the main thread, that of control, and the one that reads the stream
    assert host.shut_down() == 0


# As the profile of a container does it.
WITHOUT_NAME_SPACES = """
import sys
sys.path.insert(0, sys.argv[1])
from plugin_sdk._sandbox import filter, instructions, kernel, numbers
from plugin_sdk._sandbox.survey import survey
refusing = instructions.Filter(numbers.HIGHEST_KNOWN)
refusing.deny_all([numbers.NEVER["unshare"]])
kernel.call("prctl", numbers.PRCTL[kernel.IS_ARM], 38, 1, 0, 0, 0)
filter.install(refusing.finished())
survey()
"""


def surveyed(sdk_folder, program):
    command = [sys.executable, "-S", "-c", program, os.path.dirname(str(sdk_folder))]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")


def makes_name_spaces(sdk_folder):
    usual = WITHOUT_NAME_SPACES.replace("refusing.deny_all", "str")
    return surveyed(sdk_folder, usual)[1] == ""


def test_where_name_spaces_are_denied_the_survey_says_so(sdk_folder):
    landlock, why_not = surveyed(sdk_folder, WITHOUT_NAME_SPACES)
    assert landlock.startswith("landlock ")
    assert why_not == "the system lets this user make no name spaces (Operation not permitted)"


@pytest.mark.parametrize("way", ["os._exit(7)", "os.abort()", "os.kill(os.getpid(), 15)"])
def test_in_name_spaces_it_sees_nothing_else_and_ends_as_it_ends(start, tmp_path, sdk_folder, way):
    if not makes_name_spaces(sdk_folder):
        pytest.skip("this system makes no name spaces for this user")
    plugin = tmp_path / "scratch"
    plugin.mkdir()
    more = ("read=%s" % tmp_path, "namespaces=require", "scratch=%s" % plugin, "read=%s" % sys.prefix)
    lines = policy(plugin, *more).replace("write=%s\n" % plugin, "")
    host = start(SOURCE, entry={"sandbox": lines}, variables={"SCRATCH": str(plugin)}, handshake=False)
    host.start()
    assert host.hello["sandbox"]["namespaces"] is True
    seen = host.call(
        {
            "outside": "open('/etc/passwd').close()",
            "exists": "os.path.exists('/etc/passwd')",
            "itself": "os.getpid()",
            "scratch": "open(os.environ['SCRATCH'] + '/x', 'w').close()",
            "mode": "os.chmod(os.environ['SCRATCH'] + '/x', 0o600)",
            "set-id": "os.chmod(os.environ['SCRATCH'] + '/x', 0o4700)",
        }
    )
    assert seen == {
        "outside": "FileNotFoundError",
        "exists": False,
        "itself": 2,
        "scratch": None,
        "mode": None,
        "set-id": "PermissionError",
    }
    assert (plugin / "x").exists()
    host.begin({"end": way})
    assert host.wait() == {"os._exit(7)": 7, "os.abort()": -6, "os.kill(os.getpid(), 15)": -15}[way]


def test_only_limits_where_it_is_not_confined(start, tmp_path):
    limits = "confined=no\nnetwork=none\nprocesses=no\nhost=%d\nmemory=200000000\nprocessors=1" % os.getpid()
    host = start(SOURCE, entry={"sandbox": limits}, variables={"SCRATCH": str(tmp_path)})
    assert host.hello["sandbox"] == {"limits": True}
    tried = {"outside": ATTEMPTS["outside"], "memory": ATTEMPTS["memory"]}
    seen = host.call({**tried, "processors": "len(os.sched_getaffinity(0))"})
    assert (seen["outside"], seen["memory"], seen["processors"]) == (None, "MemoryError", 1)


def test_it_joins_its_control_groups_before_the_plugin_runs(start, tmp_path):
    entrances = [tmp_path / "memory", tmp_path / "pids"]
    for entrance in entrances:
        entrance.touch()
    host = begin(start, tmp_path, "file_size=1000", *["group=%s" % entrance for entrance in entrances])
    host.start()
    assert [entrance.read_text() for entrance in entrances] == ["0", "0"]
    write = "open(os.environ['SCRATCH'] + '/x', 'wb', 0).write(bytes(%d))"
    assert host.call({"small": write % 1000, "large": write % 2000}) == {"small": 1000, "large": 1000}
    assert host.call({"more": "open(os.environ['SCRATCH'] + '/x', 'ab', 0).write(b'1')"}) == {"more": "OSError"}
    assert host.shut_down() == 0


def test_without_its_control_group_no_plugin_runs(start, tmp_path):
    host = begin(start, tmp_path, "group=%s/gone" % tmp_path)
    failure = host.start()
    assert failure["code"] == "SANDBOX_UNAVAILABLE"
    assert "can't join its control group" in failure["message"]
    assert not (tmp_path / "ran").exists()


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
