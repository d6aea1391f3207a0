import pytest

from plugin_sdk._wire import frames as wire

PLUGIN = """
    import asyncio
    import threading

    from plugin_sdk import Cancelled, PluginBase, RemoteError, action

    class Plugin(PluginBase):
        def initialize(self, config):
            self.kept = None

        def execute(self, input_data):
            with self.context.lock("gpu") as lock:
                return lock.token

        @action
        def options(self, **options):
            lock = self.context.lock("gpu", **options).acquire()
            lock.release()
            lock.release()
            return lock.token

        @action
        def works(self):
            with self.context.lock("gpu"):
                return self.context.call("other", "work")

        @action
        async def later(self):
            async with self.context.lock("gpu") as lock:
                return lock.token

        @action
        def refused(self):
            lock = self.context.lock("gpu")
            try:
                lock.acquire()
            except RemoteError as error:
                return [error.code, error.message, error.data, lock.token]

        @action
        async def gives_up(self):
            try:
                await asyncio.wait_for(self.context.lock("gpu").acquire_async(), 0.001)
            except asyncio.TimeoutError:
                return "given up"

        @action
        def twice(self):
            lock = self.context.lock("gpu")
            with lock:
                try:
                    lock.acquire()
                except RuntimeError as error:
                    return str(error)

        @action
        def from_a_thread(self):
            raised = []

            def run():
                try:
                    with self.context.lock("gpu"):
                        pass
                except RuntimeError as error:
                    raised.append(str(error))

            thread = threading.Thread(target=run)
            thread.start()
            thread.join()
            return raised

        @action
        def each(self):
            with self.context.lock("gpu") as lock:
                yield lock.token
                yield lock.token

        @action
        def echo(self, value):
            return value
"""


@pytest.fixture(params=[1, 4], ids=["inline", "concurrent"])
def host(start, request):
    return start(PLUGIN, concurrency=request.param)


def grant(host, number, token=7):
    host.send([wire.HOST_RESULT, number, {"token": token}])


@pytest.mark.parametrize("name", ["execute", "later"])
def test_a_lock_is_released_at_the_end_of_its_block(host, name):
    call = host.begin({} if name == "later" else None, name)
    assert host.receive() == [wire.ACQUIRE, 1, call, "gpu", {}]
    grant(host, 1)
    assert host.receive() == [wire.RELEASE, 1, call]
    assert host.answer(call) == (wire.RESULT, 7)


def test_what_is_wished_crosses_in_milliseconds(host):
    wishes = {"timeout": 1.5, "mode": "shared", "amount": 2, "priority": -1, "ttl": 60}
    call = host.begin(wishes, "options")
    assert host.receive()[4] == {**wishes, "timeout": 1500.0, "ttl": 60000}
    grant(host, 1)
    assert host.receive() == [wire.RELEASE, 1, call]
    assert host.answer(call) == (wire.RESULT, None)


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        ({"timeout": "5"}, "timeout of a lock can't be '5'"),
        ({"mode": 1}, "mode of a lock can't be 1"),
        ({"amount": 1.5}, "amount of a lock can't be 1.5"),
    ],
)
def test_what_is_no_wish_is_told_where_it_is_written(host, wish, message):
    assert host.fail(wish, "options")["message"] == message
    assert host.call({"value": "fine"}, "echo") == "fine"


def test_it_is_numbered_with_the_calls_of_other_plugins(host):
    call = host.begin({}, "works")
    assert host.receive()[:2] == [wire.ACQUIRE, 1]
    grant(host, 1)
    assert host.receive()[:2] == [wire.HOST_CALL, 2]
    host.send([wire.HOST_FAILURE, 2, {"code": "PLUGIN_RAISED", "message": "no"}])
    assert host.receive() == [wire.RELEASE, 1, call]
    assert host.answer(call)[1]["message"] == "no"


