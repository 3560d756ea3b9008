"""Lies told between the user's own server and the judge; a module for each chapter of the catalogue enters its own."""

from harness.proof.tampering import auth, chunks, controls, events, operations, starts, streams
from harness.proof.tampering.lie import LIES

__all__ = ["LIES", "auth", "chunks", "controls", "events", "operations", "starts", "streams"]
