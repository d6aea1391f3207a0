"""What the start of a plugin costs, and which class of its file is served."""

import pytest

ALLOWED_MODULES = {
    "__future__", "_abc", "_codecs", "_collections", "_frozen_importlib", "_frozen_importlib_external", "_imp", "_io", "_signal",
    "_struct", "_thread", "_warnings", "_weakref", "abc", "builtins", "codecs", "encodings", "encodings.aliases",
    "encodings.latin_1", "encodings.utf_8", "faulthandler", "io", "marshal", "posix", "sys", "time",
    "zipimport", "__main__", "fcntl",
}  # fmt: skip


def test_nothing_else_is_imported_at_the_start(start, tmp_path):
    host = start(
        """
        import sys
        from plugin_sdk import PluginBase, action

        class Plugin(PluginBase):
            def execute(self, input_data):
                return modules

            @action
            def other(self, text: str, count: "int | None" = None) -> list: ...

            def get_metadata(self):
                global modules
                modules = sorted(sys.modules)
                return {}
        """,
        site_packages=str(tmp_path),
    )
    imported = set(host.call())
    assert {name for name in imported - ALLOWED_MODULES if not name.startswith("plugin_sdk")} == set()
    own = {name for name in imported if name.startswith("plugin_sdk")}
    assert own & {"plugin_sdk._calls.failure", "plugin_sdk._calls.coroutines", "plugin_sdk._author.standalone"} == set()


@pytest.mark.parametrize("call", ["Plugin().start_server()", "main()"])
def test_start_server_in_the_file(start, call):
    host = start(
        """
        from plugin_sdk import PluginBase

        class Base(PluginBase):
            def execute(self, input_data):
                return type(self).__name__

        class Plugin(Base): ...
        class Other(Base): ...

        def main():
            Plugin().start_server()

        if __name__ == "__main__":
            %s
        """
        % call
    )
    assert host.call() == "Plugin"
    assert host.shut_down() == 0
    assert host.stderr() == ""


@pytest.mark.parametrize(
    ("configuration", "said"),
    [({"limit": 3.0}, None), ({"limit": "x"}, "$.limit: 'x' is not a whole number"), ({}, "$.limit: missing")],
)
def test_initialize_gets_what_its_hint_promises(start, configuration, said):
    host = start(
        """
        import dataclasses
        from plugin_sdk import PluginBase

        @dataclasses.dataclass
        class Config:
            limit: int

        class Plugin(PluginBase):
            def initialize(self, config: Config):
                self.config = config

            def execute(self, input_data):
                return repr(self.config)
        """,
        handshake=False,
    )
    failure = host.start(configuration)
    if said is None:
        assert host.call() == "Config(limit=3)"
    else:
        assert failure["code"] == "PLUGIN_INITIALIZE_FAILED"
        assert failure["message"] == "the plugin's config does not fit the hint of initialize: %s" % said
