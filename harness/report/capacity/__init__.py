"""A capacity search in reports."""
