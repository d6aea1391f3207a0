"""Two plugins in one process: what each imports is its own, as far as it comes from its own files."""

import os

import pytest

TELLS = """
    import helpers
    from plugin_sdk import PluginBase

    class Plugin(PluginBase):
        def execute(self, value):
            return [helpers.NAME, helpers.__name__, __name__]
"""


def test_two_plugins_have_a_module_of_the_same_name_each(group):
    one = group.begin("one", TELLS, {"helpers.py": "NAME = 'of one'"})
    two = group.begin("two", TELLS, {"helpers.py": "NAME = 'of two'"})
    assert one.call() == ["of one", "bulkhead_plugins.one.helpers", "bulkhead_plugins.one.__main__"]
    assert two.call()[0] == "of two"
    assert one.call()[0] == "of one"
    assert one.hello["pid"] == two.hello["pid"] == group.pid


EXPRESSION = """
    import sys
    from plugin_sdk import PluginBase

    class Plugin(PluginBase):
        def execute(self, text):
            exec(text, globals())
            return found
"""

FILES = {
    "helpers.py": "NAME = __file__",
    "package/__init__.py": "from .inner import VALUE\nfrom . import inner as same",
    "package/inner.py": "import helpers\nVALUE = helpers.NAME\nclass Thing:\n    pass",
    "package/deep/leaf.py": "from ..inner import VALUE",
    "circle_one.py": "import circle_two\nONE = 1",
    "circle_two.py": "import circle_one\nTWO = lambda: circle_one.ONE",
    "json.py": "NAME = 'not that of Python'",
    "data/table.csv": "1",
    "package/text.txt": "text",
    "xml/table.csv": "1",
}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import helpers; found = helpers.NAME", "{folder}/helpers.py"),
        ("import package.inner; found = package.inner.__name__", "bulkhead_plugins.one.package.inner"),
        ("import package.inner as inner; found = inner.VALUE", "{folder}/helpers.py"),
        ("from package import inner; found = inner.VALUE", "{folder}/helpers.py"),
        ("from package import same, inner; found = same is inner", True),
        ("from package.deep.leaf import VALUE as found", "{folder}/helpers.py"),
        ("from package.deep import leaf; found = leaf.VALUE", "{folder}/helpers.py"),
        ("import circle_one, circle_two; found = circle_two.TWO()", 1),
        ("from helpers import *; found = NAME", "{folder}/helpers.py"),
        ("found = __import__('helpers').NAME", "{folder}/helpers.py"),
        ("import importlib; found = importlib.import_module('package.inner').VALUE", "{folder}/helpers.py"),
        ("import importlib; found = importlib.import_module('.inner', 'package').VALUE", "{folder}/helpers.py"),
        ("import importlib.resources as r; found = r.read_text('package', 'text.txt')", "text"),
        ("import importlib.util; found = importlib.util.find_spec('helpers').origin", "{folder}/helpers.py"),
        ("import json; found = json.NAME", "not that of Python"),
        ("import data; found = list(data.__path__)", ["{folder}/data"]),
        ("import xml.dom; found = xml.dom.__name__", "xml.dom"),
        ("import __main__; found = __main__.Plugin is Plugin", True),
        ("import pickle, package.inner as p; found = type(pickle.loads(pickle.dumps(p.Thing()))) is p.Thing", True),
        (
            "import importlib, helpers; helpers.NAME = 0; importlib.reload(helpers); found = helpers.NAME",
            "{folder}/helpers.py",
        ),
        ("import time; found = time.__name__", "time"),
    ],
)
def test_imports_of_every_kind_find_the_own_files_first(group, code, expected):
    group.begin("other", TELLS, {"helpers.py": "NAME = 'of another'"})
    one = group.begin("one", EXPRESSION, FILES)
    folder = one.folder

    def placed(value):
        if isinstance(value, list):
            return [placed(each) for each in value]
        return value.format(folder=folder) if isinstance(value, str) else value

    assert one.call(code) == placed(expected)


