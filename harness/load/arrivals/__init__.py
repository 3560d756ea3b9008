"""When sessions begin."""
