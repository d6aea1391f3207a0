"""Plugins in threads of one process: what each has of its own, how it ends, and what of its end the others notice."""

import os
import subprocess
import sys
import textwrap

import pytest
from group_host import CULPRIT, ENDED, NOT_BEGUN
from host import SDK_FOLDER

from plugin_sdk._wire import frames as wire

PLUGIN = """
    import logging, os, sys, threading, time
    from plugin_sdk import Cancelled, PluginBase, action

    class Plugin(PluginBase):
        def initialize(self, config):
            self.config = config

        def execute(self, value):
            return value

        def cleanup(self):
            self.context.log.info("cleaned up")

        @action
        def run(self, code: str):
            names = {**globals(), "self": self}
            exec(code, names)
            return names.get("found")

        @action
        async def run_async(self, code: str):
            import asyncio
            try:
                self.context.log.info("begun")
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                self.context.log.info("over")
                raise

        @action
        def spin(self):
            try:
                self.context.log.info("begun")
                while True:
                    pass
            finally:
                self.context.log.info("over", cancelled=self.context.cancelled)

        @action
        def sleep(self, seconds: float):
            try:
                self.context.log.info("begun")
                time.sleep(seconds)
            finally:
                self.context.log.info("over")

        @action
        def numbers(self, count: int):
            try:
                for number in range(count):
                    yield number
            finally:
                self.context.log.info("closed")

        @action
        def stubborn(self):
            self.context.log.info("begun")
            while True:
                try:
                    while True:
                        pass
                except BaseException:
                    pass
"""


def run(member, code):
    return member.call({"code": code}, "run")


def test_each_has_a_configuration_and_a_context_of_its_own(group):
    one = group.begin("one", PLUGIN, configuration={"shelf": 1})
    two = group.begin("two", PLUGIN, configuration={"shelf": 2})
    configuration = "found = self.config"
    assert [run(one, configuration), run(two, configuration)] == [{"shelf": 1}, {"shelf": 2}]
    for member, name in ((one, "one"), (two, "two")):
        member.call({"code": "PluginBase.context.log.info('from %s')" % name}, "run")
        assert member.next_log()[1]["message"] == "from %s" % name


def test_output_goes_to_the_streams_of_the_plugin_also_from_its_threads(group):
    one = group.begin("one", PLUGIN)
    two = group.begin("two", PLUGIN)
    run(one, "print('one'); sys.stderr.write('complaint of one\\n')")
    run(two, "thread = threading.Thread(target=print, args=('two in a thread',)); thread.start(); thread.join()")
    run(
        two,
        "import _thread; lock = _thread.allocate_lock(); lock.acquire()\n"
        "def tell():\n    print('two by hand'); lock.release()\n"
        "_thread.start_new_thread(tell, ()); lock.acquire()",
    )
    run(
        two,
        "from concurrent.futures import ThreadPoolExecutor as Pool\nwith Pool(1) as pool: pool.submit(print, 'two in a pool').result()",
    )
    run(two, "os.write(1, b'of nobody\\n')")
    for member in (one, two):
        member.shut_down()
    assert one.output[0].read() == "one\n"
    assert one.output[1].read() == "complaint of one\n"
    assert two.output[0].read() == "two in a thread\ntwo by hand\ntwo in a pool\n"
    group.output[0].wait_for("of nobody\n")


def test_each_configures_logging_for_itself(group):
    one = group.begin("one", PLUGIN)
    two = group.begin("two", PLUGIN)
    three = group.begin("three", PLUGIN)
    for member, name in ((one, "one"), (two, "two")):
        run(member, "logging.basicConfig(format='%s: %%(message)s', level=logging.INFO)" % name)
    for member in (one, two, three):
        run(member, "logging.getLogger('shared').warning('hello')")
    assert three.next_log()[1] == {"level": "warn", "message": "hello", "logger": "shared"}
    for member in (one, two):
        member.shut_down()
    assert one.output[1].read() == "one: hello\n"
    assert two.output[1].read() == "two: hello\n"


def test_a_logger_is_named_as_the_author_knows_it(group):
    one = group.begin("one", PLUGIN)
    run(one, "logging.getLogger(__name__).warning('hello')")
    assert one.next_log()[1]["logger"] == "__main__"


def test_each_has_a_working_folder_of_its_own(group):
    one = group.begin("one", PLUGIN, {"mine.txt": "of one"})
    two = group.begin("two", PLUGIN, {"mine.txt": "of two"})
    read = "found = open('mine.txt').read()"
    assert [run(one, read), run(two, read)] == ["of one", "of two"]
    run(one, "os.chdir('/'); os.umask(0o077)")
    assert run(one, "found = os.getcwd()") == "/"
    assert run(two, "found = os.getcwd()") == two.folder
    in_thread = (
        "found = []\nthread = threading.Thread(target=lambda: found.append(os.getcwd())); thread.start(); thread.join()"
    )
    assert run(two, in_thread) == [two.folder]
    assert run(two, "found = os.umask(0o022)") != 0o077


