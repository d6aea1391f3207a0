from plugin_sdk._codec.codec import decode
from plugin_sdk._wire import frames as wire

ECHO = """
    from plugin_sdk import PluginBase

    class Echo(PluginBase):
        def execute(self, input_data):
            return input_data
"""


def test_a_class_that_only_overrides_execute_is_a_plugin(start):
    host = start(ECHO)
    assert host.call({"text": "ä", "list": [1, 2.5, None, True, b"\x00"]}) == {
        "text": "ä",
        "list": [1, 2.5, None, True, b"\x00"],
    }
    assert host.shut_down() == 0
    assert (host.stdout(), host.stderr()) == ("", "")


def test_hello_says_who_we_are(start):
    host = start(ECHO)
    hello = host.hello
    assert hello["protocol"] == [1, 1]
    assert hello["features"] == list(wire.FEATURES)
    assert hello["sdk"] == {"name": "bulkhead-plugin-sdk", "version": "0.1.0", "codec": "pure"}
    assert hello["language"]["name"] == "python"
    assert hello["pid"] == host.pid
    assert hello["environment"] == "environment-1"
    assert host.ready == {"metadata": {"id": "sample"}, "actions": {"execute": {}}}


def test_answers_to_pipelined_calls_come_in_order(start):
    host = start(ECHO)
    numbers = [host.begin(index) for index in range(64)]
    received = [host.receive() for _ in numbers]
    assert received == [[wire.RESULT, number, index] for index, number in enumerate(numbers)]


def test_a_finished_answer_is_not_held_behind_a_slow_call(start):
    host = start(
        """
        from plugin_sdk import PluginBase, action
        import _thread

        class Plugin(PluginBase):
            @action
            def quick(self):
                return "quick"

            @action
            def blocks(self):
                lock = _thread.allocate_lock()
                lock.acquire()
                lock.acquire()
        """
    )
    for _ in range(20):
        host.call(action="quick")
    quick = [host.begin(action="quick") for _ in range(10)]
    slow = host.begin(action="blocks")
    behind = host.begin(action="quick")
    for number in quick:
        assert host.answer(number) == (wire.RESULT, "quick")
    host.cancel(slow)
    assert host.answer(slow)[1]["code"] == "CALL_CANCELLED"
    assert host.answer(behind) == (wire.RESULT, "quick")


def test_frames_may_arrive_byte_by_byte(start):
    import struct

    from plugin_sdk._codec.codec import encode

    host = start(ECHO)
    payload, bodies = encode([wire.CALL, 1, "execute", [b"x" * 100, "text"]], 50)
    for byte in struct.pack("<I", len(payload)) + payload + bytes(bodies[0]):
        host.data.send(bytes([byte]))
    assert host.answer(1) == (wire.RESULT, [b"x" * 100, "text"])


def test_several_frames_with_bodies_may_arrive_at_once(start):
    import struct

    from plugin_sdk._codec.codec import encode

    host = start(ECHO)
    stream = b""
    for number in range(1, 6):
        payload, bodies = encode([wire.CALL, number, "execute", [bytes([number]) * 3000, number]], 50)
        stream += struct.pack("<I", len(payload)) + payload + bytes(bodies[0])
    host.data.sendall(stream)
    for number in range(1, 6):
        assert host.answer(number) == (wire.RESULT, [bytes([number]) * 3000, number])


