"""What a plugin has written and not closed is on disk when its instance has ended in good order."""

import gzip
import zipfile

import pytest

WRITES = """
import asyncio
import csv
import functools
import gzip
import os
import threading
import zipfile
from plugin_sdk import PluginBase, action

LOG = open("module.log", "w")
FINALIZED = os.open("finalized", os.O_WRONLY | os.O_CREAT)
MADE = []

class Tells:
    def __init__(self, name):
        # Python's own end has cleared modules when it comes to the last objects.
        self.tell = functools.partial(os.write, FINALIZED, name.encode() + b"\\n")
    def __del__(self):
        self.tell()

class Cycle(Tells):
    def __init__(self, name):
        super().__init__(name)
        self.self = self

class Plugin(PluginBase):
    def initialize(self, config):
        self.file = open("rows.csv", "w", newline="")
        self.rows = csv.writer(self.file)
        self.text = gzip.open("text.gz", "wt")
        self.bytes = gzip.open("bytes.gz", "wb")
        self.archive = zipfile.ZipFile("archive.zip", "w")
        self.kept = Tells("attribute")
        self.cycle = Cycle("cycle")
        MADE.append(Tells("module"))
        self.on_event = self.write
        %(initialize)s
    def write(self):
        for number in range(1000):
            self.rows.writerow([number, "some text"])
        self.text.write("text\\n" * 1000)
        self.bytes.write(b"bytes\\n" * 1000)
        self.archive.writestr("one", "text")
        LOG.write("a call\\n")
        Plugin.kept_by_class = Tells("class")
        return "written"
    %(execute)s
    def cleanup(self):
        LOG.write("cleaned up\\n")
"""
INLINE = "def execute(self, input_data):\n        return self.write()"
ASYNC = "async def execute(self, input_data):\n        return self.write()"
DAEMON = "threading.Thread(target=threading.Event().wait, daemon=True).start()"
HOLDS_SELF = """
        def hold(plugin):
            threading.Event().wait()
        threading.Thread(target=hold, args=(self,), daemon=True).start()
"""


@pytest.mark.parametrize("initialize", ["pass", DAEMON, HOLDS_SELF], ids=["alone", "thread", "held"])
@pytest.mark.parametrize("execute", [INLINE, ASYNC], ids=["def", "async"])
@pytest.mark.parametrize("concurrency", [1, 4])
def test_nothing_is_lost(start, tmp_path, monkeypatch, initialize, execute, concurrency):
    monkeypatch.chdir(tmp_path)
    host = start(WRITES % {"initialize": initialize, "execute": execute}, concurrency=concurrency)
    assert host.call() == "written"
    assert host.shut_down() == 0
    assert host.stderr() == ""
    assert (tmp_path / "rows.csv").read_text().count("some text") == 1000
    with gzip.open("text.gz", "rt") as file:
        assert file.read() == "text\n" * 1000
    with gzip.open("bytes.gz") as file:
        assert file.read() == b"bytes\n" * 1000
    with zipfile.ZipFile("archive.zip") as archive:
        assert archive.read("one") == b"text"
    assert (tmp_path / "module.log").read_text() == "a call\ncleaned up\n"
    assert sorted((tmp_path / "finalized").read_text().split()) == ["attribute", "class", "cycle", "module"]


# A collection in between makes the archive older than the file that it writes to, by one generation. From Python 3.12 on it is
# in a circle with its buffer.
ONE_GENERATION_APART = """
import gc
import gzip
import threading
from plugin_sdk import PluginBase

class Plugin(PluginBase):
    def initialize(self, config):
        gc.disable()
        gc.collect()
        self.archive = gzip.GzipFile.__new__(gzip.GzipFile)
        gc.collect(0)
        self.archive.__init__("bytes.gz", "wb")
        self.archive.write(b"bytes\\n" * 1000)
        %s
    def execute(self, input_data):
        return None
"""


@pytest.mark.parametrize("initialize", ["pass", DAEMON], ids=["alone", "thread"])
def test_an_archive_is_closed_before_its_file_however_the_collector_has_them(start, tmp_path, monkeypatch, initialize):
    monkeypatch.chdir(tmp_path)
    host = start(ONE_GENERATION_APART % initialize)
    host.call()
    assert host.shut_down() == 0
    with gzip.open("bytes.gz") as file:
        assert file.read() == b"bytes\n" * 1000
