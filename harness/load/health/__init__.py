"""What the generator tells of itself."""
