"""Which room of the SDK may import which: the imports of types and those inside functions count as well."""

import ast
import pathlib

import pytest
from host import SDK_FOLDER

# Each may import those before it, and itself.
ROOMS = ["_codec", "_wire", "_calls", "_hints", "_author", "_several", "_sandbox", "_process", "_group", "testing"]
# They stand beside the rooms, and import nothing of them.
FREE = {"_version", "_msgpack", "_python_alone"}
LONGEST_FILE = 290


def modules():
    root = pathlib.Path(SDK_FOLDER)
    return {path.relative_to(root).with_suffix("").parts: path for path in root.rglob("*.py")}


def imports_of(module, path):
    """The modules of the SDK that this one imports, anywhere in it."""
    package = module if path.name == "__init__.py" else module[:-1]
    package = tuple(part for part in package if part != "__init__")
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(tuple(name.name.split(".")[1:]) for name in node.names if name.name.startswith("plugin_sdk."))
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = package[: len(package) - node.level + 1]
            elif (node.module or "").partition(".")[0] == "plugin_sdk":
                base = ()
            else:
                continue
            inside = tuple((node.module or "").split(".")) if node.module else ()
            inside = inside[1:] if not node.level else inside
            for name in node.names:
                found.add(resolve(base + inside, name.name))
    return found


def resolve(base, name):
    """`from ..room import module` names a module, `from ..room.module import value` a value."""
    return base + (name,) if base + (name,) in MODULES else base


MODULES = modules()
ARROWS = {module: imports_of(module, path) for module, path in MODULES.items()}


def test_every_module_lies_in_a_room():
    outside = {module[0] for module in MODULES if len(module) == 1}
    assert outside == {"__init__", "bootstrap", "_bytecode", "_version", "_python_alone"}
    assert {module[0] for module in MODULES if len(module) > 1} == set(ROOMS) | {"_msgpack"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_those_below_it(room):
    allowed = set(ROOMS[: ROOMS.index(room) + 1]) | FREE
    wrong = [
        "%s imports %s" % (".".join(module), ".".join(target))
        for module, targets in ARROWS.items()
        if module[0] == room
        for target in targets
        if target and target[0] not in allowed
    ]
    assert wrong == []


def test_no_two_modules_import_each_other_in_a_circle():
    order, open_ones = [], []

    def visit(module):
        if module in open_ones:
            raise AssertionError(" -> ".join(".".join(each) for each in [*open_ones, module]))
        if module not in order:
            open_ones.append(module)
            for target in sorted(ARROWS[module]):
                if target in ARROWS:
                    visit(target)
            open_ones.pop()
            order.append(module)

    for module in MODULES:
        visit(module)
    assert len(order) == len(MODULES)


def test_own_modules_are_imported_by_name_alone():
    """So that type checkers, and this test, see every import."""
    dynamic = [path.name for path in MODULES.values() if "import_module" in path.read_text(encoding="utf-8")]
    assert dynamic == ["spaces.py"]  # what plugins ask for


def test_no_file_is_too_long_to_survey():
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES.values()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_the_rule_sees_imports_of_every_kind():
    assert ("_wire", "data") in ARROWS["_calls", "connection"]  # of a type
    assert ("_author", "locks") in ARROWS["_author", "context"]  # inside a function
    assert ("_msgpack", "__init__") in ARROWS["_process", "accelerator"] or ("_msgpack",) in ARROWS[
        "_process", "accelerator"
    ]
