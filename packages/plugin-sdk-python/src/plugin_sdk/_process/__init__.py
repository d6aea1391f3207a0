"""From a bare interpreter to a running instance, and its main loop."""
