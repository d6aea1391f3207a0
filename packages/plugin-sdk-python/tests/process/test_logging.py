"""Records of Python's `logging` reach the host's log, unless the plugin sends them elsewhere."""

import pytest

IMPORTS = """
import logging, logging.config, sys
from plugin_sdk import LogHandler, PluginBase, action

log = logging.getLogger("my.plugin")
"""
PLUGIN = (
    IMPORTS
    + """
%s

class Plugin(PluginBase):
    def execute(self, input_data):
        log.debug("debug %%d", 1)
        log.info("info")
        log.warning("warning", extra={"order": 7, "odd": object})
        log.error("error")
        log.critical("critical")
        self.context.log.info("last")
"""
)


def logs_of(host, value=None, action="execute"):
    """What the call of an action logs, up to "last"."""
    host.begin(value, action)
    seen = []
    while True:
        call, line = host.next_log()
        if line["message"] == "last":
            return seen
        seen.append((call, line))


def shown(logs):
    return [(line["level"], line["message"]) for _, line in logs]


ALL = [("debug", "debug 1"), ("info", "info"), ("warn", "warning"), ("error", "error"), ("error", "critical")]


@pytest.mark.parametrize(
    ("level", "expected"), [("debug", ALL), ("info", ALL[1:]), ("warn", ALL[2:]), ("error", ALL[3:]), (None, ALL[2:])]
)
def test_records_have_their_level_and_reach_a_log_that_takes_it(start, level, expected):
    host = start(PLUGIN % "", log_level=level)
    logs = logs_of(host)
    assert shown(logs) == expected
    assert {call for call, _ in logs} == {1}
    assert {line["logger"] for _, line in logs} == {"my.plugin"}
    fields = [line["fields"] for _, line in logs if "fields" in line]
    assert fields == ([{"order": 7, "odd": "<class 'object'>"}] if ALL[2] in expected else [])
    assert host.stderr_so_far() == b""


def test_an_exception_is_one_entry(start):
    host = start(
        IMPORTS
        + """
class Plugin(PluginBase):
    def execute(self, input_data):
        try:
            {}["x"]
        except KeyError:
            log.exception("it %s", "failed")
        log.error("no exception", exc_info=True, stack_info=True)
        log.error("wrong %d", "x")
        log.error(Unfit())
        self.context.log.info("last")

class Unfit:
    def __str__(self):
        return "\\udcff"
"""
    )
    (_, raised), (_, none), (_, unfit) = logs_of(host)
    assert (raised["level"], raised["message"], raised["logger"]) == ("error", "it failed", "my.plugin")
    assert raised["traceback"].startswith("Traceback (most") and raised["traceback"].endswith("KeyError: 'x'")
    assert "fields" not in raised
    assert "traceback" not in none and none["fields"]["stack"].startswith("Stack (most recent")
    assert unfit["message"] == "\\udcff"
    host.output[1].wait_for("--- Logging error ---")