def test_calls_of_several_run_beside_each_other(group):
    one = group.begin("one", PLUGIN)
    two = group.begin("two", PLUGIN)
    number = one.begin(None, "spin")
    assert one.next_log()[1]["message"] == "begun"
    assert two.call(1) == 1
    two.ping()
    one.cancel(number)
    assert one.answer(number)[0] == wire.FAILURE


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_call_is_cancelled_in_its_thread_and_the_next_one_runs(group, concurrency):
    one = group.begin("one", PLUGIN, concurrency=concurrency)
    for _ in range(3):
        number = one.begin(None, "spin")
        assert one.next_log()[1]["message"] == "begun"
        one.cancel(number)
        kind, failure = one.answer(number)
        assert (kind, failure["code"]) == (wire.FAILURE, "CALL_CANCELLED")
        assert one.next_log()[1] == {"level": "info", "message": "over", "fields": {"cancelled": True}}
        assert one.call(7) == 7


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_call_that_sleeps_is_woken_by_a_cancel(group, concurrency):
    one = group.begin("one", PLUGIN, concurrency=concurrency)
    number = one.begin({"seconds": 3600}, "sleep")
    assert one.next_log()[1]["message"] == "begun"
    one.cancel(number)
    assert one.answer(number)[1]["code"] == "CALL_CANCELLED"
    assert one.next_log()[1]["message"] == "over"
    assert one.call({"seconds": 0.01}, "sleep") is None
    assert one.fail({"seconds": -1}, "sleep")["type"] == "ValueError"


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_task_is_cancelled_in_its_event_loop(group, concurrency):
    one = group.begin("one", PLUGIN, concurrency=concurrency)
    for _ in range(2):
        number = one.begin({"code": ""}, "run_async")
        assert one.next_log()[1]["message"] == "begun"
        one.cancel(number)
        assert one.answer(number)[1]["code"] == "CALL_CANCELLED"
        assert one.next_log()[1]["message"] == "over"
    assert one.call(7) == 7


def test_a_cancel_that_comes_first_keeps_the_call_from_running(group):
    one = group.begin("one", PLUGIN)
    one.cancel(one.next_id + 1)
    one.ping()
    assert one.fail({"code": "self.context.log.info('ran')"}, "run")["code"] == "CALL_CANCELLED"
    assert one.call(7) == 7


@pytest.mark.parametrize("concurrency", [1, 4])
def test_streams_are_read_to_their_end_or_cancelled(group, concurrency):
    one = group.begin("one", PLUGIN, concurrency=concurrency)
    assert one.chunks_of(one.begin({"count": 40}, "numbers"))[0] == list(range(40))
    assert one.next_log()[1]["message"] == "closed"
    number = one.begin({"count": 10**9}, "numbers")
    assert [one.receive()[0] for _ in range(2)] == [wire.STREAM, wire.CHUNK]
    one.cancel(number)
    message = one.receive()
    while message[0] == wire.CHUNK:
        message = one.receive()
    assert (message[0], message[2]["code"]) == (wire.FAILURE, "CALL_CANCELLED")
    assert one.next_log()[1]["message"] == "closed"
    assert one.call(7) == 7


def test_several_calls_run_at_once_in_threads_of_the_plugin(group):
    one = group.begin("one", PLUGIN, concurrency=3)
    code = "self.__dict__.setdefault('barrier', threading.Barrier(3)).wait(120); print('at once'); found = 1"
    numbers = [one.begin({"code": code}, "run") for _ in range(3)]
    assert [one.answer(number)[1] for number in numbers] == [1, 1, 1]
    one.shut_down()
    assert one.output[0].read() == "at once\n" * 3


def test_one_that_is_shut_down_cleans_up_and_the_others_go_on(group):
    one = group.begin("one", PLUGIN)
    two = group.begin("two", PLUGIN)
    assert one.shut_down() == [ENDED, one.number, 0]
    assert one.next_log()[1]["message"] == "cleaned up"
    with pytest.raises(EOFError):
        one.receive_control()
    assert two.call(7) == 7


def test_the_end_of_its_channels_ends_a_plugin_and_not_the_group(group):
    one = group.begin("one", PLUGIN)
    two = group.begin("two", PLUGIN)
    one.data.close()
    one.control.close()
    assert group.receive()[:2] == [ENDED, one.number]
    assert two.call(7) == 7


def test_nothing_is_left_open_of_one_that_has_ended(group):
    two = group.begin("two", PLUGIN)
    count = "found = [len(os.listdir('/proc/self/fd')), len(os.listdir('/proc/self/task'))]"
    before = run(two, count)
    for _ in range(3):
        group.begin("one", PLUGIN).shut_down()
    while run(two, count) != before:  # a thread that has said its last word is counted for a moment more
        pass


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("action", ["spin", "sleep"])
def test_an_interruption_ends_what_runs_without_an_answer(group, action, concurrency):
    one = group.begin("one", PLUGIN, concurrency=concurrency)
    two = group.begin("two", PLUGIN)
    one.begin({"seconds": 3600} if action == "sleep" else None, action)
    assert one.next_log()[1]["message"] == "begun"
    group.interrupt(one)
    assert group.receive()[:2] == [ENDED, one.number]
    with pytest.raises(EOFError):
        one.receive()
    assert two.call(7) == 7


