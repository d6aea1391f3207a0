from plugin_sdk import PluginBase, hook


class OneHook(PluginBase):
    def execute(self, data):
        data["count"] += 1
        return data

    @hook("apart")
    def count(self, data):
        data["count"] += 1
        return data


if __name__ == "__main__":
    OneHook().start_server()
