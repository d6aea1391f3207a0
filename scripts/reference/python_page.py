"""Prints docs/python-api.md: what `plugin_sdk` offers, from its sources, which are parsed and not run."""

import ast
import re
import sys
import textwrap
from pathlib import Path

SDK = Path(__file__).resolve().parents[2] / "packages" / "plugin-sdk-python" / "src" / "plugin_sdk"

# Not exported by name, but given to plugins: as `self.context`, and by its methods.
GIVEN = [("_author/context.py", "Context"), ("_author/context.py", "Log"), ("_author/locks.py", "Lock")]
# What the SDK or `logging` calls.
SKIPPED = {"Context.connect", "FakeHost.reply", "LogHandler.emit", "LogHandler.setFormatter", "RealHost.found_from"}
FIRST = ["PluginBase", "action", "hook"]

INTRODUCTION = """# Python API

<!-- Written by `npm run docs` from the docstrings in packages/plugin-sdk-python/src/plugin_sdk: change those instead. -->

Everything that `from plugin_sdk import …` offers, and what a plugin gets as `self.context`. [Writing a plugin](writing-a-plugin.md)
explains it by examples. Times are in seconds."""


class Module:
    def __init__(self, path):
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.body = ast.parse(self.text).body

    def declared(self, name):
        """All definitions of a name, those behind `if TYPE_CHECKING` too: overloads are several."""
        found = [node for node in _statements(self.body) if getattr(node, "name", None) == name]
        if not found:
            sys.exit("%s does not define %s" % (self.path, name))
        return found

    def signature(self, node):
        """Its text up to the body."""
        lines = self.text.splitlines()[node.lineno - 1 : node.body[0].lineno]
        head = "\n".join([*lines[:-1], lines[-1][: node.body[0].col_offset]])
        head = re.sub(r"\s*#.*", "", head).rstrip()
        return textwrap.dedent(head[:-1] if head.endswith(":") else head).strip()


def _statements(body):
    for node in body:
        yield node
        if isinstance(node, ast.If):
            yield from _statements(node.body)


def exported(module):
    """Name to the module that defines it, in the order of `__all__`."""
    origins = {}
    for node in ast.walk(ast.Module(module.body, [])):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            path = module.path.parent.joinpath(*node.module.split(".")).with_suffix(".py")
            origins.update((name.asname or name.name, path) for name in node.names)
    for node in module.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            names = ast.literal_eval(node.value)
            return [(Module(origins.get(name, module.path)), name) for name in names]
    return []


def entry(module, name):
    definitions = module.declared(name)
    last = definitions[-1]
    shown = definitions[:-1] or definitions
    doc = ast.get_docstring(last) or ""
    if isinstance(last, ast.ClassDef):
        return "\n\n".join(["### " + name, _code(module.signature(last)), doc, *members(module, last)])
    return "\n\n".join(["### " + name, _code("\n".join(module.signature(node) for node in shown)), doc])


def members(module, cls):
    for node in cls.body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) or node.name.startswith("_"):
            continue
        title = "%s.%s" % (cls.name, node.name)
        if title in SKIPPED:
            continue
        decorators = ["@" + ast.unparse(decorator) for decorator in node.decorator_list]
        doc = ast.get_docstring(node)
        yield "\n\n".join(
            ["#### " + title, _code("\n".join([*decorators, module.signature(node)])), *([doc] if doc else [])]
        )


def _code(text):
    return "```python\n%s\n```" % text


def sections():
    door = Module(SDK / "__init__.py")
    own = sorted(exported(door), key=lambda item: FIRST.index(item[1]) if item[1] in FIRST else len(FIRST))
    yield "plugin_sdk", own + [(Module(SDK / path), name) for path, name in GIVEN]
    for path in sorted([*SDK.glob("[a-z]*.py"), *SDK.glob("[a-z]*/__init__.py")]):
        module = Module(path)
        names = exported(module)
        if names:
            yield "plugin_sdk." + (path.parent.name if path.stem == "__init__" else path.stem), names


def page():
    parts = [INTRODUCTION]
    for heading, names in sections():
        parts.append("## " + heading)
        parts.append(", ".join("[`%s`](#%s)" % (name, name.lower()) for _, name in names))
        parts += [entry(module, name) for module, name in names]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    print(page(), end="")
