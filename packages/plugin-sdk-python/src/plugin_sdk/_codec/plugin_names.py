"""Names of modules as their authors know them.

In a group the modules of a plugin stand in `sys.modules` below `bulkhead_plugins.<plugin>`. Its author knows them without that.
"""

from __future__ import annotations

# The package that the plugins of a group are in.
ROOT = "bulkhead_plugins"
_MARK = ROOT + "."


def shown_module(name: str) -> str:
    """`helpers` of `bulkhead_plugins.shop.helpers`; other names as they are."""
    return name.split(".", 2)[-1] if name.startswith(_MARK) and name.count(".") > 1 else name


def shown_text(text: str) -> str:
    """The same within what Python says of a module."""
    if _MARK not in text:
        return text
    import re

    return re.sub(r"\bbulkhead_plugins\.[^.\s'\"]+\.(?:__main__\.)?", "", text)