def test_a_package_reads_json_of_python_although_the_plugin_has_one(group):
    """What is imported by others is Python's own."""
    one = group.begin("one", EXPRESSION, FILES)
    assert (
        one.call("import logging.config; found = sys.modules['json'].__name__ if 'json' in sys.modules else 'json'")
        == "json"
    )
    other = group.begin("other", EXPRESSION)
    assert other.call("import json; found = json.loads('[1]')") == [1]


@pytest.mark.parametrize(
    "code",
    [
        "import nowhere",
        "import helpers.nowhere",
        "from helpers import nowhere",
        "import importlib; importlib.import_module('package.nowhere')",
    ],
)
def test_errors_name_modules_as_the_author_knows_them(group, code):
    one = group.begin("one", EXPRESSION, FILES)
    failure = one.fail(code)
    assert "nowhere" in failure["message"]
    assert "bulkhead_plugins" not in failure["message"] + failure["traceback"]
    assert failure["type"] in ("ModuleNotFoundError", "ImportError")


@pytest.mark.parametrize(
    "how", ["import package.nowhere", "import importlib; importlib.import_module('package.nowhere')"]
)
def test_code_of_the_plugin_sees_those_names_in_the_exception(group, how):
    one = group.begin("one", EXPRESSION, FILES)
    code = "try:\n    %s\nexcept ImportError as error:\n    found = [error.name, str(error)]" % how
    assert one.call(code) == ["package.nowhere", "No module named 'package.nowhere'"]


def test_files_that_a_plugin_puts_on_the_path_are_its_own(group):
    adds = """
        import os, sys
        sys.path.insert(0, os.path.join(os.path.dirname(__file__), "lib"))
        import vendored
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, value):
                return vendored.NAME
    """
    one = group.begin("one", adds, {"lib/vendored.py": "NAME = 'of one'"})
    two = group.begin("two", adds, {"lib/vendored.py": "NAME = 'of two'"})
    three = group.begin("three", EXPRESSION)
    assert [one.call(), two.call()] == ["of one", "of two"]
    assert three.fail("import vendored")["type"] == "ModuleNotFoundError"


def test_packages_of_the_environment_are_one_for_all(group):
    one = group.begin("one", EXPRESSION)
    two = group.begin("two", EXPRESSION)
    one.call("import colorsys; colorsys.SEEN = 'by both'; found = 0")
    assert two.call("import colorsys; found = colorsys.SEEN") == "by both"


def test_dataclasses_and_hints_find_their_module(group):
    plugin = group.begin(
        "one",
        """
        from __future__ import annotations
        import dataclasses, typing
        from helpers import Other
        from plugin_sdk import PluginBase, action

        @dataclasses.dataclass
        class Point:
            x: int
            other: typing.ClassVar[Other] = None

        class Plugin(PluginBase):
            @action
            def move(self, point: Point) -> Point:
                return Point(point.x + 1)

            @action
            def hints(self):
                return sorted(map(str, typing.get_type_hints(Point)))
        """,
        {"helpers.py": "class Other: pass"},
    )
    assert plugin.call({"point": {"x": 1}}, "move") == {"x": 2}
    assert plugin.call({}, "hints") == ["other", "x"]
    failure = plugin.fail({"point": {"x": "no"}}, "move")
    assert failure["code"] == "INPUT_REJECTED"


def test_own_exceptions_are_named_as_in_a_process_of_their_own(group):
    raises = """
        from plugin_sdk import PluginBase
        import errors

        class Own(Exception):
            pass

        class Plugin(PluginBase):
            def execute(self, which):
                raise Own("a") if which else errors.Other("b")
    """
    one = group.begin("one", raises, {"errors.py": "class Other(Exception): pass"})
    own, other = one.fail(1), one.fail(0)
    assert [own["type"], other["type"]] == ["Own", "errors.Other"]
    assert own["traceback"].endswith("\nOwn: a\n")


