"""Judging what was seen against what the API promises."""
