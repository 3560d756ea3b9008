"""What a user does: from a YAML file to a seeded, timed plan."""
