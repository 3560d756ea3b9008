"""Many sessions at once, on Locust."""
