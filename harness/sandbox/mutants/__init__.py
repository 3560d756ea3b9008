"""Services that break one requirement each; a module for each chapter of the catalogue enters its own."""

from harness.sandbox.mutants import auth, chunks, control, events, start, streams
from harness.sandbox.registry import MUTANTS

__all__ = ["MUTANTS", "auth", "chunks", "control", "events", "start", "streams"]
