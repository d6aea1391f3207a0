"""A plugin with a handful of ordinary dependencies, for measuring how its environment is made ready."""

from plugin_sdk import PluginBase


class Packaged(PluginBase):
    def execute(self, input_data):
        return input_data


if __name__ == "__main__":
    Packaged().start_server()