@pytest.mark.parametrize(
    ("guard", "expected"),
    [
        ('if __name__ == "__main__":\n    Plugin("guarded").start_server()', "guarded"),
        ('if "__main__" == __name__:\n    Plugin("guarded").start_server()', "guarded"),
        ('if __name__ != "__main__":\n    raise SystemExit\nPlugin("served").start_server()', "served"),
        ('print(__name__ == "__other__")', "usual"),
    ],
)
def test_what_is_run_believes_to_be_the_main_module(group, guard, expected):
    source = 'from plugin_sdk import PluginBase\nclass Plugin(PluginBase):\n    def __init__(self, how="usual"):\n        self.how = how\n    def execute(self, value):\n        return self.how\n'
    assert group.begin("one", source + guard).call() == expected


def test_a_guard_in_another_file_does_not_hold(group):
    one = group.begin("one", TELLS, {"helpers.py": 'NAME = __name__ == "__main__"'})
    assert one.call()[0] is False


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"--module": "package.plugin"}, ["bulkhead_plugins.one.__main__", "of package"]),
        ({"--module": "package.plugin", "--class": "Plugin"}, ["bulkhead_plugins.one.package.plugin", "of package"]),
        ({"--module": "package"}, ["bulkhead_plugins.one.__main__", "run as a package"]),
        ({"--entry-point": "package/plugin.py"}, ["bulkhead_plugins.one.__main__", "of package"]),
    ],
)
def test_each_kind_of_entry_point_runs(group, entry, expected):
    source = "from .other import NAME\nfrom plugin_sdk import PluginBase\nclass Plugin(PluginBase):\n    def execute(self, value):\n        return [__name__, NAME]\n"
    files = {
        "package/__init__.py": "",
        "package/plugin.py": source,
        "package/other.py": "NAME = 'of package'",
        "package/__main__.py": source.replace("from .other import NAME", "NAME = 'run as a package'"),
    }
    assert group.begin("one", files=files, entry=entry).call() == expected


def test_a_plugin_that_is_a_package_imports_relatively(group):
    source = """
        from . import CONSTANT
        from .helpers import NAME
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, value):
                return [CONSTANT, NAME]
    """
    one = group.begin("one", source, {"__init__.py": "CONSTANT = 1", "helpers.py": "NAME = 2"})
    two = group.begin("two", source.replace("from . import CONSTANT", "CONSTANT = 0"), {"helpers.py": "NAME = 3"})
    assert [one.call(), two.call()] == [[1, 2], [0, 3]]


def test_a_plugin_that_begins_anew_has_new_modules(group):
    before = group.begin("one", TELLS, {"helpers.py": "NAME = 'before'"})
    after = group.begin("one", TELLS, {"helpers.py": "NAME = 'afterwards'"})
    assert [before.call()[0], after.call()[0]] == ["before", "afterwards"]
    assert after.call()[2] == "bulkhead_plugins.one@2.__main__"
    before.shut_down()
    asks = group.begin("asks", EXPRESSION)
    held = "found = sorted(name for name in sys.modules if name.startswith('bulkhead_plugins.one'))"
    assert asks.call(held) == [
        "bulkhead_plugins.one@2",
        "bulkhead_plugins.one@2.__main__",
        "bulkhead_plugins.one@2.helpers",
    ]


def test_a_failed_import_is_told_with_its_place_and_leaves_the_group_alone(group):
    well = group.begin("well", TELLS, {"helpers.py": "NAME = 1"})
    failing = group.begin(
        "failing", "import helpers\nraise ValueError(helpers.NAME)", {"helpers.py": "NAME = 'no'"}, False
    )
    failure = failing.start()
    assert (failure["code"], failure["type"], failure["message"]) == ("PLUGIN_IMPORT_FAILED", "ValueError", "no")
    assert os.path.join(failing.folder, "plugin.py") in failure["traceback"]
    assert group.receive()[1:] == [failing.number, 1]
    assert well.call()[0] == 1


def test_a_file_without_a_plugin_is_refused_with_a_mistake(group):
    failure = group.begin("none", "NOTHING = 1", handshake=False).start()
    assert failure["code"] == "PLUGIN_INVALID"
    assert "plugin.py" in failure["message"]