def test_a_refusal_is_an_exception_that_says_the_same(host):
    call = host.begin({}, "refused")
    host.receive()
    failure = {"code": "RESOURCE_CONFLICT", "message": "other.execute has it", "data": {"holders": []}}
    host.send([wire.HOST_FAILURE, 1, failure])
    assert host.answer(call) == (
        wire.RESULT,
        ["RESOURCE_CONFLICT", "other.execute has it", {"holders": []}, None],
    )


def test_a_cancel_ends_the_wait_and_takes_the_wish_back(host):
    call = host.begin(None)
    assert host.receive()[0] == wire.ACQUIRE
    host.cancel(call)
    assert host.receive() == [wire.RELEASE, 1, call]
    assert host.answer(call)[1]["code"] == "CALL_CANCELLED"
    grant(host, 1)  # on its way meanwhile
    assert host.call({"value": "fine"}, "echo") == "fine"


def test_a_cancel_of_async_code_does_too(host):
    call = host.begin({}, "later")
    assert host.receive()[0] == wire.ACQUIRE
    host.cancel(call)
    assert host.receive() == [wire.RELEASE, 1, call]
    assert host.answer(call)[1]["code"] == "CALL_CANCELLED"


def test_a_wait_that_is_given_up_is_taken_back(start):
    host = start(PLUGIN, concurrency=2)
    call = host.begin({}, "gives_up")
    assert host.receive()[0] == wire.ACQUIRE
    assert host.receive() == [wire.RELEASE, 1, call]
    assert host.answer(call) == (wire.RESULT, "given up")


def test_only_the_call_that_asks_waits(start):
    host = start(PLUGIN, concurrency=4)
    waiting = [host.begin(None), host.begin({}, "later")]
    asked = {message[2]: message[1] for message in (host.receive(), host.receive())}
    assert host.call({"value": 1}, "echo") == 1
    for call in waiting:
        grant(host, asked[call], call)
    expected = [[wire.RELEASE, asked[call], call] for call in waiting] + [[wire.RESULT, call, call] for call in waiting]
    assert sorted(host.receive() for _ in expected) == sorted(expected)


def test_calls_that_come_while_it_waits_keep_their_order(start):
    host = start(PLUGIN)
    call = host.begin(None)
    assert host.receive()[0] == wire.ACQUIRE
    following = [host.begin({"value": index}, "echo") for index in range(3)]
    grant(host, 1)
    assert [host.receive()[:2] for _ in range(5)] == [
        [wire.RELEASE, 1],
        [wire.RESULT, call],
        *([wire.RESULT, number] for number in following),
    ]


def test_a_stream_has_it_from_chunk_to_chunk(host):
    call = host.begin({}, "each")
    messages = [host.receive()]
    if messages[0][0] == wire.STREAM:
        messages.append(host.receive())
    assert messages[-1][0] == wire.ACQUIRE
    grant(host, 1)
    assert [host.receive() for _ in range(4)] == [
        [wire.CHUNK, call, 7],
        [wire.CHUNK, call, 7],
        [wire.RELEASE, 1, call],
        [wire.END, call, None],
    ]


def test_it_is_refused_where_it_cannot_work(start):
    host = start(PLUGIN)
    assert host.call({}, "from_a_thread") == ["context.lock belongs in a running call, and in its main thread"]
    call = host.begin({}, "twice")
    host.receive()
    grant(host, 1)
    assert host.receive()[0] == wire.RELEASE
    assert host.answer(call)[1].startswith("this lock is held already")
    old = start(PLUGIN, features=["bodies", "arrays", "cancel", "host_calls"])
    assert old.fail()["message"] == "this host does not offer resources"


def test_initialize_has_no_call_whose_lock_it_could_be(start):
    failure = start(
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data): ...

            def initialize(self, config):
                self.context.lock("gpu").acquire()
        """,
        handshake=False,
    ).start()
    assert failure["code"] == "PLUGIN_INITIALIZE_FAILED"
    assert failure["message"].startswith("context.lock belongs in a running call")
