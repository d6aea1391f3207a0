"""`python plugin.py` by hand: says what this is, or runs one action without a host."""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
import traceback

from .._calls.answers import InputRejected
from .._calls.cancel import Cancellation
from .._calls.coroutines import EventLoop
from .._codec.codec import CodecError, encode
from .._codec.plain_form import plain_form
from .actions import collect, initialize
from .mistakes import Miswritten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from .actions import Action
    from .host import Plugin

USAGE_STATUS = 2


def run(plugin: Plugin, base: type) -> NoReturn:
    """`base` is the class whose own `execute` does not count."""
    try:
        actions = collect(plugin, base)
    except Miswritten as error:
        _complain("\n".join(map(_placed, error.mistakes)))
    options = _parser(plugin, actions).parse_args()
    if options.execute is None:
        print(_explanation(plugin, actions))
        sys.exit(USAGE_STATUS)
    value = _read_json("--execute", options.execute)
    configuration = _read_json("--config", options.config)
    if options.action not in actions:
        _complain("there is no action %r; this plugin has: %s" % (options.action, ", ".join(actions) or "none"))
    with _StandardOutput() as output:
        status = 0
        try:
            output.write(_run_once(plugin, base, actions[options.action], configuration, value))
        except SystemExit:
            raise
        except InputRejected as error:
            status = USAGE_STATUS
            print(error, file=sys.stderr)
        except BaseException as error:
            status = 1
            _print_traceback(error)
    sys.exit(status)


def _run_once(plugin: Plugin, base: type, action: Action, configuration: Any, value: Any) -> str:
    events = EventLoop(Cancellation())

    def finish(result: Any) -> Any:
        return events.run(result) if hasattr(result, "cr_await") else result

    try:
        finish(initialize(plugin, base, configuration))
        try:
            result = finish(_gathered(finish(action.call(value))))
            encode(result)  # fails here as it would with a host
            return json.dumps(result, default=_shown, indent=2, ensure_ascii=False) + "\n"
        finally:
            finish(plugin.cleanup())
    finally:
        events.close()


def _gathered(result: Any) -> Any:
    """A stream as the list of what it yields."""
    if hasattr(result, "__anext__"):

        async def gather() -> list[Any]:
            return [item async for item in result]

        return gather()
    return list(result) if hasattr(result, "gi_frame") else result


class _StandardOutput:
    """Keeps standard output for the result. What the plugin prints, in C too, goes to standard error."""

    def __enter__(self) -> _StandardOutput:
        sys.stdout.flush()
        self._kept = os.dup(1)
        os.dup2(2, 1)
        return self

    def write(self, text: str) -> None:
        data = text.encode()
        while data:
            data = data[os.write(self._kept, data) :]

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()
        os.dup2(self._kept, 1)
        os.close(self._kept)


def _shown(value: Any) -> Any:
    """Values that cross the wire but have no form in JSON."""
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if hasattr(value, "utcoffset") and hasattr(value, "isoformat") and value == value:
        return value.isoformat()
    if isinstance(value, memoryview) and value.format == "B":
        return base64.b64encode(value).decode()
    if hasattr(value, "tolist"):
        return value.tolist()
    return None if value != value else plain_form(value)  # NaT of pandas is no time


def _print_traceback(error: BaseException) -> None:
    if isinstance(error, CodecError):
        print(error, file=sys.stderr)
        return
    own_folder = os.path.dirname(os.path.dirname(__file__)) + os.sep
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(own_folder):
        frames = frames.tb_next
    traceback.print_exception(type(error), error, frames)


def _read_json(option: str, text: str) -> Any:
    """JSON itself, `@file`, or `-` for standard input."""
    try:
        if text == "-":
            text = sys.stdin.read()
        elif text.startswith("@"):
            with open(text[1:], encoding="utf-8") as file:
                text = file.read()
        return json.loads(text)
    except (OSError, ValueError) as error:
        _complain("%s: not valid JSON: %s" % (option, error) if isinstance(error, ValueError) else str(error))


def _placed(mistake: dict[str, Any]) -> str:
    place = "%s:%s: " % (mistake["file"], mistake["line"]) if "line" in mistake else ""
    return place + str(mistake["message"])


def _complain(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    sys.exit(USAGE_STATUS)


def _parser(plugin: Plugin, actions: dict[str, Action]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=_explanation(plugin, actions), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--execute", metavar="JSON", help="run an action with this input; @file and - (standard input) work"
    )
    parser.add_argument("--action", metavar="NAME", default="execute", help="which action; without it: execute")
    parser.add_argument("--config", metavar="JSON", default="{}", help="the configuration that initialize is given")
    return parser


def _explanation(plugin: Plugin, actions: dict[str, Action]) -> str:
    lines = ["%s is a plugin: a Bulkhead host starts it and calls its actions." % type(plugin).__qualname__, ""]
    lines += ["Actions:"] if actions else ["It has no actions: override execute, or put @action on a method."]
    for name, action in actions.items():
        lines.append("  %-20s %s" % (name, action.description.get("description", "")))
    script = sys.argv[0] or "plugin.py"
    lines += [
        "",
        "With a host:     bulkhead run <id>",
        'Without a host:  python %s --execute \'{"key": "value"}\' [--action NAME] [--config JSON]' % script,
    ]
    return "\n".join(line.rstrip() for line in lines)
