"""Runs several calls at the same time, in threads and on an event loop."""
