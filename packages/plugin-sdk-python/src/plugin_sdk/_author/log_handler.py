"""Python's `logging` on its way into the host's log."""

from __future__ import annotations

import logging

from .._codec.plugin_names import shown_module
from .._codec.text import readable
from .context import LONGEST_MESSAGE
from .plugin import PluginBase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

# Characters. With the longest message and fields it fits into what a host reads.
LONGEST_TRACEBACK = 16 * 1024
_OWN_NAMES = frozenset((*vars(logging.makeLogRecord({})), "asctime", "message", "taskName"))
_FORMATTER = logging.Formatter()


class LogHandler(logging.Handler):
    """Writes records to the host's log: level, name of the logger, `extra`, and an exception with its traceback as one entry.

    Without a host it writes to standard error. A plugin that configures no handler needs none: its records reach the host's log
    anyway.
    """

    def setFormatter(self, fmt: Optional[logging.Formatter]) -> None:
        """`basicConfig` gives every handler a format that repeats level and name; only another one counts."""
        is_default = getattr(fmt, "_fmt", None) == logging.BASIC_FORMAT
        super().setFormatter(None if is_default else fmt)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage() if self.formatter is None else self.format(record)
            fields = {name: value for name, value in vars(record).items() if name not in _OWN_NAMES}
            if record.stack_info:
                fields["stack"] = record.stack_info
            origin = {"logger": readable(shown_module(record.name), 256)}
            traceback = _traceback_of(record) if self.formatter is None else None
            if traceback:
                origin["traceback"] = readable(traceback, LONGEST_TRACEBACK)
            PluginBase.context.log._write(_level_of(record), readable(message, LONGEST_MESSAGE), fields, origin)
        except Exception:
            self.handleError(record)


LogHandler.__module__ = "plugin_sdk"


def take_what_is_not_configured(level: int) -> None:
    """From now on records that no handler of the plugin takes reach the host's log, from `level` on.

    What is asked of the root logger is answered as before: `basicConfig` and other configurations work as in any program.
    """
    above = _AboveRoot(level)
    logging.root.parent = above
    logging.root.setLevel(logging.NOTSET)


class _AboveRoot(logging.Logger):
    """The root logger passes on to this one."""

    def __init__(self, level: int) -> None:
        super().__init__("host", level)
        self.propagate = False
        self.handlers = [_LastHandler(self)]

    @property
    def level(self) -> int:
        """Python's own default as soon as the root logger has a handler of the plugin's."""
        return logging.WARNING if _any_handler(logging.root) else self._level

    @level.setter
    def level(self, level: int) -> None:
        self._level = level


class _LastHandler(LogHandler):
    def __init__(self, above: logging.Logger) -> None:
        super().__init__()
        self._above = above

    def handle(self, record: logging.LogRecord) -> Any:
        """Leaves alone what another handler has taken; those that do nothing don't count."""
        logger: Any = logging.root.manager.loggerDict.get(record.name)
        if not isinstance(logger, logging.Logger):
            logger = logging.root
        while logger is not None and logger is not self._above:
            if _any_handler(logger):
                return False
            logger = logger.parent
        return super().handle(record)


def _any_handler(logger: logging.Logger) -> bool:
    return any(not isinstance(handler, logging.NullHandler) for handler in logger.handlers)


def _level_of(record: logging.LogRecord) -> str:
    level = record.levelno
    if level >= logging.ERROR:
        return "error"
    if level >= logging.WARNING:
        return "warn"
    return "info" if level >= logging.INFO else "debug"


def _traceback_of(record: logging.LogRecord) -> Optional[str]:
    if record.exc_info and record.exc_info[0] is not None:
        return _FORMATTER.formatException(record.exc_info)
    return record.exc_text
