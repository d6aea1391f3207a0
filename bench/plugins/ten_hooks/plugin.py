from plugin_sdk import PluginBase, hook


class TenHooks(PluginBase):
    def execute(self, data):
        data["count"] += 1
        return data


def add_hook(number):
    @hook("together")
    def count(self, data):
        data["count"] += 1
        return data

    setattr(TenHooks, "count_%d" % number, count)


for number in range(10):
    add_hook(number)

if __name__ == "__main__":
    TenHooks().start_server()
