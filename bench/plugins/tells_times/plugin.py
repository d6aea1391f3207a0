"""Tells when each step of its start was reached, on the clock that Node's `process.hrtime` reads too."""

import os
from time import monotonic_ns

from plugin_sdk import PluginBase

STEPS = []


def note(step):
    STEPS.append((step, monotonic_ns()))


class TellsTimes(PluginBase):
    def initialize(self, config):
        note("initialize is called")

    def get_metadata(self):
        note("READY is about to be sent")
        return {}

    def execute(self, input_data):
        note("execute is called")
        return STEPS


if __name__ == "__main__":
    os.register_at_fork(
        before=lambda: (STEPS.clear(), note("the template is about to fork")),
        after_in_child=lambda: note("the fork runs"),
    )
    TellsTimes().start_server()
