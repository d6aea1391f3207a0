"""Write a plugin for Bulkhead: derive from `PluginBase` and override `execute`. Standard library only."""

from ._author.actions import action
from ._author.hooks import Veto, hook
from ._author.plugin import PluginBase
from ._calls.cancel import Cancelled
from ._calls.host_calls import RemoteError
from ._calls.input_streams import InputStream
from ._version import __version__ as __version__

try:
    from posix import environ as _environ
except ImportError:  # on Windows no host starts plugins yet
    _environ = {}
if b"BULKHEAD_ENDPOINT" in _environ:
    from ._author import host
    from ._process.own_command import handed_over

    host.find = handed_over()
    del host, handed_over
del _environ

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._author.log_handler import LogHandler
    from ._author.tables import records
del TYPE_CHECKING

__all__ = ["Cancelled", "InputStream", "LogHandler", "PluginBase", "RemoteError", "Veto", "action", "hook", "records"]


def __getattr__(name: str) -> object:
    if name == "LogHandler":  # `logging` takes longer to load than the rest of a start
        from ._author.log_handler import LogHandler

        return LogHandler
    if name == "records":
        from ._author.tables import records

        return records
    raise AttributeError("module %r has no attribute %r" % (__name__, name))
