"""A plugin behind the real host: each call is a `bulkhead run`, with an environment, a process and the wire."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from typing import Any, Optional

from .outcome import CallFailed

# Says where `bulkhead test` is called from.
VARIABLE = "BULKHEAD_TEST"


class NoHost(Exception):
    """There is no host to call; the message says why."""


class RealHost:
    """Starts the plugin anew for each call, so it keeps nothing from one to the next. Values pass as JSON, bytes as they are."""

    def __init__(self, command: list[str], plugin: str, registry: Optional[str] = None) -> None:
        self._command = [*command, "run", plugin, "--json", *([] if registry is None else ["--registry", registry])]

    @classmethod
    def found_from(cls, folder: str) -> RealHost:
        """The host of `bulkhead test`; otherwise `bulkhead` on the PATH, for the plugin in that folder. Raises NoHost."""
        told = os.environ.get(VARIABLE)
        if told is not None:
            said = json.loads(told)
            return cls(said["command"], said["plugin"], said["registry"])
        command = shutil.which("bulkhead")
        if command is None:
            raise NoHost("no `bulkhead` is on the PATH; `bulkhead test` brings its own")
        return cls([command], _id_in(folder))

    def call(self, input: Any = None, action: str = "execute", *, timeout: Optional[float] = None) -> Any:
        """The result. `timeout` is in seconds. Raises CallFailed with the host's code."""
        __tracebackhide__ = True
        command = [*self._command, "--action", action, "--input", "-"]
        if timeout is not None:
            command += ["--timeout", "%dms" % round(timeout * 1000)]
        variables = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
        done = subprocess.run(
            command, input=json.dumps(input, default=_to_json), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            encoding="utf-8", env=variables, check=False,
        )  # fmt: skip
        if done.returncode == 0:
            return json.loads(done.stdout, object_hook=_from_json)
        lines = done.stderr.strip().splitlines()
        try:
            error = json.loads(lines[-1])
            code, message = error["code"], error["message"]
        except (IndexError, KeyError, TypeError, ValueError):
            code, message = "INTERNAL", "bulkhead ended with status %d: %s" % (done.returncode, done.stderr.strip())
            error = None
        raise CallFailed(code, message, error)


def _to_json(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    raise TypeError("the command line takes JSON and bytes, not %s" % type(value).__name__)


def _from_json(value: dict[str, Any]) -> Any:
    if list(value) == ["$bytes"] and isinstance(value["$bytes"], str):
        return base64.b64decode(value["$bytes"])
    return value


def _id_in(folder: str) -> str:
    """As the manifest says it, or the folder. tomllib came with Python 3.11."""
    try:
        with open(os.path.join(folder, "pyproject.toml"), encoding="utf-8") as file:
            table = re.search(r"^\[tool\.bulkhead\]\s*$(.*?)(?=^\[|\Z)", file.read(), re.MULTILINE | re.DOTALL)
    except OSError:
        table = None
    named = None if table is None else re.search(r'^\s*id\s*=\s*"([^"]+)"', table.group(1), re.MULTILINE)
    return os.path.basename(os.path.abspath(folder)) if named is None else named.group(1)
