"""Write a plugin for Bulkhead: derive from `PluginBase` and override `execute`. Standard library only."""

from ._author.actions import action
from ._author.hooks import Veto, hook
from ._author.plugin import PluginBase
from ._calls.cancel import Cancelled
from ._calls.host_calls import RemoteError
from ._calls.input_streams import InputStream
from ._version import __version__ as __version__

__all__ = ["Cancelled", "InputStream", "PluginBase", "RemoteError", "Veto", "action", "hook"]
