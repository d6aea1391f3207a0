"""Values to bytes and back: MessagePack with the extensions of the protocol."""
