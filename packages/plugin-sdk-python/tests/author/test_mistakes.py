"""The commonest mistakes of authors are found at the start, with their place and what to write."""

import pytest

PLUGIN = "from plugin_sdk import PluginBase, action\n\n\nclass Plugin(PluginBase):\n%s"
FINE = "    def execute(self, input_data): ...\n"


def start_of(start, source):
    return start(source, handshake=False).start()


def mistakes(failure):
    assert failure["code"] == "PLUGIN_INVALID"
    return [(each.get("line"), each["message"]) for each in failure["data"]["mistakes"]]


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        ("    def execute(self): ...\n", "execute(self) gets the whole input as one value: write `def execute(self, input_data):`"),
        ("    def execute(self, **rest): ...\n", "execute(self, **rest) gets the whole input as one value: write"),
        ("    def execute(self, a, b): ...\n", "or name the method otherwise and put @action on it"),
        ("    def execute(input_data): ...\n", "The first parameter of a method is the plugin itself"),
        ("    def initialize(self): ...\n" + FINE, "initialize(self) gets the plugin's config as one value: write"),
        ("    def cleanup(self, config): ...\n" + FINE, "cleanup(self, config) gets nothing: write `def cleanup(self):`"),
        ("    def __init__(self, config): ...\n" + FINE, "its config comes to `initialize(self, config)`"),
        ("    def excecute(self, x): ...\n", "excecute(self, x): nothing calls a method of this name; the SDK calls `execute(self, input_data)`"),
        ("    def run(self, x): ...\n", "run(self, x): nothing calls a method of this name"),
        ("    def _execute(self, x): ...\n", "_execute(self, x): nothing calls a method of this name"),
        ("    def initialise(self, config): ...\n" + FINE, "the SDK calls `initialize(self, config)`"),
        ("    def clean_up(self): ...\n" + FINE, "the SDK calls `cleanup(self)`"),
        ("    def get_meta_data(self): ...\n" + FINE, "the SDK calls `get_metadata(self)`"),
        ("    @action\n    def many(self, *names): ...\n", "*names never gets anything"),
        ("    @action\n    def shout(name: str): ...\n", "shout(name) has no self"),
        ("    @action\n    def cleanup(self): ...\n" + FINE, "@action is on cleanup, which the SDK calls itself"),
    ],
)  # fmt: skip
def test_a_method_that_can_not_be_called_as_it_stands(start, methods, said):
    ((line, message),) = mistakes(start_of(start, PLUGIN % methods))
    assert line == 5
    assert said in message


def test_all_mistakes_are_told_at_once(start):
    methods = "    def initialize(self): ...\n    def execute(self): ...\n    def clean_up(self): ...\n"
    assert sorted(line for line, _ in mistakes(start_of(start, PLUGIN % methods))) == [5, 6, 7]


def test_two_actions_of_one_name(start):
    methods = "    @action(name='x')\n    def a(self): ...\n\n    @action(name='x')\n    def b(self): ...\n"
    assert mistakes(start_of(start, PLUGIN % methods)) == [
        (8, "two actions are named 'x': name one of them otherwise, by @action(name=...)")
    ]


def test_nothing_that_could_be_called(start):
    ((line, message),) = mistakes(start_of(start, PLUGIN % "    def shout(self, name): ...\n    def _own(self): ...\n"))
    assert line == 4
    assert message.startswith("Plugin has no action and no hook, so nothing in it can be called: put @action on")
    assert "(shout)" in message


@pytest.mark.parametrize(
    ("source", "line", "said"),
    [
        ("def execute(input_data):\n    return 1\n", 1, "execute stands outside a class"),
        ("import plugin_sdk\nclass Greeter:\n    def execute(self, x): ...\n", 2, "write `class Greeter(PluginBase):`"),
        (PLUGIN % FINE + "class Other(PluginBase):\n" + FINE, 6, "defines several plugins (Plugin, Other)"),
        ("x = 1\n", None, "plugin.py defines no class that derives from plugin_sdk.PluginBase"),
    ],
)
def test_a_file_that_is_no_plugin(start, source, line, said):
    ((found, message),) = mistakes(start_of(start, source))
    assert found == line
    assert said in message


@pytest.mark.parametrize(
    "methods",
    [
        "    def initialise(self): ...\n    def execute(self, x): self.initialise()\n",
        "    def _initialise(self): ...\n" + FINE,
        "    def execute_all(self, x): ...\n" + FINE,
        "    execute = staticmethod(lambda input_data: 1)\n",
        "    def execute(self, input_data, depth=3): ...\n",
        "    def execute(self, *values): ...\n",
        "    @action\n    def any(self, **rest): ...\n",
        "    @action\n    def wrapped(self, *values, **rest): ...\n",
        "    def initialize(self, config=None): ...\n    async def cleanup(self): ...\n" + FINE,
    ],
)
def test_what_only_looks_like_a_mistake_starts(start, methods):
    assert "actions" in start_of(start, PLUGIN % methods)


def test_what_a_decorator_adds_is_none_of_the_callers(start):
    source = """
        import functools
        from plugin_sdk import PluginBase

        def with_one(function):
            @functools.wraps(function)
            def wrapper(self, value):
                return function(self, value, 1)
            return wrapper

        class Plugin(PluginBase):
            @with_one
            def execute(self, value, one):
                return [value, one]
        """
    assert start(source).call(5) == [5, 1]


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("self.context.logger.info('x')", "context has no logger: use context.log"),
        ("self.context.progres(0.5)", "context has no progres: use context.progress"),
        ("self.context.config", "context has no config: the plugin's config comes to `initialize(self, config)`"),
        (
            "self.context.bananas",
            "context has no bananas: it has call, call_async, cancelled, deadline, lock, log, progress, traceparent, tracestate",
        ),
    ],
)
def test_context_says_what_it_has(start, expression, said):
    failure = start(PLUGIN % "    def execute(self, input_data):\n        %s\n" % expression).fail()
    assert (failure["type"], failure["message"]) == ("AttributeError", said)


@pytest.mark.skipif("sys.version_info < (3, 10)", reason="Python does not say whose attribute it is")
@pytest.mark.parametrize(("name", "said"), [("logger", "use self.context.log"), ("config", "self.config = config")])
def test_what_is_not_on_the_plugin_is_elsewhere(start, name, said):
    failure = start(PLUGIN % "    def execute(self, input_data):\n        self.%s\n" % name).fail()
    assert said in failure["message"]
