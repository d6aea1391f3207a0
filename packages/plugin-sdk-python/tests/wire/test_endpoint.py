"""What a host may say that a plugin talks over, and what becomes of an endpoint that can't be opened."""

import os
import shutil
import socket
import sys
import tempfile

import pytest

from plugin_sdk._wire.endpoint import EndpointError, PackageMissing, open_endpoint, open_lifeline

ECHO = """
from plugin_sdk import PluginBase

class Plugin(PluginBase):
    def execute(self, input_data):
        self.context.log.info("here")
        return input_data
"""


@pytest.fixture
def short_folder():
    """The path of a socket has 107 bytes at most, and pytest's own folders are long."""
    folder = tempfile.mkdtemp(prefix="bulkhead-")
    yield folder
    shutil.rmtree(folder)


def test_descriptors_that_were_handed_over():
    endpoint = open_endpoint("fd:3,4")
    assert (endpoint.data, endpoint.control) == (3, 4)
    assert open_lifeline("fd:5") == 5


def test_sockets_in_a_folder(short_folder):
    listening = {}
    for name in ("data", "control", "lifeline"):
        listening[name] = socket.socket(socket.AF_UNIX)
        listening[name].bind(os.path.join(short_folder, name))
        listening[name].listen()
    endpoint = open_endpoint("unix:" + short_folder)
    opened = {"data": endpoint.data, "control": endpoint.control}
    opened["lifeline"] = open_lifeline("unix:%s/lifeline" % short_folder)
    for name, fd in opened.items():
        ours, _ = listening[name].accept()
        os.write(fd, name.encode())
        assert ours.recv(100) == name.encode()
        assert not os.get_inheritable(fd)
        os.close(fd)
        ours.close()
        listening[name].close()


def test_a_plugin_over_sockets_in_a_folder(start, short_folder):
    host = start(ECHO, sockets_in=short_folder)
    assert host.call({"n": 1}) == {"n": 1}
    assert host.next_log()[1]["message"] == "here"
    host.ping()
    host.lifeline.close()
    assert host.wait() == -9


@pytest.mark.parametrize(
    "text, said",
    [
        ("pigeon:coop", "knows the kinds fd, unix, stdio, grpc and zeromq"),
        ("", "knows the kinds fd, unix, stdio, grpc and zeromq"),
        ("fd:3", "two numbers"),
        ("fd:3,4,5", "two numbers"),
        ("fd:a,b", "two numbers"),
        ("fd:-3,4", "two numbers"),
        ("unix:/nonexistent", "can't connect to the host at /nonexistent/data"),
        ("unix:/" + "x" * 200, "at most 107 bytes"),
    ],
)
def test_what_can_not_be_opened_is_refused(text, said):
    with pytest.raises(EndpointError, match=said):
        open_endpoint(text)


def test_a_plugin_that_can_not_reach_its_host_says_why_and_ends(start):
    host = start(ECHO, handshake=False, endpoint="pigeon:coop")
    assert host.wait() == 2
    assert host.stderr() == (
        "endpoint 'pigeon:coop': this SDK knows the kinds fd, unix, stdio, grpc and zeromq; its version may be older than the host's\n"
    )


def test_a_socket_that_nobody_listens_on(start, short_folder):
    host = start(ECHO, handshake=False, endpoint="unix:" + short_folder)
    assert host.wait() == 2
    assert "can't connect to the host at %s/data" % short_folder in host.stderr()
    assert "Traceback" not in host.stderr()


def test_zeromq_is_looked_for_among_the_packages_of_the_environment_only_while_it_is_imported(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "zmq", raising=False)
    monkeypatch.setattr(sys, "path", [folder for folder in sys.path if "site-packages" not in folder])
    before = list(sys.path)
    (tmp_path / "zmq.py").write_text("raise OSError('no libzmq')")
    with pytest.raises(PackageMissing, match="OSError: no libzmq") as raised:
        open_endpoint("zeromq:ipc:///nowhere", str(tmp_path))
    assert raised.value.status == 77
    assert sys.path == before


def test_a_missing_zeromq_has_a_status_of_its_own(monkeypatch):
    monkeypatch.setitem(sys.modules, "zmq", None)
    with pytest.raises(PackageMissing, match="can't import zmq from the plugin's environment: ModuleNotFoundError"):
        open_endpoint("zeromq:ipc:///nowhere")
