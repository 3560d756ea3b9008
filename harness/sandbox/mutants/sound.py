"""Mutants that hear what they should not, or not what they should, or tell it too late or in broken bytes."""

from collections.abc import Iterable
from functools import cached_property

from harness.contract.lifecycle import State
from harness.sandbox.audio.listener import Heard
from harness.sandbox.exchange import Call, Refusal, Served, refuse
from harness.sandbox.forms import Form, read_form
from harness.sandbox.intake import Reply
from harness.sandbox.registry import mutant
from harness.sandbox.service import Service
from harness.sandbox.session import Event, Session


@mutant("gap-is-heard", trips=("CHUNK-10",))
class GapIsHeard(Service):
    """Refuses a gap, but listens to it."""

    def gap(self, session: Session, form: Form) -> Reply:
        self.analyse(session, session.listener.feed(form.data))
        return super().gap(session, form)


@mutant("older-is-heard", trips=("CHUNK-10",))
class OlderIsHeard(Service):
    """Refuses a number from before the last, but listens to it once more."""

    def older(self, session: Session, form: Form) -> Reply:
        self.analyse(session, session.listener.feed(form.data))
        return super().older(session, form)


@mutant("late-is-heard", trips=("CHUNK-10",))
class LateIsHeard(Service):
    """Refuses chunks while the pipeline finishes, but listens to them."""

    def late(self, session: Session, form: Form) -> Reply:
        if session.state is State.PROCESSING:
            for heard in (*session.listener.feed(form.data), *session.listener.finish()):
                self.analysed(session, heard, self.now)
        return super().late(session, form)


@mutant("retry-is-heard", trips=("CHUNK-6", "STREAM-8"))
class RetryIsHeard(Service):
    """Counts a retry once, but listens to it again."""

    def retry(self, session: Session, form: Form) -> Reply:
        self.analyse(session, session.listener.feed(form.data))
        return super().retry(session, form)


@mutant("keyless-is-heard", trips=("AUTH-2",))
class KeylessIsHeard(Service):
    """Refuses chunks without a key, but listens to them."""

    def live(self, call: Call, parts: list[str]) -> Served:
        try:
            return super().live(call, parts)
        except Refusal as refusal:
            session = self.sessions.get(parts[0])
            if refusal.code == "unauthorized" and parts[1:] == ["chunk"] and session and session.next_seq:
                self.analyse(session, session.listener.feed(read_form(call).data))
            raise


@mutant("one-size-only", trips=("CHUNK-8",))
class OneSizeOnly(Service):
    """Refuses a chunk that is larger than the first one, or smaller unless it is the last."""

    def take_in(self, session: Session, form: Form) -> Reply:
        first = self.sizes.setdefault(session.id, len(form.data))
        if len(form.data) > first:
            refuse("bad_form", f"chunks of this session have {first} bytes, this one has {len(form.data)}")
        return super().take_in(session, form)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """Of first chunks."""
        return {}


@mutant("small-chunks-refused", trips=("CHUNK-8",))
class SmallChunksRefused(Service):
    """Refuses chunks of less than 8 KiB, once it has taken one."""

    def take_in(self, session: Session, form: Form) -> Reply:
        if len(form.data) < 8 * 1024 and session.next_seq:
            refuse("bad_form", f"{len(form.data)} bytes are too few")
        return super().take_in(session, form)


@mutant("whole-blocks-only", trips=("CHUNK-8",))
class WholeBlocksOnly(Service):
    """Refuses a chunk that is no multiple of 64 bytes, which only a last one is."""

    def take_in(self, session: Session, form: Form) -> Reply:
        if len(form.data) % 64 and len(form.data) < 16 * 1024 and session.next_seq:
            refuse("bad_form", f"{len(form.data)} bytes are no multiple of 64")
        return super().take_in(session, form)


@mutant("mp3-refused", trips=("CHUNK-9",))
class Mp3Refused(Service):
    """Refuses MP3."""

    def take_in(self, session: Session, form: Form) -> Reply:
        if session.filename.endswith(".mp3"):
            refuse("unsupported_audio", "this is no WAV")
        return super().take_in(session, form)


@mutant("opus-fails-later", trips=("CHUNK-9",))
class OpusFailsLater(Service):
    """Takes Opus, and finds after finalize that it can't decode it."""

    def finalize(self, session: Session) -> None:
        if session.filename.endswith((".opus", ".ogg")):
            self.tear_down(session, State.CANCELLED, "decode_failed", "no decoder for Opus")
        else:
            super().finalize(session)


@mutant("mp3-unheard", trips=("CHUNK-9",))
class Mp3Unheard(Service):
    """Takes MP3, and hears nothing in it."""

    def analyse(self, session: Session, found: Iterable[Heard]) -> None:
        if not session.filename.endswith(".mp3"):
            super().analyse(session, found)


@mutant("results-at-the-end", trips=("STREAM-5",))
class ResultsAtTheEnd(Service):
    """Listens while the client sends, and tells everything after finalize."""

    def analyse(self, session: Session, found: Iterable[Heard]) -> None:
        self.held.setdefault(session.id, []).extend(found)
        if session.state is State.PROCESSING:
            super().analyse(session, self.held.pop(session.id))

    @cached_property
    def held(self) -> dict[str, list[Heard]]:
        """By session."""
        return {}


@mutant("latin-1", trips=("STREAM-4",))
class Latin1(Service):
    """Encodes the rationale in ISO 8859-1."""

    def encode(self, name: str, payload: object) -> bytes:
        data = super().encode(name, payload)
        return data.replace(b'"rationale":"', b'"rationale":"caf\xe9 ') if name == "cognitive" else data


@mutant("half-a-character", trips=("STREAM-4",))
class HalfACharacter(Service):
    """Cuts the recap after so many bytes, in the middle of a character."""

    def encode(self, name: str, payload: object) -> bytes:
        data = super().encode(name, payload)
        return data.replace(b'"summary":"', b'"summary":"na\xc3 ') if name == "summary_update" else data


@mutant("done-unterminated", trips=("CTRL-1", "STREAM-4"))
class DoneUnterminated(Service):
    """No blank line follows `done`, so that it is none."""

    def frame(self, event: Event) -> bytes:
        framed = super().frame(event)
        return framed[:-1] if event.name == "done" else framed
