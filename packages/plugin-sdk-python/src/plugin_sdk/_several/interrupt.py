"""Raises an exception in another thread. Imported by the first cancel that needs it: ctypes takes long."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    # Takes the ident of a thread, and the class of the exception.
    Interrupt = Callable[[int, type[BaseException]], None]

# Wakes that thread if it sleeps, so that it comes to its next line. A group knows who sleeps.
wake: Optional[Callable[[int], None]] = None


def load_interrupt() -> Optional[Interrupt]:
    """None if Python was built without ctypes."""
    try:
        from ctypes import c_ulong, py_object, pythonapi
    except ImportError:
        return None
    set_exception: Any = pythonapi.PyThreadState_SetAsyncExc

    def interrupt(ident: int, exception: type[BaseException]) -> None:
        set_exception(c_ulong(ident), py_object(exception))
        if wake is not None:
            wake(ident)

    return interrupt
