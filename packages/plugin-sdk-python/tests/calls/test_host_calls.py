from plugin_sdk._wire import frames as wire

PLUGIN = """
    import threading
    from plugin_sdk import PluginBase, RemoteError, action

    class Plugin(PluginBase):
        def execute(self, input_data):
            return self.context.call("other", input_data)

        @action
        def attempt(self, **arguments):
            try:
                return self.context.call("other", **arguments)
            except RemoteError as error:
                return [error.code, error.message, error.data]

        @action
        def echo(self, value):
            return value

        @action
        def numbers(self):
            yield from range(100)

        @action
        def from_a_thread(self):
            raised = []

            def run():
                try:
                    self.context.call("other")
                except RuntimeError as error:
                    raised.append(str(error))

            thread = threading.Thread(target=run)
            thread.start()
            thread.join()
            return raised
"""


def test_a_host_call_names_the_call_it_is_made_in(start):
    host = start(PLUGIN)
    number = host.begin({"data": [1], "action": "add", "timeout": 1.5}, "attempt")
    assert host.receive() == [wire.HOST_CALL, 1, number, "other", "add", [1], {"timeout": 1500.0}]
    host.send([wire.HOST_RESULT, 1, {"sum": 1}])
    assert host.answer(number) == (wire.RESULT, {"sum": 1})
    number = host.begin(None)
    assert host.receive() == [wire.HOST_CALL, 2, number, "other", "execute", None, {}]
    host.send([wire.HOST_RESULT, 1, "late, and of another"])
    host.send([wire.HOST_RESULT, 2, b"x" * 100_000], wire.BODY_THRESHOLD_BYTES)
    assert host.answer(number) == (wire.RESULT, b"x" * 100_000)


def test_a_failure_is_an_exception_that_says_the_same(start):
    host = start(PLUGIN)
    number = host.begin({}, "attempt")
    host.receive()
    host.send([wire.HOST_FAILURE, 1, {"code": "CALL_TIMEOUT", "message": "too late", "data": {"shelf": 7}}])
    assert host.answer(number) == (wire.RESULT, ["CALL_TIMEOUT", "too late", {"shelf": 7}])


def test_what_comes_meanwhile_waits_in_its_order(start):
    host = start(PLUGIN)
    number = host.begin("outer")
    assert host.receive()[0] == wire.HOST_CALL
    following = [host.begin(index, "echo") for index in range(3)]
    host.send([wire.SHUTDOWN, 0])
    assert not host.has_data(0)
    host.send([wire.HOST_RESULT, 1, "inner"])
    assert host.receive() == [wire.RESULT, number, "inner"]
    assert [host.receive() for _ in following] == [[wire.RESULT, call, index] for index, call in enumerate(following)]
    assert host.receive() == [wire.BYE, 0]
    assert host.wait() == 0


def test_streams_get_their_credit_meanwhile(start):
    host = start(PLUGIN)
    stream = host.begin(None, "numbers")
    assert [host.receive()[0] for _ in range(17)] == [wire.STREAM] + [wire.CHUNK] * 16
    number = host.begin("outer")
    assert host.receive()[0] == wire.HOST_CALL
    host.send([wire.CREDIT, stream, 4])
    host.send([wire.HOST_RESULT, 1, "inner"])
    assert host.receive() == [wire.RESULT, number, "inner"]
    assert [host.receive()[2] for _ in range(4)] == [16, 17, 18, 19]


def test_a_cancel_ends_the_wait_and_an_answer_that_comes_all_the_same_is_dropped(start):
    host = start(PLUGIN)
    number = host.begin("outer")
    assert host.receive()[0] == wire.HOST_CALL
    waiting = host.begin("next", "echo")
    host.cancel(number)
    assert host.answer(number)[1]["code"] == "CALL_CANCELLED"
    assert host.answer(waiting) == (wire.RESULT, "next")
    host.send([wire.HOST_RESULT, 1, "late"])
    assert host.call("fine", "echo") == "fine"


def test_it_is_refused_where_it_cannot_work(start):
    host = start(PLUGIN)
    assert host.call(action="from_a_thread") == ["context.call belongs in a running call, and in its main thread"]
    old = start(PLUGIN, features=["bodies", "arrays", "cancel"])
    assert old.fail()["message"] == "this host does not offer calls of other plugins"


def test_what_cannot_cross_is_named_by_its_path(start):
    host = start(
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                self.context.call("other", {"rows": [1j]})
        """
    )
    assert "$.rows[0]" in host.fail()["message"]
