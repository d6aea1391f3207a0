"""The two codecs that have to give the same answers: the one in Python, and the one over msgpack's C extension."""

import importlib.util
import pathlib
import shutil
import tempfile

import pytest

from plugin_sdk._codec import codec as _codec
from plugin_sdk._process import accelerator as _accelerator


def _own_copy():
    """As the host keeps it: not the very file of an installed msgpack."""
    installed = importlib.util.find_spec("msgpack")
    if installed is None:
        return None
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bulkhead-accelerator-"))
    (library,) = pathlib.Path(installed.origin).parent.glob("_cmsgpack*.so")
    shutil.copy(library, folder)
    return folder


@pytest.fixture(scope="session")
def accelerator():
    folder = _own_copy()
    if folder is None:
        pytest.skip("there is no msgpack here whose extension could be copied")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def accelerated(accelerator):
    codec = _accelerator.load(str(accelerator))
    assert codec is not None
    return codec


@pytest.fixture(params=["pure", "c"])
def codec(request):
    return _codec if request.param == "pure" else request.getfixturevalue("accelerated")
