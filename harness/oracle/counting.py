"""Whether counters of events have grown by what a consumer received.

The document does not say what exactly they count: a server may count an event where it arises, before anybody listens,
may leave out what only tells of the session, and may count heartbeats along in a total.
"""

from collections.abc import Mapping

from harness.oracle.metrics import LIFECYCLE, Counts, speaks_of_events


def agrees(name: str, grown: Counts, received: Mapping[str, int]) -> bool:
    """Whether this counter has grown by what was received, and not by much else.

    One that speaks of events at large is held to all of them, another one to those that it names.
    """
    results = {event: count for event, count in received.items() if event not in LIFECYCLE}
    named = grown.keys() - {""}
    if any(_is_off(event, grown[event], received.get(event, 0)) for event in named):
        return False
    if not speaks_of_events(name):
        return bool(named & results.keys())
    if not named:
        return sum(results.values()) <= grown.get("", 0.0) < 2 * sum(received.values())
    # What bears a name of the server's own may be any of those that it does not name.
    return sum(results[event] for event in results.keys() - named) <= grown.get("", 0.0)


def disagreement(grown: Mapping[str, Counts]) -> str | None:
    """What is wrong where no counter agrees, in words; None where they may just count something else, and have."""
    at_large = {name: counts for name, counts in grown.items() if speaks_of_events(name)}
    if not at_large:
        return None if any(count > 0 for counts in grown.values() for count in counts.values()) else _told(grown)
    return _told(at_large)


def _is_off(event: str, count: float, due: int) -> bool:
    if event in LIFECYCLE:
        return count < due or count >= 2 * due > 0
    return count != due


def _told(grown: Mapping[str, Counts]) -> str:
    shown = [
        f"{name} by {', '.join(f'{event} {count:g}'.strip() for event, count in sorted(counts.items()))}"
        for name, counts in sorted(grown.items())
    ]
    return f"grown: {'; '.join(shown)}"
