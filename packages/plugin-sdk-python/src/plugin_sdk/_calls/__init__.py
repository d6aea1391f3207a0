"""Gives one running call what it needs: cancellation, streams, calls of other plugins, failures."""
