"""What becomes of a plugin that names a transport when it asks to serve."""

import pytest

PLUGIN = """
from plugin_sdk import PluginBase

class Plugin(PluginBase):
    def execute(self, input_data):
        return input_data

if __name__ == "__main__":
    Plugin().start_server(transport=%r)
"""


@pytest.mark.parametrize("transport, endpoint", [("socket", "fd:3,4"), ("stdio", "stdio")])
def test_the_one_that_it_has(start, transport, endpoint):
    assert start(PLUGIN % transport, endpoint=endpoint).call(1) == 1


@pytest.mark.parametrize(
    "over, options",
    [
        ("socket", {"endpoint": "fd:3,4"}),
        ("stdio", {"endpoint": "stdio"}),
        ("stdio", {"endpoint": "stdio", "joins": True}),
    ],
)
def test_another_than_it_has_is_told_to_the_host(start, over, options):
    host = start(PLUGIN % "grpc", handshake=False, **options)
    failure = host.start()
    message = (
        "start_server(transport='grpc') in its file, but by the registry it talks over %s: "
        "write `transport: grpc` in its entry, or leave the argument out" % over
    )
    assert (failure["code"], failure["data"]) == ("PLUGIN_INVALID", {"mistakes": [{"message": message}]})
    assert host.wait() == 1


def test_one_that_there_is_not(start):
    failure = start(PLUGIN % "pigeon", handshake=False).start()
    assert failure["message"] == "start_server(transport='pigeon'): there are socket, stdio, grpc, zeromq"
