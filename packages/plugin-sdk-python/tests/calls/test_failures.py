import pytest


def test_an_exception_with_its_chain(start):
    host = start(
        """
        from plugin_sdk import PluginBase

        class OutOfStock(Exception):
            def __init__(self, item):
                super().__init__("out of %s" % item)
                self.data = {"item": item}

        def lookup(item):
            return {}[item]

        class Plugin(PluginBase):
            def execute(self, item):
                try:
                    lookup(item)
                except KeyError as error:
                    raise OutOfStock(item) from error
        """
    )
    failure = host.fail("tea")
    assert (failure["code"], failure["type"], failure["message"]) == ("PLUGIN_RAISED", "OutOfStock", "out of tea")
    assert failure["data"] == {"item": "tea"}
    assert "plugin.py" in failure["traceback"] and "raise OutOfStock(item) from error" in failure["traceback"]
    assert "plugin_sdk" not in failure["traceback"] and "bootstrap" not in failure["traceback"]
    assert failure["cause"]["type"] == "KeyError"
    assert "return {}[item]" in failure["cause"]["traceback"]
    assert "cause" not in failure["cause"]


def test_data_that_can_not_be_sent_is_not_left_out_without_a_word(start):
    host = start(
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, size):
                error = ValueError("with data")
                error.data = {"rows": [{1, 2}, lambda: 1 if size is None else 2]} if size is None else b"x" * size
                raise error
        """
    )
    assert host.fail(None)["data"]["left out"].startswith("cannot encode $.rows[1]: a value of type function")
    assert host.fail(5)["data"] == b"xxxxx"
    assert host.fail(1 << 20)["data"] == {"left out": "it has 1048581 bytes, and the limit is 1048576"}


def test_a_suppressed_context_is_no_cause(start):
    host = start(
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, hide):
                try:
                    1 / 0
                except ZeroDivisionError:
                    if hide:
                        raise ValueError("hidden") from None
                    raise ValueError("seen")
        """
    )
    assert "cause" not in host.fail(True)
    assert host.fail(False)["cause"]["type"] == "ZeroDivisionError"


def test_hostile_exceptions(start):
    host = start(
        """
        import sys
        from plugin_sdk import PluginBase

        class Mute(Exception):
            def __str__(self):
                raise RuntimeError("no")
            @property
            def data(self):
                raise RuntimeError("no")

        class Plugin(PluginBase):
            def execute(self, how):
                if how == "mute":
                    raise Mute
                if how == "long":
                    raise ValueError("x" * 1_000_000)
                if how == "surrogate":
                    raise ValueError("\\ud800")
                if how == "deep":
                    return self.execute(how)
                if how == "chain":
                    error = None
                    for index in range(100):
                        following = ValueError(index)
                        following.__cause__, error = error, following
                    raise error
                if how == "circle":
                    error = ValueError("a")
                    error.__cause__ = ValueError("b")
                    error.__cause__.__cause__ = error
                    raise error
                if how == "exit":
                    sys.exit(3)
                raise {"interrupt": KeyboardInterrupt, "memory": MemoryError, "generator": GeneratorExit}[how]
        """
    )
    assert host.fail("mute")["message"] == "<Mute whose __str__ raised RuntimeError>"
    assert len(host.fail("long")["message"]) < 9000
    assert host.fail("surrogate")["message"] == "\\ud800"
    deep = host.fail("deep")
    assert deep["type"] == "RecursionError" and len(deep["traceback"]) < 66_000
    chain, length = host.fail("chain"), 1
    while "cause" in chain:
        chain, length = chain["cause"], length + 1
    assert length == 8
    assert "cause" not in host.fail("circle")["cause"]
    assert host.fail("interrupt")["type"] == "KeyboardInterrupt"
    assert host.fail("memory")["type"] == "MemoryError"
    assert host.fail("generator")["type"] == "GeneratorExit"
    failure = host.fail("exit")
    assert (failure["code"], failure["type"]) == ("PLUGIN_RAISED", "SystemExit")
    assert failure["message"] == "called exit with status 3"


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ("{'rows': [1, 2j]}", "$.rows[1]"),
        ("open('/dev/null')", "$"),
        ("[2**70]", "$[0]"),
        ("{'a': self.stream()}", "$.a"),
        ("Bad()", "$"),
    ],
)
def test_results_that_cannot_cross(start, expression, path):
    host = start(
        """
        from plugin_sdk import PluginBase

        class Bad(dict):
            def keys(self):
                raise RuntimeError("no")
            def __iter__(self):
                raise RuntimeError("no")

        class Plugin(PluginBase):
            async def stream(self):
                yield 1

            def execute(self, input_data):
                return %s
        """
        % expression
    )
    failure = host.fail()
    assert failure["code"] == "RESULT_NOT_ENCODABLE"
    assert failure["data"] == {"path": path}
    assert path in failure["message"] or "RuntimeError" in failure["message"]


