"""What was seen of a session."""
