"""What happened every few seconds."""
