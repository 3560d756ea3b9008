"""Performing a plan against a Live Capture API."""
