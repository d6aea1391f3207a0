import pathlib

import pytest
from accelerator_fixtures import accelerated, accelerator, codec
from group_host import GroupHost
from host import SDK_FOLDER, Host

__all__ = ["accelerated", "accelerator", "codec"]


@pytest.fixture(scope="session")
def shared_bytecode(tmp_path_factory):
    return tmp_path_factory.mktemp("bytecode") / "key"


@pytest.fixture(scope="session")
def sdk_folder():
    return pathlib.Path(SDK_FOLDER)


@pytest.fixture
def start(tmp_path, shared_bytecode):
    """Starts a plugin from its source. Whatever a test leaves running is ended with it."""
    hosts = []

    def start(source, *, handshake=True, configuration=None, **options):
        folder = tmp_path / str(len(hosts))
        folder.mkdir()
        options.setdefault("bytecode", shared_bytecode)
        host = Host(source, folder, **options)
        hosts.append(host)
        if handshake:
            host.start(configuration)
        return host

    yield start
    for host in hosts:
        host.close()


@pytest.fixture
def group(tmp_path, shared_bytecode):
    """The process of a group. What a test leaves running is ended with it."""
    host = GroupHost(tmp_path, shared_bytecode)
    yield host
    host.close()
