"""What authors of plugins get wrong most often, in words. Imported when there is something wrong."""

from __future__ import annotations

from .functions import annotations_of, innermost

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any, Optional

    # `message`, and where known `file` and `line`.
    Mistake = dict[str, Any]

_FORMS = {
    "execute": "def execute(self, input_data):",
    "initialize": "def initialize(self, config):",
    "cleanup": "def cleanup(self):",
    "get_metadata": "def get_metadata(self):",
}
_GETS = {
    "execute": "gets the whole input as one value",
    "initialize": "gets the plugin's config as one value",
    "cleanup": "gets nothing",
    "get_metadata": "gets nothing",
}
# What the method is called in other systems.
_OTHER_NAMES = {
    "execute": ("run", "exec", "main", "call", "process", "handle", "invoke", "perform"),
    "initialize": ("init", "setup", "set_up", "start", "on_load"),
    "cleanup": ("close", "teardown", "tear_down", "shutdown", "stop", "dispose"),
    "get_metadata": ("metadata", "info", "get_info"),
}
_FARTHEST = 2
_MEANT_OF_CONTEXT = {
    **dict.fromkeys(("logger", "logging", "logs", "info", "warning", "error", "debug"), "log"),
    **dict.fromkeys(("is_cancelled", "canceled", "cancelled_requested"), "cancelled"),
    **dict.fromkeys(("call_plugin", "invoke", "execute"), "call"),
    **dict.fromkeys(("timeout", "remaining", "time_left"), "deadline"),
    **dict.fromkeys(("report_progress", "update_progress"), "progress"),
    **dict.fromkeys(("acquire", "resource"), "lock"),
}
_CONFIGURATIONS = ("config", "configuration", "settings", "options")


