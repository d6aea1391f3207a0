"""What of a plugin may be run, and what it then can import."""

import os

import pytest

FACTS = """
from plugin_sdk import PluginBase
%s

class Plugin(PluginBase):
    def execute(self, input_data):
        return [double(21), __name__, __package__, type(self).__module__]
"""
HELPERS = "def double(number): return 2 * number\n"


@pytest.fixture
def tree(tmp_path):
    """Writes files, by their paths, and answers the folder."""

    def tree(files):
        folder = tmp_path / "tree"
        for name, text in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return folder

    return tree


@pytest.fixture
def run(start):
    def run(folder, *, handshake=True, **entry):
        options = {name.strip("_").replace("_", "-"): str(value) for name, value in entry.items()}
        return start("", handshake=handshake, entry={"folder": str(folder), **options})

    return run


class TestModules:
    def test_runs_as_main_in_its_package(self, tree, run):
        files = {
            "pack/__init__.py": "",
            "pack/plugin.py": FACTS % "from .helpers import double",
            "pack/helpers.py": HELPERS,
        }
        assert run(tree(files), module="pack.plugin").call() == [42, "__main__", "pack", "__main__"]

    def test_a_package_runs_its_main(self, tree, run):
        files = {
            "pack/__init__.py": "",
            "pack/__main__.py": FACTS % "from .helpers import double",
            "pack/helpers.py": HELPERS,
        }
        assert run(tree(files), module="pack").call() == [42, "__main__", "pack", "__main__"]

    def test_a_class_keeps_its_modules_name(self, tree, run):
        several = FACTS % "from .helpers import double" + "\nclass Other(PluginBase): ...\n"
        files = {"pack/__init__.py": "", "pack/plugin.py": several, "pack/helpers.py": HELPERS}
        host = run(tree(files), module="pack.plugin", class_="Plugin")
        assert host.call() == [42, "pack.plugin", "pack", "pack.plugin"]

    def test_arguments_are_as_those_of_a_module(self, tree, run):
        source = "import sys\nfrom plugin_sdk import PluginBase\nclass Plugin(PluginBase):\n    def execute(self, x): return sys.argv\n"
        folder = tree({"one.py": source})
        for extra in ({}, {"class_": "Plugin"}):
            assert run(folder, module="one", **extra).call() == [str(folder / "one.py")]

    def test_start_server_in_the_module(self, tree, run):
        source = (
            FACTS % HELPERS + "\nclass Other(PluginBase): ...\nif __name__ == '__main__': Plugin().start_server()\n"
        )
        assert run(tree({"one.py": source}), module="one").call()[0] == 42

    @pytest.mark.parametrize(
        ("entry", "expected"),
        [
            ({"module": "nowhere"}, "No module named 'nowhere'"),
            ({"module": "one.two"}, "'one.two'"),
            ({"module": "one", "class_": "Missing"}, "one has no Missing"),
            ({"module": "one", "class_": "number"}, "one:number is no class that derives from plugin_sdk.PluginBase"),
            ({"module": "one"}, "one defines no class that derives from plugin_sdk.PluginBase"),
            ({"module": "empty"}, "No module named 'empty.__main__'"),
        ],
    )
    def test_what_is_not_there_is_said(self, tree, run, entry, expected):
        folder = tree({"one.py": "number = 1\n", "empty/__init__.py": ""})
        host = run(folder, handshake=False, **entry)
        assert expected in host.start()["message"]


class TestRelativeImports:
    def test_beside_a_file_that_has_grown_into_a_package(self, tree, run):
        files = {"__init__.py": "", "plugin.py": FACTS % "from .helpers import double", "helpers.py": HELPERS}
        folder = tree(files)
        assert run(folder, entry_point="plugin.py").call() == [42, "__main__", "tree", "__main__"]

    def test_without_init_file(self, tree, run):
        files = {"plugin.py": FACTS % "from . import helpers\nfrom .helpers import double", "helpers.py": HELPERS}
        assert run(tree(files), entry_point="plugin.py").call()[0] == 42

    def test_from_a_package_below_the_plugins_folder(self, tree, run):
        files = {
            "__init__.py": "",
            "inner/__init__.py": "",
            "inner/plugin.py": FACTS % "from ..helpers import double\nfrom .more import more",
            "inner/more.py": "more = 1",
            "helpers.py": HELPERS,
        }
        assert run(tree(files), entry_point="inner/plugin.py").call()[:3] == [42, "__main__", "tree.inner"]

    def test_never_from_above_the_plugins_folder(self, tree, run):
        files = {"__init__.py": "", "mine/__init__.py": "", "mine/plugin.py": FACTS % "from ..helpers import double"}
        folder = tree({**files, "helpers.py": HELPERS})
        host = run(folder / "mine", entry_point="plugin.py", handshake=False)
        assert "beyond top-level package" in host.start()["message"]

    def test_of_the_package_that_is_installed(self, tree, start):
        files = {
            "pack/__init__.py": "",
            "pack/plugin.py": FACTS
            % "from .helpers import double\nimport pack.helpers as same\nassert same.double is double",
            "pack/helpers.py": HELPERS,
        }
        folder = tree({**files, "site/own.pth": ""})
        (folder / "site" / "own.pth").write_text("%s\n" % folder)
        entry = {"folder": str(folder), "entry-point": "pack/plugin.py"}
        assert start("", entry=entry, site_packages=str(folder / "site")).call()[:3] == [42, "__main__", "pack"]

    @pytest.mark.parametrize("name", ["json", "1-of several", "plugin_sdk"])
    def test_shadow_nothing_that_has_the_folders_name(self, tree, run, name):
        source = FACTS % "from .helpers import double\nimport json\njson.dumps(1)"
        folder = tree({name + "/__init__.py": "", name + "/plugin.py": source, name + "/helpers.py": HELPERS})
        assert run(folder / name, entry_point="plugin.py").call()[0] == 42

    def test_a_file_without_them_is_a_script_as_ever(self, tree, run):
        files = {
            "__init__.py": "raise SystemExit('not imported')",
            "plugin.py": FACTS % "from helpers import double",
            "helpers.py": HELPERS,
        }
        assert run(tree(files), entry_point="plugin.py").call() == [42, "__main__", None, "__main__"]


class TestLinks:
    def test_siblings_of_what_it_leads_to_are_found_first_then_those_of_the_link(self, tree, run):
        source = FACTS % "from helpers import double\nfrom other import other"
        files = {
            "real/plugin.py": source,
            "real/helpers.py": HELPERS,
            "link/helpers.py": "double = 0\n",
            "link/other.py": "other = 1\n",
        }
        folder = tree(files)
        os.symlink("../real/plugin.py", folder / "link" / "plugin.py")
        assert run(folder / "link", entry_point="plugin.py").call()[0] == 42

    def test_relative_imports_find_them_too(self, tree, run):
        folder = tree(
            {"real/plugin.py": FACTS % "from .helpers import double", "real/helpers.py": HELPERS, "link/other.py": ""}
        )
        os.symlink("../real/plugin.py", folder / "link" / "plugin.py")
        assert run(folder / "link", entry_point="plugin.py").call()[0] == 42
