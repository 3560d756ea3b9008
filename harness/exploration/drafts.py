"""Drafts of probes: what a client might do, drawn by what is worth trying in which state of a session.

Everywhere the simplest choice comes first, so that Hypothesis cuts a draft down to what matters.
"""

import copy
import itertools
import random
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

import msgspec
from hypothesis import strategies as st

from harness.exploration.alphabet import Alphabet, Waits, alphabets
from harness.exploration.moves import Kind, Move, kinds_of, move
from harness.exploration.sections import Sections, sections
from harness.exploration.written import as_yaml
from harness.scenario.call import Probe
from harness.scenario.cutting import cut, fewest
from harness.scenario.pushing import Pusher
from harness.scenario.sequence import SoFar, Steps
from harness.scenario.steps import Finalize, Push

_STARTS: Final = kinds_of("start")[0]
_PUSHES: Final = (move("push"), *(move({"push": chunks}) for chunks in (2, 3, 6)))
_LATE: Final = (move({"push": {"fault": "late"}}), move({"push": {"fault": "late", "chunks": 2}}))
_ATTACH: Final = move("attach")
_REST: Final = move({"push": "rest"})
_DONE: Final = move({"await": "done"})
_END: Final = move({"await": "end"})
_VARIANTS: Final = 10
"""Places of a kind in a draw; those with more variants don't need them all."""


class Draft(NamedTuple):
    """A probe, and what its file holds besides its name and purpose."""

    written: dict[str, Any]
    probe: Probe


def steps_in_words(draft: Draft) -> str:
    """On one line: `[start, {push: 2}]`."""
    return as_yaml(draft.written["steps"], on_one_line=True).strip()


class Drafts:
    """Strategies of drafts whose sessions wait no longer than that."""

    def __init__(self, waits: Waits) -> None:
        self._hasty, self._patient = alphabets(waits)
        self._seldom = waits.seldom
        # Not one endpoint after the other: the budget may be small.
        self._order = random.Random(0).sample(self._hasty.others, len(self._hasty.others))

    def round(self, number: int) -> st.SearchStrategy[Draft]:
        """A strategy with one kind of move in its focus; the next number has the next kind, round and round."""
        focus = self._order[number % len(self._order)]
        return _drafts(focus, self._hasty, self._patient, self._seldom)


@st.composite
def _drafts(draw: st.DrawFn, focus: Kind, hasty: Alphabet, patient: Alphabet, seldom: int) -> Draft:
    alphabet = patient if draw(st.integers(1, seldom)) == seldom else hasty
    drawing = _Drawing(draw(sections(alphabet.longest)))
    # Few kinds a session, but those several times: what goes wrong seldom takes them together.
    palette = [focus, *draw(st.lists(st.sampled_from(alphabet.others), min_size=1, max_size=3))]
    drawing.take(draw(st.lists(_one_of(palette), max_size=2)))
    drawing.take([draw(st.sampled_from(_STARTS))])
    drawing.take(draw(st.sampled_from([[], [_ATTACH], [_ATTACH]])))
    # What a fault has left behind shows in the right request after it; what time does, where there is no chunk.
    right = draw(st.sampled_from([0, 1, 1, 1])) * [_PUSHES] * len(palette)
    drawing.take(draw(st.lists(_one_of([*right, *palette]), min_size=draw(st.sampled_from([0, 4, 4, 8])), max_size=12)))
    drawing.take(draw(st.sampled_from([[], [_PUSHES[0]], [_REST]])) if right else [])
    ending = draw(st.sampled_from([(), *alphabet.endings]))
    if ending:
        drawing.take([draw(st.sampled_from(ending))])
        afterwards = st.lists(_one_of([_LATE, *palette]), max_size=3)
        drawing.take(draw(afterwards))
        if drawing.leads_to_done:
            drawing.take(draw(st.sampled_from([[], [_DONE], [_DONE]])))
            drawing.take(draw(afterwards))
        drawing.take(draw(st.sampled_from([[], [_END], [_END]])))
    return drawing.draft()


def _one_of(kinds: Sequence[Kind]) -> st.SearchStrategy[Move]:
    """A move, each kind as likely as any other; in one draw, which is what takes the time."""
    return st.sampled_from([each for kind in kinds for each in itertools.islice(itertools.cycle(kind), _VARIANTS)])


class _Drawing:
    """The steps so far. What can't follow them is left out."""

    def __init__(self, chosen: Sections) -> None:
        self._sections = chosen
        self._moves: list[Move] = []
        self._so_far = SoFar()
        audio = chosen.audio.for_session(0)
        draw = random.Random(0)
        self._pusher = Pusher(cut(audio, chosen.chunks, chosen.pace, draw), fewest(audio, chosen.chunks), draw)

    @property
    def leads_to_done(self) -> bool:
        """Whether a finalize was sent, of a session with audio: `done` must come."""
        return self._so_far.over == Finalize.word() and self._so_far.pushed > 0

    def take(self, moves: Iterable[Move]) -> None:
        """Add those that can follow."""
        for each in moves:
            then = copy.copy(self._so_far)
            with suppress(ValueError):
                then.take(each.do)
                if isinstance(each.do, Push):
                    self._pusher.push(each.do)
                self._so_far = then
                self._moves.append(each)

    def draft(self) -> Draft:
        """The whole of it. Equal drafts have equal names, and so equal seeds."""
        written = self._sections.written | {"steps": [each.written for each in self._moves]}
        name = f"explored-{zlib.crc32(msgspec.json.encode(written)):08x}"
        steps = Steps(each.step for each in self._moves)
        chosen = self._sections
        probe = Probe(name=name, exercises=(), audio=chosen.audio, chunks=chosen.chunks, pace=chosen.pace, steps=steps)
        return Draft(written, probe)
