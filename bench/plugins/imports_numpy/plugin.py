"""Gives back what it gets, and has numpy to import before it can."""

import numpy
from plugin_sdk import PluginBase


class ImportsNumpy(PluginBase):
    def execute(self, input_data):
        return str(numpy.asarray(input_data))


if __name__ == "__main__":
    ImportsNumpy().start_server()
