"""YAML with line numbers, and the quantities that people write in it."""
