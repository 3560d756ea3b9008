"""What the Live Capture API promises."""
