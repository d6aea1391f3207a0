"""Whether a host started this process, and if so, our end of the talk with it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

    from ._serve import Instance

# One process has one host: it owns the two file descriptors, the signal and the main thread.
instance: Optional[Instance] = None
