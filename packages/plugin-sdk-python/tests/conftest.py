import pytest
from accelerator_fixtures import accelerated, accelerator, codec
from host import Host

__all__ = ["accelerated", "accelerator", "codec"]


@pytest.fixture(scope="session")
def pycache(tmp_path_factory):
    return tmp_path_factory.mktemp("pycache")


@pytest.fixture
def start(tmp_path, pycache):
    """Starts a plugin from its source. Whatever a test leaves running is ended with it."""
    hosts = []

    def start(source, *, handshake=True, configuration=None, **options):
        folder = tmp_path / str(len(hosts))
        folder.mkdir()
        host = Host(source, folder, pycache=pycache, **options)
        hosts.append(host)
        if handshake:
            host.start(configuration)
        return host

    yield start
    for host in hosts:
        host.close()
