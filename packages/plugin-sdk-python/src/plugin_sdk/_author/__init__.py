"""The classes and decorators that plugins use, and the code that reads actions and hooks off a plugin's class."""
