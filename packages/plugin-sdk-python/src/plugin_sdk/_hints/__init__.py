"""What type hints promise: checks of inputs, and their JSON Schema."""
