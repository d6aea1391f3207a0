"""The byte code of the plugin's own file: kept by the first start, used by the next as long as the file says the same, and never needed."""

import importlib.util
import marshal
import os
import sys

import pytest

PLUGIN = """
from plugin_sdk import PluginBase

class Plugin(PluginBase):
    def execute(self, input_data):
        return "%s"

    def fail(self):
        raise ValueError("on purpose")
"""


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "plugin"
    folder.mkdir()
    return folder


@pytest.fixture
def answer_of(start, folder):
    """What a plugin answers that is started from this source; None: from the file as it is."""

    def answer_of(source, **options):
        if source is not None:
            (folder / "plugin.py").write_text(source)
        host = start("", entry={"folder": str(folder), "entry-point": "plugin.py"}, **options)
        assert host.stderr_so_far() == b""
        return host.call()

    return answer_of


def kept_in(folder):
    return folder / "__pycache__" / ("plugin.%s.pyc" % sys.implementation.cache_tag)


def other_code(source):
    """Byte code that says it is that of `source`, and that is of another."""
    header = importlib.util.MAGIC_NUMBER + b"\3\0\0\0" + importlib.util.source_hash(source.encode())
    return header + marshal.dumps(compile(PLUGIN % "kept", "elsewhere.py", "exec"))


def test_the_first_start_keeps_it_as_python_does(answer_of, folder):
    assert answer_of(PLUGIN % "first") == "first"
    data = kept_in(folder).read_bytes()
    assert data[:16] == other_code(PLUGIN % "first")[:16]
    spec = importlib.util.spec_from_file_location("any", folder / "plugin.py")
    assert spec.loader.get_code("any").co_names == marshal.loads(data[16:]).co_names
    assert kept_in(folder).read_bytes() == data  # Python took it as it is


def test_the_next_start_uses_it(answer_of, folder):
    source = PLUGIN % "first"
    kept_in(folder).parent.mkdir()
    kept_in(folder).write_bytes(other_code(source))
    assert answer_of(source) == "kept"


def test_a_file_with_another_content_is_compiled_anew_whatever_its_time(answer_of, folder):
    assert answer_of(PLUGIN % "one") == "one"
    times = (folder / "plugin.py").stat()
    (folder / "plugin.py").write_text(PLUGIN % "two")
    os.utime(folder / "plugin.py", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert answer_of(None) == "two"


@pytest.mark.parametrize(
    "spoil", [lambda data: data[: len(data) // 2], lambda data: b"", lambda data: b"\0" + data[1:]]
)
def test_a_damaged_one_is_made_anew(answer_of, folder, spoil):
    answer_of(PLUGIN % "one")
    good = kept_in(folder).read_bytes()
    kept_in(folder).write_bytes(spoil(good))
    assert answer_of(None) == "one"
    assert kept_in(folder).read_bytes() == good


def test_where_it_can_not_be_kept_the_plugin_runs(answer_of, folder):
    (folder / "__pycache__").write_text("")
    assert answer_of(PLUGIN % "one") == "one"
    (folder / "__pycache__").unlink()
    assert answer_of(None, variables={"PYTHONDONTWRITEBYTECODE": "1"}) == "one"
    assert not kept_in(folder).parent.exists()


def test_tracebacks_show_the_file_where_it_lies_now(start, folder):
    source = PLUGIN.replace("def fail", "@action\n    def fail").replace("PluginBase\n\n", "PluginBase, action\n\n")
    (folder / "plugin.py").write_text(source)
    for place in (folder, folder.with_name("moved")):
        folder.rename(place)
        host = start("", entry={"folder": str(place), "entry-point": "plugin.py"})
        trace = host.fail(action="fail")["traceback"]
        assert 'File "%s"' % (place / "plugin.py") in trace and 'raise ValueError("on purpose")' in trace
        folder = place
