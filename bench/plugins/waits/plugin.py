"""Says that it has begun, and waits for its cancel."""

import threading

from plugin_sdk import PluginBase


class Waits(PluginBase):
    def execute(self, value):
        self.context.progress(0)
        threading.Event().wait()


if __name__ == "__main__":
    Waits().start_server()
