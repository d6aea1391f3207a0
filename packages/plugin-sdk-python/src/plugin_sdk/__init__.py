"""Write a plugin for Bulkhead: derive from `PluginBase` and override `execute`. Standard library only."""

from ._actions import action
from ._cancel import Cancelled
from ._hooks import Veto, hook
from ._host_calls import RemoteError
from ._input_streams import InputStream
from ._plugin import PluginBase
from ._version import __version__ as __version__

__all__ = ["Cancelled", "InputStream", "PluginBase", "RemoteError", "Veto", "action", "hook"]