class Miswritten(Exception):
    """The plugin is not written as one has to be."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        Exception.__init__(self, "; ".join(mistake["message"] for mistake in mistakes))
        self.mistakes = list(mistakes)


def mistake_at(function: Any, message: str) -> Mistake:
    code = getattr(innermost(function), "__code__", None)
    if code is None:
        return {"message": message}
    return {"message": message, "file": code.co_filename, "line": code.co_firstlineno}


def mistake_of_class(cls: type, message: str) -> Mistake:
    """Python notes the line of a class from 3.13 on; before that it is looked for."""
    import re
    import sys

    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if file is None:
        return {"message": message}
    line = getattr(cls, "__firstlineno__", None)
    if line is None:
        line = _line_of(file, r"\s*class\s+%s\b" % re.escape(cls.__name__))
    return {"message": message, "file": file, **({} if line is None else {"line": line})}


def wrong_parameters(name: str, method: Any) -> Mistake:
    """Of a method that the SDK calls."""
    form = _FORMS[name]
    message = "%s %s: write `%s`" % (_signature(name, method), _GETS[name], form)
    code = getattr(innermost(method), "__code__", None)
    if code is not None and code.co_argcount and code.co_varnames[0] != "self":
        message += ". The first parameter of a method is the plugin itself"
    elif name == "execute" and code is not None and code.co_argcount > 2:
        message += (
            ", or name the method otherwise and put @action on it: an action's parameters are the keys of its input"
        )
    return mistake_at(method, message)


def wrong_action(method: Any) -> Mistake:
    """Of parameters that get nothing."""
    function = innermost(method)
    code = function.__code__
    signature = _signature(function.__name__, method)
    if code.co_varnames[0] in annotations_of(function):
        return mistake_at(method, "%s has no self: the first parameter of a method is the plugin itself" % signature)
    rest = code.co_varnames[code.co_argcount + code.co_kwonlyargcount]
    message = "%s: *%s never gets anything, because the keys of an input are passed by name: name the parameters, or take **%s"
    return mistake_at(method, message % (signature, rest, rest))


def reserved_name(attribute: str, function: Any) -> Mistake:
    return mistake_at(
        function, "@action is on %s, which the SDK calls itself: an action has to have another name" % attribute
    )


def two_actions(name: str, method: Any) -> Mistake:
    return mistake_at(method, "two actions are named %r: name one of them otherwise, by @action(name=...)" % name)


def meant_otherwise(cls: type, base: type, is_empty: bool) -> list[Mistake]:
    """Methods that are probably meant to be one that the SDK calls. In a class without any action more is probable."""
    own = _own_functions(cls, base)
    mistakes = []
    for known in _FORMS:
        if getattr(cls, known) is not getattr(base, known):
            continue
        for name, function in own.items():
            if name.startswith("_") and not is_empty:
                continue
            plain = name.strip("_").lower()
            is_meant = _distance(plain, known) <= _FARTHEST or (is_empty and plain in _OTHER_NAMES[known])
            if is_meant and not _is_used(name, function):
                message = "%s: nothing calls a method of this name; the SDK calls `%s`"
                mistakes.append(mistake_at(function, message % (_signature(name, function), _FORMS[known][4:-1])))
    return mistakes


def no_action(cls: type, base: type) -> list[Mistake]:
    """Nothing in it can be called."""
    found = [each for each in meant_otherwise(cls, base, True) if "`execute" in each["message"]]
    if found:
        return found
    public = [name for name in _own_functions(cls, base) if not name.startswith("_") and name not in _FORMS]
    message = "%s has no action and no hook, so nothing in it can be called: " % cls.__name__
    if public:
        message += "put @action on what callers may call (%s), or write `%s`" % (
            ", ".join(public[:5]),
            _FORMS["execute"],
        )
    else:
        message += "write `%s`" % _FORMS["execute"]
    return [mistake_of_class(cls, message)]


def constructor_with_parameters(classes: Iterable[type], error: BaseException) -> Optional[Mistake]:
    """If that is why a class could not be made."""
    if type(error) is not TypeError or "__init__()" not in str(error):
        return None
    for cls in classes:
        function: Any = next(vars(base)["__init__"] for base in cls.__mro__ if "__init__" in vars(base))
        code = getattr(function, "__code__", None)
        if code is not None and code.co_argcount - len(function.__defaults__ or ()) > 1:
            message = "%s: a plugin is made without arguments; its config comes to `initialize(self, config)`"
            return mistake_at(function, message % _signature("__init__", function))
    return None


def no_such_context(name: str, known: Sequence[str]) -> str:
    offered = [each for each in known if each != "connect"]
    meant = _MEANT_OF_CONTEXT.get(name) or min(offered, key=lambda each: _distance(name, each))
    said = "context has no %s" % name
    if name in _MEANT_OF_CONTEXT or _distance(name, meant) <= _FARTHEST:
        return "%s: use context.%s" % (said, meant)
    if name in _CONFIGURATIONS:
        return "%s: the plugin's config comes to `initialize(self, config)`" % said
    return "%s: it has %s" % (said, ", ".join(sorted(offered)))


def no_plugin(names: dict[str, Any], base: type, place: str) -> Mistake:
    """The module, whose names these are, defines none."""
    message = "%s defines no class that derives from plugin_sdk.PluginBase, and does not call start_server()" % place
    for name, value in names.items():
        if isinstance(value, type) and value.__module__ == names.get("__name__") and vars(value).keys() & _FORMS:
            message = "%s does not derive from PluginBase: write `class %s(PluginBase):`" % (name, name)
            return mistake_of_class(value, message)
    for name in ("execute", "initialize"):
        if hasattr(names.get(name), "__code__"):
            message = (
                "%s stands outside a class: put it into `class Plugin(PluginBase):`, with self as its first parameter"
            )
            return mistake_at(names[name], message % name)
    return {"message": message, **({"file": names["__file__"]} if names.get("__file__") else {})}


def several_plugins(classes: Sequence[type], place: str) -> Mistake:
    names = ", ".join(cls.__qualname__ for cls in classes)
    message = "%s defines several plugins (%s): call start_server() on the one to serve, as in `%s().start_server()`"
    return mistake_of_class(classes[-1], message % (place, names, classes[0].__qualname__))


def _own_functions(cls: type, base: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for ancestor in cls.__mro__:
        if ancestor is base or not issubclass(ancestor, base):
            continue
        for name, value in vars(ancestor).items():
            if type(value) is type(_own_functions) and not (name.startswith("__") and name.endswith("__")):
                found.setdefault(name, value)
    return found


def _is_used(name: str, function: Any) -> bool:
    """Whether its file says the name a second time. Then the author calls the method, and means it as it is."""
    import re

    try:
        with open(function.__code__.co_filename, encoding="utf-8", errors="replace") as file:
            return len(re.findall(r"\b%s\b" % re.escape(name), file.read())) > 1
    except OSError:
        return True


def _signature(name: str, method: Any) -> str:
    """As it stands in the code, without hints and defaults."""
    code = getattr(innermost(method), "__code__", None)
    if code is None:
        return name
    count, keywords = code.co_argcount, code.co_kwonlyargcount
    parameters = list(code.co_varnames[:count])
    behind = count + keywords
    if code.co_flags & 0x04:
        parameters.append("*" + code.co_varnames[behind])
        behind += 1
    elif keywords:
        parameters.append("*")
    parameters += code.co_varnames[count : count + keywords]
    if code.co_flags & 0x08:
        parameters.append("**" + code.co_varnames[behind])
    return "%s(%s)" % (name, ", ".join(parameters))


def _line_of(file: str, pattern: str) -> Optional[int]:
    import re

    try:
        with open(file, encoding="utf-8", errors="replace") as lines:
            return next((number for number, line in enumerate(lines, 1) if re.match(pattern, line)), None)
    except OSError:
        return None


def _distance(one: str, other: str) -> int:
    """Of Levenshtein."""
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, 1):
        above, row[0] = row[0], index
        for place, wanted in enumerate(other, 1):
            above, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, above + (letter != wanted))
    return row[-1]
