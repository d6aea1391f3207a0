"""Keeps its host's calls waiting."""

import threading

from plugin_sdk import PluginBase, action


class Busy(PluginBase):
    def execute(self, value):
        return value

    @action
    def sleep(self):
        threading.Event().wait()


if __name__ == "__main__":
    Busy().start_server()
