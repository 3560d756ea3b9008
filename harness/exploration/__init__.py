"""Exploration: plans that nobody thought of, tried against a server, and those that break a requirement cut short."""
