"""Gives back what it gets: what is left to measure is Bulkhead."""

from plugin_sdk import PluginBase, action


class Echo(PluginBase):
    def execute(self, input_data):
        return input_data

    @action(cache=True)
    def keywords(self, text: str, top: int):
        return ["be", "to", "or"][:top]


if __name__ == "__main__":
    Echo().start_server()
