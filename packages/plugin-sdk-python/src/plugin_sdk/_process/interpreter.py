"""Makes the interpreter what the environment's own `python plugin.py` is.

On this machine the host starts the base interpreter without `site` (-S): HELLO goes out sooner, and no code of a package runs before it.
Plugins must not notice. Libraries pass `sys.flags` on to the processes that they start, so it says what those need to hear.
"""

from __future__ import annotations

import builtins
import posix
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

# The place of `no_site` among the flags. Python before 3.13 can't make other flags, so there they are a tuple with names.
NO_SITE = 6
# By this one the host lets tools find the SDK; this process has it already. See sdk-for-tools.ts.
HOSTS_OWN_PTH = "bulkhead_plugin_sdk.pth"
# What `site` adds to the builtins.
BUILTINS_OF_SITE = ("copyright", "credits", "exit", "help", "license", "quit")


def enter_environment(prefix: Optional[str], site_packages: Optional[str], arguments: list[str]) -> None:
    """`arguments`: what would follow the interpreter on a command line."""
    if prefix:
        sys.prefix = sys.exec_prefix = prefix
        sys.executable = prefix + "/bin/python"
    sys.argv[:] = arguments[:1]
    if sys.version_info >= (3, 10):
        sys.orig_argv[:] = [sys.executable, *arguments]
    if not sys.flags.no_site:
        return  # in a container: this interpreter is its environment's own, and was started with `site`
    sys.flags = _with_site(sys.flags)
    if site_packages:
        sys.path.append(site_packages)
    if _site_would_do_more(site_packages):
        import site

        if site_packages and site_packages not in site.getsitepackages():
            site.addsitedir(site_packages)
    else:
        for name in BUILTINS_OF_SITE:
            setattr(builtins, name, _BuiltinOfSite(name))


def add_script_folders(folders: list[str]) -> None:
    """As Python does after `site`, unless PYTHONSAFEPATH forbids it."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path[:0] = folders


def _site_would_do_more(site_packages: Optional[str]) -> bool:
    """Whether there are `.pth` files, a `sitecustomize`, or a PYTHONPATH to clean. If not, `site` is left to those who import it."""
    if b"PYTHONPATH" in posix.environ:
        return True
    if site_packages:
        try:
            if any(name.endswith(".pth") and name != HOSTS_OWN_PTH for name in posix.listdir(site_packages)):
                return True
        except OSError:
            pass
    find = sys.modules["_frozen_importlib_external"].PathFinder.find_spec
    return find("sitecustomize") is not None


class _BuiltinOfSite:
    """Stands for one of them until it is used: to load `site` costs as much as a small plugin."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *arguments: Any) -> Any:
        return self._real()(*arguments)

    def __repr__(self) -> str:
        return repr(self._real())

    def _real(self) -> Any:
        import site  # noqa: F401, which puts the real ones in their places

        return getattr(builtins, self._name)


def _with_site(given: Any) -> Any:
    replace = getattr(given, "__replace__", None)
    return flags(given) if replace is None else replace(no_site=0)


class flags(tuple):  # type: ignore[type-arg]  # its name is seen
    no_site = 0
    _given: Any

    def __new__(cls, given: Any) -> flags:
        self = tuple.__new__(cls, (*given[:NO_SITE], 0, *given[NO_SITE + 1 :]))
        self._given = given
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_given"], name)

    def __dir__(self) -> list[str]:
        return dir(self._given)

    def __repr__(self) -> str:
        return repr(self._given).replace("no_site=1", "no_site=0")
