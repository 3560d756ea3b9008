"""A Live Capture API of our own, so that everything runs on a laptop."""
