"""What is measured of each session."""
