"""Runs several plugins in one process, each in a thread, with modules, streams and a context of its own."""