def test_large_bodies_both_ways(start):
    host = start(ECHO)
    for size in (1 << 20, 20 << 20):
        content = bytes(range(256)) * (size // 256)
        assert host.call({"content": content, "size": size}, body_threshold=65536) == {"content": content, "size": size}


def test_large_values_in_frames_when_bodies_are_not_agreed(start):
    host = start(ECHO, features=[])
    content = b"0123456789abcdef" * (1 << 18)
    assert host.call([content]) == [content]
    rows = [{"name": "row %d" % index, "value": index * 0.5} for index in range(20_000)]
    assert host.call(rows) == rows


def test_typed_arrays_cross_without_numpy(start):
    from array import array

    host = start(ECHO)
    numbers = array("d", range(20_000))
    assert memoryview(host.call(numbers, body_threshold=65536)) == memoryview(numbers)  # an ndarray, if we have numpy


def test_an_unknown_action_lists_those_there_are(start):
    host = start(ECHO)
    failure = host.fail(action="missing")
    assert failure["code"] == "ACTION_UNKNOWN"
    assert failure["data"] == {"actions": ["execute"]}
    assert "'missing'" in failure["message"]


def test_results_over_the_limits(start):
    host = start(
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, size):
                return b"x" * size if size > 0 else "x" * -size
        """,
        limits={"frame": 100_000, "body": 200_000},
    )
    failure = host.fail(200_001)
    assert failure["code"] == "RESULT_TOO_LARGE"
    assert failure["data"] == {"limit": "body", "bytes": 200_001, "maximum": 200_000}
    failure = host.fail(-100_000)
    assert failure["code"] == "RESULT_TOO_LARGE"
    assert failure["data"] == {"limit": "frame", "bytes": 100_008, "maximum": 100_000}
    assert host.call(200_000) == b"x" * 200_000


def test_calls_over_the_limits_are_skipped(start):
    host = start(ECHO, limits={"frame": 100_000, "body": 200_000})
    for value in ("x" * 100_001, "x" * 5_000_000):
        failure = host.fail(value)
        assert failure["code"] == "FRAME_REFUSED"
        assert "100000" in failure["message"]
    number = host.begin([b"x" * 200_001, b"y" * 70_000], body_threshold=65_536)
    assert "200000" in host.answer(number)[1]["message"]
    assert host.call("still in step") == "still in step"


def test_a_frame_that_cannot_be_decoded_is_refused(start):
    host = start(ECHO)
    # A map with a key of 1, and one that has a key twice.
    for value in (b"\x81\x01\x01", b"\x82\xa1a\x01\xa1a\x02"):
        payload = b"\x94\x04\x09\xa7execute" + value
        host.data.sendall(len(payload).to_bytes(4, "little") + payload)
        assert host.answer(9)[1]["code"] == "FRAME_REFUSED"
    assert host.call("still in step") == "still in step"


def test_async_actions_share_one_event_loop(start):
    host = start(
        """
        import asyncio
        from plugin_sdk import PluginBase, action

        class Plugin(PluginBase):
            async def initialize(self, config):
                self.lock = asyncio.Lock()
                self.loop = asyncio.get_running_loop()

            async def execute(self, input_data):
                async with self.lock:
                    await asyncio.sleep(0)
                    return [input_data, asyncio.get_running_loop() is self.loop]

            @action
            async def fails(self):
                await asyncio.sleep(0)
                raise ValueError("no")

            async def cleanup(self):
                await asyncio.sleep(0)
                print("cleaned up")
        """
    )
    assert host.call(1) == [1, True]
    assert host.fail(action="fails")["type"] == "ValueError"
    assert host.call(2) == [2, True]
    assert host.shut_down() == 0
    assert (host.stdout(), host.stderr()) == ("cleaned up\n", "")


def test_ping_is_answered_while_user_code_computes(start):
    host = start(
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def execute(self, input_data):
                self.context.log.info("computing")
                while True:
                    pass
        """
    )
    number = host.begin()
    host.next_log()
    host.ping()
    host.cancel(number)
    assert host.answer(number)[1]["code"] == "CALL_CANCELLED"


def test_log_lines_carry_their_call_and_never_fail(start):
    host = start(
        """
        from plugin_sdk import PluginBase

        class Plugin(PluginBase):
            def initialize(self, config):
                self.context.log.debug("initialising")

            def execute(self, input_data):
                self.context.log.info("text", number=1, message={"a": [1]})
                self.context.log.warning(12, oops=1j)
                self.context.log.error("lone \\ud800")
        """
    )
    number = host.begin()
    assert host.next_log() == (0, {"level": "debug", "message": "initialising"})
    assert host.next_log() == (
        number,
        {"level": "info", "message": "text", "fields": {"number": 1, "message": {"a": [1]}}},
    )
    assert host.next_log() == (number, {"level": "warn", "message": "12", "fields": {"oops": "1j"}})
    assert host.next_log() == (number, {"level": "error", "message": "lone \\ud800"})
    host.answer(number)


def test_log_lines_and_progress_stay_small_enough_for_a_host(start):
    host = start(
        """
        from plugin_sdk import PluginBase

        class Hostile(str):
            def __len__(self):
                raise ValueError

        class Plugin(PluginBase):
            def execute(self, input_data):
                wide = "\U0001f600"
                self.context.log.info(wide * 10_000_000)
                self.context.log.info("one", large="x" * 10_000_000, small=[1, 2], blob=bytes(1_000_000), odd=Hostile("a"))
                self.context.log.info("many", **{"field%d" % index: wide * 5_000 for index in range(1000)})
                self.context.log.info("names", **{wide * 200_000: 1, "after": 2})
                self.context.progress(0.5, wide * 10_000_000)
        """
    )
    host.begin()
    lines = []
    for _ in range(5):
        frame = host.receive_control_frame()
        assert len(frame) < 1024 * 1024
        lines.append(decode(frame)[2])
    cut, one, many, names, progress = lines
    assert "characters left out" in cut["message"] and len(cut["message"]) < 66_000
    assert one["fields"]["small"] == [1, 2] and one["fields"]["odd"] == "a"
    assert "characters left out" in one["fields"]["large"] and "characters left out" in one["fields"]["blob"]
    assert many["fields"]["fields left out"] == 1000 - (len(many["fields"]) - 1) and "field0" in many["fields"]
    assert names["fields"] == {"fields left out": 2}
    assert "characters left out" in progress["message"]
