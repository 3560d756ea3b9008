"""The commands of `live-harness`, one module each: `add_to` declares its arguments, `run` does it."""