def start_refused(start, source):
    host = start(source, handshake=False)
    failure = host.start()
    assert host.ready is None
    assert host.wait() == 1
    return failure


def test_an_import_error(start):
    failure = start_refused(start, "import missing_module\n")
    assert (failure["code"], failure["type"]) == ("PLUGIN_IMPORT_FAILED", "ModuleNotFoundError")
    assert "import missing_module" in failure["traceback"]
    assert "plugin_sdk" not in failure["traceback"] and "importlib" not in failure["traceback"]


def test_a_syntax_error(start):
    failure = start_refused(start, "value = 1\nprint(\n")
    assert (failure["code"], failure["type"]) == ("PLUGIN_IMPORT_FAILED", "SyntaxError")
    assert "line 2" in failure["traceback"] and "plugin.py" in failure["traceback"]


@pytest.mark.parametrize("call", ["sys.exit(3)", "exit(3)", "quit(3)"])
def test_exit_while_it_is_loaded(start, call):
    failure = start_refused(start, "import sys\n%s\n" % call)
    assert failure["code"] == "PLUGIN_IMPORT_FAILED"
    assert failure["message"] == "called exit with status 3"


@pytest.mark.parametrize(
    ("statement", "kind", "message"),
    [
        ("raise ValueError('no model')", "ValueError", "no model"),
        ("sys.exit(3)", "SystemExit", "called exit with status 3"),
        ("sys.exit(10**5000)", "SystemExit", "called exit with status "),
        ("sys.exit('why')", "SystemExit", "called exit: why"),
    ],
)
def test_failing_initialize(start, statement, kind, message):
    failure = start_refused(
        start,
        """
        import sys
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def initialize(self, config):
                %s
            def execute(self, input_data): ...
        """
        % statement,
    )
    assert (failure["code"], failure["type"]) == ("PLUGIN_INITIALIZE_FAILED", kind)
    assert failure["message"].startswith(message)
    assert statement in failure["traceback"]


@pytest.mark.parametrize(
    ("returned", "said"),
    [("None", "has to return a dict, and returned NoneType"), ("{'a': 1j}", "$.a")],
)
def test_failing_metadata(start, returned, said):
    failure = start_refused(
        start,
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data): ...

            def get_metadata(self):
                return %s
        """
        % returned,
    )
    assert failure["code"] == "PLUGIN_INITIALIZE_FAILED"
    assert said in failure["message"]


def test_os_exit_is_seen_as_the_end(start):
    host = start(
        """
        import os
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                print("last words")
                os._exit(7)
        """
    )
    host.begin()
    assert host.wait() == 7
    assert host.stdout() == "last words\n"


def test_a_crash_in_c_leaves_a_trace(start):
    host = start(
        """
        from plugin_sdk import PluginBase
        import ctypes

        class Plugin(PluginBase):
            def execute(self, input_data):
                ctypes.string_at(0)
        """
    )
    host.begin()
    assert host.wait() < 0
    assert "Fatal Python error: Segmentation fault" in host.stderr()
