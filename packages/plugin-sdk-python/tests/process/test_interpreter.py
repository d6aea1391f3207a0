"""A plugin, and each process that it starts, sees the interpreter that `python plugin.py` would be in its environment."""

import json
import os
import subprocess
import sys
import venv

import pytest

# What a library can ask of its interpreter. Run as a script, it prints the answers.
LOOK = """
import builtins, importlib.metadata, json, os, site, sys, sysconfig

def look():
    return {
        "prefixes": [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix],
        # before 3.11 an environment's python calls itself its base
        "executables": [sys.executable, sys._base_executable if sys.version_info >= (3, 11) else None],
        "flags": [tuple(sys.flags), repr(sys.flags), len(sys.flags), sys.flags.n_fields],
        "flags by name": {name: getattr(sys.flags, name) for name in dir(sys.flags) if name[0] != "_" and not name.startswith("n_")
                          and name not in ("count", "index")},
        "arguments": sys.argv[1:] + getattr(sys, "orig_argv", [])[:1],
        "options": [sys.warnoptions, sys._xoptions, sys.dont_write_bytecode, sys.pycache_prefix],
        "paths": sysconfig.get_paths(),
        "site": [site.ENABLE_USER_SITE, site.getsitepackages(), site.PREFIXES],
        "builtins": [repr(getattr(builtins, name)) for name in ("copyright", "credits", "exit", "help", "license", "quit")],
        "distributions": sorted(each.metadata["Name"] for each in importlib.metadata.distributions()),
        "path": [each for each in sys.path if not os.path.isdir(os.path.join(each, "plugin_sdk"))],
        "main": [sys.modules["__main__"].__name__, sys.modules["__main__"].__package__, sys.modules["__main__"].__spec__],
        "folder": os.getcwd(),
        "hashes": hash("a") if os.environ.get("PYTHONHASHSEED", "random") != "random" else None,
        "digits": sys.get_int_max_str_digits() if hasattr(sys, "get_int_max_str_digits") else None,
        "extras": [name for name in ("customised", "vendored", "usercustomize") if name in sys.modules],
    }

if __name__ == "__main__":
    print(json.dumps(look()))
"""
PLUGIN = """
from plugin_sdk import PluginBase
import look

class Plugin(PluginBase):
    def execute(self, input_data):
        return look.look()
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """An environment without packages, so that nothing needs `site`."""
    return make_environment(tmp_path_factory.mktemp("bare") / "environment")


@pytest.fixture
def furnished(tmp_path):
    """One with an editable install, a `sitecustomize` and a `usercustomize`."""
    prefix = make_environment(tmp_path / "environment")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "customised.py").write_text("")
    packages = site_packages(prefix)
    with open(os.path.join(packages, "editable.pth"), "w") as file:
        file.write("%s\n" % elsewhere)
    for name in ("sitecustomize", "usercustomize"):
        with open(os.path.join(packages, name + ".py"), "w") as file:
            file.write("import customised\n")
    return prefix


def make_environment(prefix):
    venv.create(prefix, with_pip=False, symlinks=True)
    return str(prefix)


def site_packages(prefix):
    return os.path.join(prefix, "lib", "python%d.%d" % sys.version_info[:2], "site-packages")


# Else Python chooses a locale, and its processes are told of another one than it saw itself.
LOCALE = {"LC_ALL": "C.UTF-8"}


@pytest.fixture
def run(start, tmp_path, monkeypatch):
    """Starts a plugin with LOOK beside it. Its folder is `0` in the current one."""
    monkeypatch.chdir(tmp_path)

    def run(prefix, plugin=PLUGIN, files=(), variables=()):
        files, variables = {"look.py": LOOK, **dict(files)}, {**LOCALE, **dict(variables)}
        return start(plugin, prefix=prefix, site_packages=site_packages(prefix), files=files, variables=variables)

    return run


def python(prefix, host, variables=()):
    """What LOOK says as a script of the environment."""
    environment = {"PATH": os.environ["PATH"], **LOCALE, **dict(variables)}
    command = [os.path.join(prefix, "bin", "python"), os.path.join(host.folder, "look.py")]
    return json.loads(subprocess.check_output(command, env=environment))


def as_sent(value):
    return json.loads(json.dumps(value))


def test_it_is_as_a_script_of_the_environment_sees_it(run, bare):
    host = run(bare)
    assert as_sent(host.call()) == python(bare, host)


def test_it_is_the_same_where_the_environment_starts_its_own_python(start, bare, furnished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for environment in (bare, furnished):
        own = os.path.join(environment, "bin", "python")
        host = start(PLUGIN, own_python=own, files={"look.py": LOOK}, variables=LOCALE)
        seen = as_sent(host.call())
        assert seen == python(environment, host)


def test_what_lets_tools_find_the_sdk_costs_a_plugin_nothing(start, tmp_path):
    """The name is that of sdk-for-tools.ts."""
    prefix = make_environment(tmp_path / "environment")
    (tmp_path / "other").mkdir()
    with open(os.path.join(site_packages(prefix), "bulkhead_plugin_sdk.pth"), "w") as file:
        file.write("%s\n" % (tmp_path / "other"))
    host = start(
        """
        import sys
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                return ["site" in sys.modules, sys.path]
        """,
        prefix=prefix,
        site_packages=site_packages(prefix),
    )
    loads_site, path = host.call()
    assert not loads_site
    assert str(tmp_path / "other") not in path


def test_path_files_and_sitecustomize_have_run(run, furnished):
    host = run(furnished)
    seen = as_sent(host.call())
    assert seen == python(furnished, host)
    assert seen["extras"] == ["customised"]


VENDORED = {"vendor/agent/sitecustomize.py": "import vendored\n", "vendor/agent/vendored.py": ""}
VARIABLES = {
    "PYTHONPATH": {"PYTHONPATH": "./0/vendor:/nowhere:./0/vendor"},
    "PYTHONPATH with a sitecustomize": {"PYTHONPATH": "0/vendor/agent"},
    "PYTHONHASHSEED": {"PYTHONHASHSEED": "7"},
    "PYTHONOPTIMIZE": {"PYTHONOPTIMIZE": "2"},
    "PYTHONWARNINGS": {"PYTHONWARNINGS": "error"},
    "PYTHONDONTWRITEBYTECODE": {"PYTHONDONTWRITEBYTECODE": "1"},
    "PYTHONPYCACHEPREFIX": {"PYTHONPYCACHEPREFIX": "/nowhere/at/all"},
    "PYTHONINTMAXSTRDIGITS": {"PYTHONINTMAXSTRDIGITS": "0"},
    "PYTHONNOUSERSITE": {"PYTHONNOUSERSITE": "1"},
    "PYTHONSAFEPATH": {"PYTHONSAFEPATH": "1", "PYTHONPATH": "0"},
    "PYTHONUTF8": {"PYTHONUTF8": "1"},
    "PYTHONDEVMODE": {"PYTHONDEVMODE": "1"},
    "PYTHONMALLOC": {"PYTHONMALLOC": "malloc"},
    "PYTHONUNBUFFERED": {"PYTHONUNBUFFERED": "1"},
}


@pytest.mark.parametrize("variables", VARIABLES.values(), ids=VARIABLES.keys())
def test_variables_of_python_have_their_effect(run, bare, variables):
    host = run(bare, variables=variables, files=VENDORED)
    assert as_sent(host.call()) == python(bare, host, variables)
    assert host.stderr_so_far() == b""


STARTS_PROCESSES = """
import json, multiprocessing, subprocess, sys
from concurrent.futures import ProcessPoolExecutor
from plugin_sdk import PluginBase, action
import look

