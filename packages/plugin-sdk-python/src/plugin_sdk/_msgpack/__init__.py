"""Home of the C extension `_cmsgpack` of msgpack, which finds its two companions beside it under these names.

Its own package is never loaded: the plugin's `msgpack`, of whatever version, stays the plugin's. See _process/accelerator.py.
"""
