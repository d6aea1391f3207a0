"""The gates of the process tier: what the kernel keeps from a plugin. They close before any of its code runs."""
