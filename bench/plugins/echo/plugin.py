"""Gives back what it gets: what is left to measure is Bulkhead."""

from plugin_sdk import PluginBase


class Echo(PluginBase):
    def execute(self, input_data):
        return input_data


if __name__ == "__main__":
    Echo().start_server()
