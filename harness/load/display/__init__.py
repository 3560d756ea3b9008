"""A run as it can be seen while it lasts."""