class Plugin(PluginBase):
    @action
    def pool(self, method: str):
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context(method)) as pool:
            return pool.submit(look.look).result()

    @action
    def again(self):
        arguments = subprocess._args_from_interpreter_flags()
        return [arguments, json.loads(subprocess.check_output([sys.executable, *arguments, look.__file__]))]
"""


@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_its_processes_see_the_same(run, furnished, method):
    host = run(furnished, STARTS_PROCESSES)
    child = as_sent(host.call({"method": method}, action="pool"))
    expected = python(furnished, host)
    for fact in (
        "prefixes",
        "executables",
        "flags",
        "flags by name",
        "paths",
        "site",
        "builtins",
        "distributions",
        "extras",
    ):
        assert child[fact] == expected[fact], fact


def test_a_process_started_with_its_flags_sees_the_same(run, furnished):
    host = run(
        furnished, STARTS_PROCESSES, variables={"PYTHONWARNINGS": "error::ResourceWarning", "PYTHONOPTIMIZE": "1"}
    )
    arguments, seen = host.call({}, action="again")
    assert arguments == ["-O", "-Werror::ResourceWarning"]
    assert seen["prefixes"] == python(furnished, host)["prefixes"]


def test_what_site_adds_to_the_builtins_works(run, bare):
    host = run(
        bare,
        """
        from plugin_sdk import PluginBase, action

        class Plugin(PluginBase):
            @action
            def say(self):
                return [repr(exit), repr(help).split(" ")[0], repr(credits)[:10], callable(license), repr(quit)]

            @action
            def leave(self):
                exit("for good")
        """,
    )
    assert host.fail({}, action="leave")["message"].endswith("for good")
    said = host.call({}, action="say")
    assert said[0].startswith("Use exit()") and said[4].startswith("Use quit()")
    assert said[1:4] == ["Type", "    Thanks", True]


def test_what_site_has_added_itself_works(start, bare):
    source = """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                return [repr(exit), callable(license)]
        """
    host = start(source, own_python=os.path.join(bare, "bin", "python"))
    assert host.call()[0].startswith("Use exit()")


def test_flags_are_flags(run, bare):
    host = run(
        bare,
        """
        import sys
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                flags = sys.flags
                return [isinstance(flags, tuple), type(flags).__name__, flags.no_site, flags[6], flags.isolated, hash(flags) == hash(tuple(flags))]
        """,
    )
    assert host.call() == [True, "flags", 0, 0, 0, True]
