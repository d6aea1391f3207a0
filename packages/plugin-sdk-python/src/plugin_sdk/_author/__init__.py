"""What the author of a plugin sees, and what is read off a plugin's class."""
