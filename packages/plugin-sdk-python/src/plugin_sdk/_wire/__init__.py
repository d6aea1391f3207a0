"""Carries bytes over descriptors: frames, the two channels, the handshake's first message."""
