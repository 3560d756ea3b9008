"""The conformance gate."""
