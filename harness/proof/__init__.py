"""The proof that the checks are worth their verdicts: every lie that we can think of is caught, and no honest habit."""
