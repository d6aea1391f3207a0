"""Whether a host started this process, and if so, our end of the talk with it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Union

    from .._process.serve import Instance
    from .._process.template import Template

# One process has one host: it owns the two file descriptors, the signal and the main thread.
instance: Optional[Union[Instance, Template]] = None
