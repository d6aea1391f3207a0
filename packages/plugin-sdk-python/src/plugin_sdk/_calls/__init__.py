"""What one running call needs: cancellation, streams, calls of other plugins, failures."""