CONFIGURED = {
    "basicConfig": ('logging.basicConfig(level=logging.INFO, format="%(name)s %(message)s")', ["info", "warning", "error", "critical"]),
    "basicConfig without a level": ('logging.basicConfig(format="%(name)s %(message)s")', ["warning", "error", "critical"]),
    "a handler of the root logger": (
        'h = logging.StreamHandler(); h.setFormatter(logging.Formatter("%(name)s %(message)s")); logging.getLogger().addHandler(h)',
        ["warning", "error", "critical"],
    ),
    "a handler of its own": (
        'h = logging.StreamHandler(); h.setFormatter(logging.Formatter("%(name)s %(message)s")); log.addHandler(h); log.setLevel("INFO")',
        ["info", "warning", "error", "critical"],
    ),
    "dictConfig": (
        """logging.config.dictConfig({"version": 1, "formatters": {"f": {"format": "%(name)s %(message)s"}}, "disable_existing_loggers": False,
            "handlers": {"h": {"class": "logging.StreamHandler", "formatter": "f"}}, "root": {"level": "ERROR", "handlers": ["h"]}})""",
        ["error", "critical"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("configuration", "messages"), CONFIGURED.values(), ids=CONFIGURED.keys())
def test_what_the_plugin_configures_holds_and_nothing_is_written_twice(start, configuration, messages):
    host = start(PLUGIN % configuration, log_level="debug")
    assert logs_of(host) == []
    assert host.shut_down() == 0
    assert host.stderr().splitlines() == ["my.plugin " + message for message in messages]


def test_levels_that_the_plugin_sets_hold(start):
    host = start(PLUGIN % 'logging.getLogger().setLevel("ERROR")', log_level="debug")
    assert shown(logs_of(host)) == ALL[3:]
    host = start(PLUGIN % 'log.setLevel("DEBUG")', log_level="error")
    assert shown(logs_of(host)) == ALL


@pytest.mark.parametrize(
    ("handlers", "message"),
    [("[LogHandler()]", "info"), ('[LogHandler()], format="<%(message)s>"', "<info>")],
)
def test_the_handler_can_be_configured(start, handlers, message):
    host = start(PLUGIN % ("logging.basicConfig(level=logging.INFO, handlers=%s)" % handlers), log_level="debug")
    logs = logs_of(host)
    assert shown(logs)[0] == ("info", message) and len(logs) == 4
    assert host.stderr_so_far() == b""


def test_libraries_that_are_silent_by_themselves_are_heard_and_import_time_as_well(start):
    host = start(
        IMPORTS
        + """
log.addHandler(logging.NullHandler())
log.warning("at import")

class Plugin(PluginBase):
    def execute(self, input_data):
        log.warning("in the call")
        assert logging.getLogger().handlers == [] and logging.getLogger().getEffectiveLevel() == logging.INFO
        self.context.log.info("last")
""",
        log_level="info",
    )
    assert [(call, line["message"]) for call, line in logs_of(host)] == [(0, "at import"), (1, "in the call")]


def test_processes_that_a_plugin_forks_write_to_standard_error(start):
    host = start(
        IMPORTS
        + """
import os

class Plugin(PluginBase):
    def execute(self, input_data):
        if os.fork() == 0:
            log.error("from the child")
            self.context.log.error("from it, too", n=1)
            try:
                1 / 0
            except ZeroDivisionError:
                log.exception("raised")
            sys.stderr.flush()
            os._exit(0)
        return os.wait()[1]
""",
        variables={"PYTHONWARNINGS": "ignore"},  # that a process with threads is forked
    )
    assert host.call() == 0
    assert host.shut_down() == 0
    lines = host.stderr().splitlines()
    assert lines[:4] == [
        "[error] my.plugin: from the child",
        "[error] from it, too n=1",
        "[error] my.plugin: raised",
        "Traceback (most recent call last):",
    ]
    assert lines[-1] == "ZeroDivisionError: division by zero"


def test_what_is_logged_after_bye_is_not_lost(start):
    host = start(
        IMPORTS
        + """
import atexit

class Plugin(PluginBase):
    def execute(self, input_data): ...

    def cleanup(self):
        log.warning("in cleanup")

atexit.register(log.warning, "at the end")
"""
    )
    assert host.shut_down() == 0
    assert [host.next_log()[1]["message"] for _ in range(2)] == ["in cleanup", "at the end"]
    assert host.stderr() == ""


def test_logging_is_not_loaded_for_it(start):
    host = start(
        """
        import sys
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                return "logging" in sys.modules
        """
    )
    assert host.call() is False


def test_a_module_of_the_plugin_may_be_called_logging(start):
    host = start(
        """
        import logging
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                return logging.MINE
        """,
        files={"logging.py": "MINE = 5\n"},
    )
    assert host.call() == 5
    assert host.stderr_so_far() == b""