def test_threads_that_are_left_are_told_of(group):
    one = group.begin("one", PLUGIN)
    run(one, "threading.Thread(target=time.sleep, args=(3,), daemon=True).start()")
    one.shut_down()
    assert one.next_log()[1]["message"] == "cleaned up"
    assert one.next_log()[1]["message"].startswith("1 of its threads still run 1 s after cleanup")


def test_what_such_a_thread_writes_later_reaches_no_other_plugin(group):
    one = group.begin("one", PLUGIN)
    code = """
        import builtins
        builtins.may_go_on, builtins.has_gone_on = threading.Event(), threading.Event()
        def go_on(log=self.context.log):
            builtins.may_go_on.wait()
            print("late", flush=True)
            log.info("late")
            builtins.has_gone_on.set()
        threading.Thread(target=go_on, daemon=True).start()
    """
    run(one, textwrap.dedent(code))
    one.shut_down()
    two = group.begin("two", PLUGIN)
    assert run(two, "import builtins; builtins.may_go_on.set(); found = builtins.has_gone_on.wait(120)") is True
    two.ping()
    assert two.call(7) == 7
    two.shut_down()
    assert two.output[0].read() == ""


def test_who_calls_exit_of_the_system_is_named_first(group):
    one = group.begin("one", PLUGIN)
    two = group.begin("two", PLUGIN)
    one.begin({"code": "os._exit(5)"}, "run")
    assert group.receive() == [CULPRIT, one.number, "called os._exit(5)"]
    assert group.wait() == 5
    with pytest.raises(EOFError):
        two.receive()


def test_a_fault_is_told_with_the_line_of_the_thread_alone(group):
    one = group.begin("one", PLUGIN)
    two = group.begin("two", PLUGIN)
    two.begin({"seconds": 3600}, "sleep")
    assert two.next_log()[1]["message"] == "begun"
    one.begin({"code": "import ctypes; ctypes.string_at(8)"}, "run")
    assert group.wait() == -11
    said = group.output[1].read()
    assert "Fatal Python error: Segmentation fault" in said
    assert os.path.join(one.folder, "plugin.py") in said
    assert os.path.join(str(group.folder), "two") not in said


def test_a_process_that_a_plugin_forks_speaks_to_no_host(group):
    one = group.begin("one", PLUGIN)
    two = group.begin("two", PLUGIN)
    code = """
pid = os.fork()
if pid == 0:
    self.context.log.info("from the child")
    os.write(6, b"on the channel of the group")
    os._exit(3)
found = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
"""
    assert run(one, code) == 3
    assert [one.call(7), two.call(8)] == [7, 8]
    assert one.shut_down() == [ENDED, one.number, 0]


def test_it_leaves_with_its_exit_handlers_when_the_host_says_so(group):
    one = group.begin("one", PLUGIN)
    run(one, "import atexit; atexit.register(os.write, 1, b'handled')")
    one.shut_down()
    assert group.leave() == 0
    assert group.output[0].read() == "handled"


def test_the_end_of_the_host_ends_the_group(group):
    one = group.begin("one", PLUGIN)
    one.begin(None, "stubborn")
    assert one.next_log()[1]["message"] == "begun"
    group.lifeline.close()
    assert group.wait() == -9


def test_an_end_of_the_channel_ends_the_group(group):
    group.begin("one", PLUGIN)
    group.channel.close()
    group.wait()


def test_a_plugin_that_can_not_begin_is_told_of(group):
    one = group.begin("one", PLUGIN)
    run(one, "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir('/proc/self/fd')) + 1,) * 2)")
    two = group.begin("two", PLUGIN, handshake=False)
    kind, number, reason = group.receive()
    assert (kind, number) == (NOT_BEGUN, two.number)
    assert "Too many open files" in reason or "has not connected" in reason
    assert one.call(7) == 7


def test_plugins_that_begin_at_once_are_imported_beside_each_other(group):
    """Each import waits for all others to have begun."""
    meets = """
        import builtins, threading
        with builtins.meeting_lock:
            builtins.meeting = getattr(builtins, "meeting", None) or threading.Barrier(4)
        builtins.meeting.wait(120)
        from plugin_sdk import PluginBase
        class Plugin(PluginBase):
            def execute(self, value):
                return value
    """
    run(group.begin("first", PLUGIN), "import builtins; builtins.meeting_lock = threading.Lock()")
    members = [group.begin("meets_%d" % number, meets, handshake=False) for number in range(4)]
    for member in members:
        member.start()
    assert [member.call(7) for member in members] == [7] * 4


def test_where_threads_share_a_working_folder_it_stays_as_it_is():
    """As in a container whose engine forbids `unshare`."""
    code = """
import os
import subprocess
import sys
from plugin_sdk._group import working_folder
working_folder.refuse_to_change_it()
try:
    os.chdir("/")
except OSError as error:
    print(error)
"""
    environment = {**os.environ, "PYTHONPATH": os.path.dirname(SDK_FOLDER)}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.startswith("this system gives the plugins of a group one working folder for all")
