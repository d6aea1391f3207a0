"""The bundle of byte code: written by the first start, trusted only where it is ours and whole, and never needed."""

import _imp
import importlib.util
import marshal
import os
import stat
import sys

import pytest

from plugin_sdk._bytecode import Bundle

MAGIC = int.from_bytes(importlib.util.MAGIC_NUMBER, "little")

ALL_ROOMS = """
import sys
import types
from plugin_sdk import PluginBase, action

class Plugin(PluginBase):
    def execute(self, input_data):
        from plugin_sdk._calls import failure
        loaders = {
            name: type(module.__loader__).__name__
            for name, module in sys.modules.items()
            if name.partition(".")[0] == "plugin_sdk" and isinstance(module, types.ModuleType)
        }
        return {"loaders": loaders, "file": failure.__file__}

    @action
    def fail(self):
        raise ValueError("on purpose")

    @action
    def own_lines(self):
        import traceback
        try:
            self.context.progress(2)
        except ValueError as error:
            return "".join(traceback.format_exception(type(error), error, error.__traceback__))

    @action
    def reload(self):
        import importlib
        from plugin_sdk._codec import text
        return importlib.reload(text).readable("text", 100)
"""


@pytest.fixture
def bytecode(tmp_path):
    folder = tmp_path / "bytecode"
    folder.mkdir()
    return folder


@pytest.fixture
def start_with(start, bytecode):
    return lambda **options: start(ALL_ROOMS, bytecode=bytecode / "key", **options)


def bundle_in(folder):
    (bundle,) = folder.glob("key-*.bundle")
    assert bundle.name == "key-%s.bundle" % sys.implementation.cache_tag
    return bundle


def begin_of_modules(data):
    return 16 + int.from_bytes(data[8:16], "little")


def uses_bundle(host):
    loaders = host.call()["loaders"]
    assert len(loaders) > 30
    kinds = set(loaders.values())
    assert kinds in ({"BundleFinder"}, {"SourceFileLoader"}), loaders
    return kinds == {"BundleFinder"}


