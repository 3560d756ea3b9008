"""The observers: what the document leaves open is noted, reported, and judged where a profile pins it."""

from harness.oracle.observers.acks import Acks
from harness.oracle.observers.afterwards import Afterwards
from harness.oracle.observers.artifacts import Artifacts
from harness.oracle.observers.base import Observer, is_ordinary
from harness.oracle.observers.ends import Ends
from harness.oracle.observers.event_shapes import EventShapes
from harness.oracle.observers.expiry import Expiry
from harness.oracle.observers.odd_chunks import OddChunks
from harness.oracle.observers.refusals import Refusals
from harness.oracle.observers.replays import Replays
from harness.oracle.observers.starts import Starts

OBSERVERS: tuple[type[Observer], ...] = (
    Refusals,
    Starts,
    OddChunks,
    Acks,
    Afterwards,
    Ends,
    Expiry,
    Replays,
    EventShapes,
    Artifacts,
)

__all__ = ["OBSERVERS", "Observer", "is_ordinary"]
