"""Assessments as pages and files."""
