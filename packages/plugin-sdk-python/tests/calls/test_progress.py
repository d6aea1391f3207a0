import sys

from plugin_sdk import PluginBase
from plugin_sdk._wire import frames as wire

PLUGIN = """
    from plugin_sdk import PluginBase, action

    class Plugin(PluginBase):
        def initialize(self, config):
            assert self.context.deadline is None
            self.context.progress(0.5)  # belongs to no call

        def execute(self, input_data):
            self.context.progress(0.5, "half")
            self.context.progress(message="more")
            self.context.log.info("done")

        @action
        def seconds_left(self):
            return self.context.deadline

        @action
        def too_far(self):
            self.context.progress(1.5)

        @action
        def far_too_far(self):
            self.context.progress(10**5000)
"""


def test_progress_names_its_call(start):
    host = start(PLUGIN)
    number = host.begin()
    assert host.receive_control() == [wire.PROGRESS, number, {"fraction": 0.5, "message": "half"}]
    assert host.receive_control() == [wire.PROGRESS, number, {"message": "more"}]
    assert host.next_log() == (number, {"level": "info", "message": "done"})


def test_no_progress_for_a_host_that_does_not_know_it(start):
    host = start(PLUGIN, features=["bodies", "arrays", "cancel"])
    host.call()
    assert host.next_log()[1]["message"] == "done"


def test_a_fraction_beyond_one_is_a_mistake(start):
    failure = start(PLUGIN).fail(action="too_far")
    assert (failure["type"], failure["message"]) == ("ValueError", "fraction has to be between 0 and 1, and is 1.5")


def test_a_number_that_python_does_not_write_is_told_by_its_size(start):
    failure = start(PLUGIN).fail(action="far_too_far")
    assert failure["message"].startswith("fraction has to be between 0 and 1, and is ")
    assert len(failure["message"]) < 500
    if sys.version_info >= (3, 11):  # and some releases of those before
        assert "an integer of 16610 bits" in failure["message"]


def test_the_deadline_is_that_of_the_running_call(start):
    host = start(PLUGIN)
    assert host.call(action="seconds_left") is None
    host.next_id += 1
    host.send([wire.CALL, host.next_id, "seconds_left", None, 2000])
    kind, left = host.answer(host.next_id)
    assert kind == wire.RESULT
    assert 0 < left <= 2
    host.next_id += 1
    host.send([wire.CALL, host.next_id, "seconds_left", None, 0])
    assert host.answer(host.next_id) == (wire.RESULT, 0.0)


def test_without_a_host_nobody_listens():
    PluginBase.context.progress(0.5, "half")
    assert PluginBase.context.deadline is None
