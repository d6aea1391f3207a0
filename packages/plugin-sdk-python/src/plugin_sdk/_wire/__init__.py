"""Bytes to descriptors and back: frames, the two channels, the handshake's first message."""
