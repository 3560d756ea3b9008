"""How the figures of one scenario went from run to run."""