def test_the_first_start_writes_it_and_the_next_one_reads_it(start_with, bytecode):
    assert uses_bundle(start_with())
    bundle = bundle_in(bytecode)
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    before = bundle.stat()
    assert uses_bundle(start_with())
    assert (bundle.stat().st_ino, bundle.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [path.name for path in bytecode.iterdir()] == [bundle.name]


def test_it_holds_every_module_that_a_plugin_needs(start_with, bytecode, sdk_folder):
    start_with()
    data = bundle_in(bytecode).read_bytes()
    _, index = marshal.loads(data[16 : begin_of_modules(data)])
    sources = {"/%s" % path.relative_to(sdk_folder) for path in sdk_folder.rglob("*.py") if "testing" not in path.parts}
    sources.remove("/bootstrap.py")
    assert set(index) == sources


def test_tracebacks_and_files_are_those_of_the_sources(start_with, sdk_folder):
    start_with()
    host = start_with()
    assert host.call()["file"] == str(sdk_folder / "_calls" / "failure.py")
    assert host.fail(action="fail")["traceback"].splitlines()[1].startswith('  File "%s"' % host.entry_point)
    own = host.call(action="own_lines")
    assert str(sdk_folder / "_author" / "context.py") in own
    assert 'raise ValueError("fraction has to be between 0 and 1' in own  # linecache finds the source
    assert host.call(action="reload") == "text"


def flip_a_byte_of_the_index(bundle):
    data = bytearray(bundle.read_bytes())
    data[begin_of_modules(data) - 1] ^= 1
    bundle.write_bytes(data)


def cut_the_index_short(bundle):
    os.truncate(bundle, 1_000)


def empty(bundle):
    os.truncate(bundle, 0)


def let_all_write(bundle):
    bundle.chmod(0o666)


def let_the_group_write(bundle):
    bundle.chmod(0o660)


def replace_by_link(bundle):
    bundle.rename(bundle.with_name("elsewhere"))
    bundle.symlink_to(bundle.with_name("elsewhere"))


def replace_by_fifo(bundle):
    bundle.unlink()
    os.mkfifo(bundle)


def give_away(bundle):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    os.chown(bundle, 12345, -1)


SPOILED = [
    flip_a_byte_of_the_index,
    cut_the_index_short,
    empty,
    let_all_write,
    let_the_group_write,
    replace_by_link,
    replace_by_fifo,
    give_away,
]


@pytest.mark.parametrize("spoil", SPOILED)
def test_one_that_can_not_be_trusted_is_written_anew(start_with, bytecode, spoil):
    start_with()
    bundle = bundle_in(bytecode)
    good = bundle.read_bytes()
    spoil(bundle)
    host = start_with()
    assert uses_bundle(host)
    assert host.stderr_so_far() == b""
    assert bundle.read_bytes() == good
    assert stat.S_ISREG(bundle.lstat().st_mode) and stat.S_IMODE(bundle.stat().st_mode) == 0o600
    assert bundle.stat().st_uid == os.geteuid()


def flip_a_byte_of_each_module(bundle):
    data = bundle.read_bytes()
    begin = begin_of_modules(data)
    _, index = marshal.loads(data[16:begin])
    damaged = bytearray(data)
    for place, size, _ in index.values():
        damaged[begin + place + size // 2] ^= 1
    bundle.write_bytes(damaged)


def cut_the_modules_short(bundle):
    os.truncate(bundle, begin_of_modules(bundle.read_bytes()) + 1)


@pytest.mark.parametrize("spoil", [flip_a_byte_of_each_module, cut_the_modules_short])
def test_modules_that_are_damaged_come_from_their_sources_and_the_next_start_writes_it_anew(
    start_with, bytecode, spoil
):
    start_with()
    bundle = bundle_in(bytecode)
    good = bundle.read_bytes()
    spoil(bundle)
    host = start_with()
    assert uses_bundle(host)
    assert host.stderr_so_far() == b""
    assert not bundle.exists()
    start_with()
    assert bundle.read_bytes() == good


def test_what_is_held_is_there_when_the_file_is_not(bytecode, sdk_folder):
    package = str(sdk_folder)
    bundle = Bundle(package, str(bytecode / "key"), MAGIC)
    index = bundle.write()
    bundle.hold()
    (bytecode / "key").unlink()
    path = "/_wire/data.py"
    bundle.package = "/nowhere"  # no source, either
    assert bundle.code(path, index[path]).co_filename == package + path


def test_without_the_file_a_module_comes_from_its_source(bytecode, sdk_folder):
    bundle = Bundle(str(sdk_folder), str(bytecode / "key"), MAGIC)
    index = bundle.write()
    (bytecode / "key").unlink()
    bundle.hold()
    path = "/_wire/data.py"
    assert bundle.code(path, index[path]).co_filename == str(sdk_folder) + path


def test_one_of_another_python_is_not_executed(start_with, bytecode):
    """Its hash is right, but for another magic number."""
    start_with()
    bundle = bundle_in(bytecode)
    data = bundle.read_bytes()
    other = _imp.source_hash(MAGIC + 1, data[8 : begin_of_modules(data)])
    bundle.write_bytes(other + data[8:])
    assert uses_bundle(start_with())
    assert bundle.read_bytes() == data


@pytest.mark.parametrize("place", ["missing/key", "a-file/key", "\0", "x" * 5000])
def test_without_a_place_for_it_python_imports_the_sources(start, bytecode, place):
    (bytecode / "a-file").write_text("")
    if place == "\0":
        place = ""  # what the command line can carry at its worst
    host = start(ALL_ROOMS, bytecode="%s/%s" % (bytecode, place) if place else "/proc/self/nowhere/key")
    assert not uses_bundle(host)
    assert host.stderr_so_far() == b""


def test_one_in_a_folder_that_is_read_only_is_still_read(start_with, bytecode):
    start_with()
    bundle_in(bytecode).chmod(0o400)
    bytecode.chmod(0o500)
    try:
        assert uses_bundle(start_with())
    finally:
        bytecode.chmod(0o700)


def test_starts_at_the_same_time_do_not_disturb_each_other(start_with, bytecode):
    hosts = [start_with(handshake=False) for _ in range(6)]
    for host in hosts:
        host.start()
    assert all(uses_bundle(host) for host in hosts)
    assert [path.name for path in bytecode.iterdir()] == [bundle_in(bytecode).name]


def test_bundles_of_long_ago_are_removed(start_with, bytecode):
    for name, age_days in (("old-cpython-39.bundle", 40), ("old-cpython-39.bundle.77", 40), ("other.bundle", 3)):
        (bytecode / name).write_bytes(b"")
        changed = (bytecode / name).stat().st_mtime - age_days * 24 * 3600
        os.utime(bytecode / name, (changed, changed))
    start_with()
    assert {path.name for path in bytecode.iterdir()} == {"other.bundle", bundle_in(bytecode).name}
