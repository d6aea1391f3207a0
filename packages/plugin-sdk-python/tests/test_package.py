import logging
import os
import pathlib
import subprocess
import sys
import zipfile

import pytest
from host import SDK_FOLDER

import plugin_sdk


def test_the_public_names():
    assert plugin_sdk.__all__ == [
        *("Cancelled", "InputStream", "LogHandler", "PluginBase", "RemoteError", "Veto", "action", "hook", "records")
    ]
    public = {name for name in vars(plugin_sdk) if not name.startswith("_")}
    assert public - {"bootstrap", "testing"} == set(plugin_sdk.__all__) - {
        "LogHandler",
        "records",
    }  # loaded when they are asked for
    assert issubclass(plugin_sdk.LogHandler, logging.Handler)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        plugin_sdk.nothing  # noqa: B018
    assert plugin_sdk.Cancelled.__module__ == "plugin_sdk"
    assert issubclass(plugin_sdk.Cancelled, BaseException) and not issubclass(plugin_sdk.Cancelled, Exception)


def test_a_wheel_holds_everything(tmp_path):
    project = os.path.dirname(os.path.dirname(SDK_FOLDER))
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", str(tmp_path), project]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name == "bulkhead_plugin_sdk-%s-py3-none-any.whl" % plugin_sdk.__version__
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("plugin_sdk/")}
    files = {path.relative_to(SDK_FOLDER) for path in pathlib.Path(SDK_FOLDER).rglob("*.*")}
    assert packed == {"plugin_sdk/%s" % file for file in files if file.suffix in (".py", ".typed")}
