"""Lies about chunks."""

from harness.client.transport import Reply, Request
from harness.proof.tampering.lie import Ask, Lie, answer, falsified, lie, refusal, total

_FORM = 300
"""Bytes, roughly, that a multipart form wraps around a file."""


class _Acks(Lie):
    """A lie about what acks report."""

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        counted = total(reply, self.course.profile) if 200 <= reply.status < 300 else None
        return self.told(reply, self.wrong(ask, counted)) if ask.kind == "chunk" and counted is not None else reply

    def wrong(self, ask: Ask, counted: int) -> int:
        """The total that is told in place of the right one."""
        raise NotImplementedError

    def told(self, reply: Reply, total: int | None) -> Reply:
        """The ack with that total."""
        return falsified(reply, **{self.course.profile.fields.received_bytes: total})


class _Acceptance(Lie):
    """A refusal that is turned into an ack."""

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        refused = ask.kind == "chunk" and ask.key and ask.seq is not None and 400 <= reply.status < 500
        return self.ack(ask, reply) if refused and self.concerns(ask) else reply

    def concerns(self, ask: Ask) -> bool:
        """Whether it is one of those that this lie lets pass."""
        raise NotImplementedError

    def ack(self, ask: Ask, reply: Reply) -> Reply:
        """As if it had been counted."""
        return answer(200, {self.course.profile.fields.received_bytes: self.course.total + ask.size}, like=reply)


@lie("third-chunk-unavailable")
class ThirdChunkUnavailable(Lie):
    """The third chunk is answered 503 once, and never reaches the server."""

    trips = ("CHUNK-1",)
    _spared = False

    def request(self, ask: Ask, request: Request) -> Request | Reply:
        if ask.kind != "chunk" or not ask.key or ask.seq != 2 or self.course.next != 2 or self._spared:
            return request
        self._spared = True
        return refusal(503)


@lie("ack-without-total")
class AckWithoutTotal(_Acks):
    """Acks say nothing of `received_bytes`."""

    trips = ("CHUNK-2",)

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        return self.told(reply, None) if ask.kind == "chunk" and 200 <= reply.status < 300 else reply


@lie("ack-counts-the-form")
class AckCountsTheForm(_Acks):
    """Acks count the form around the audio too."""

    trips = ("CHUNK-2",)

    def wrong(self, ask: Ask, counted: int) -> int:
        return counted + _FORM * ((ask.seq or 0) + 1)


@lie("ack-one-byte-off")
class AckOneByteOff(_Acks):
    """From the fifth chunk on, acks are one byte short."""

    trips = ("CHUNK-2",)

    def wrong(self, ask: Ask, counted: int) -> int:
        return counted - ((ask.seq or 0) >= 4)


@lie("gap-accepted")
class GapAccepted(_Acceptance):
    """A chunk that leaves a gap is acked."""

    trips = ("CHUNK-3",)

    def concerns(self, ask: Ask) -> bool:
        return not self.course.ended and 0 < self.course.next < (ask.seq or 0)


@lie("dead-after-gap")
class DeadAfterGap(Lie):
    """Once a gap was refused, the right chunk is refused too."""

    trips = ("CHUNK-4",)
    _dead = False

    def request(self, ask: Ask, request: Request) -> Request | Reply:
        return refusal() if self._dead and ask.kind == "chunk" and ask.key else request

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        gap = ask.kind == "chunk" and ask.key and not self.course.ended and (ask.seq or 0) > self.course.next > 0
        self._dead = self._dead or gap
        return reply


@lie("any-first-number")
class AnyFirstNumber(_Acceptance):
    """A session may begin with any number."""

    trips = ("CHUNK-5",)

    def concerns(self, ask: Ask) -> bool:
        return not self.course.ended and not self.course.next and ask.seq != 0


@lie("older-counted")
class OlderCounted(Lie):
    """A number older than the last is acked, and its bytes stand in the total."""

    trips = ("CHUNK-5",)

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        older = ask.kind == "chunk" and ask.key and ask.seq is not None and ask.seq < self.course.next - 1
        if not older or self.course.ended:
            return reply
        return answer(200, {self.course.profile.fields.received_bytes: self.course.total + ask.size}, like=reply)


@lie("retry-refused")
class RetryRefused(Lie):
    """The last number is refused when it comes again."""

    trips = ("CHUNK-6",)

    def request(self, ask: Ask, request: Request) -> Request | Reply:
        again = ask.kind == "chunk" and ask.key and ask.seq is not None and ask.seq == self.course.next - 1
        return refusal() if again and not self.course.ended else request


@lie("retry-counted-twice")
class RetryCountedTwice(_Acks):
    """Each retry adds its bytes once more."""

    trips = ("CHUNK-6",)
    _excess = 0

    def wrong(self, ask: Ask, counted: int) -> int:
        if ask.seq is not None and ask.seq == self.course.next - 1:
            self._excess += ask.size
        return counted + self._excess


@lie("late-chunk-accepted")
class LateChunkAccepted(_Acceptance):
    """Chunks are still acked after finalize or cancel."""

    trips = ("CHUNK-7",)

    def concerns(self, ask: Ask) -> bool:  # noqa: ARG002 - the signature of what is replaced
        return bool(self.course.ended)


@lie("short-chunk-refused")
class ShortChunkRefused(Lie):
    """A chunk of less than half the first one's size is refused."""

    trips = ("CHUNK-8",)
    _first = 0

    def request(self, ask: Ask, request: Request) -> Request | Reply:
        right = ask.kind == "chunk" and ask.key and not self.course.ended and ask.seq == self.course.next
        self._first = self._first or (ask.size if right else 0)
        return refusal(400) if right and 0 < ask.size < self._first / 2 else request


@lie("mp3-refused")
class Mp3Refused(Lie):
    """No chunk of an MP3 file is taken."""

    trips = ("CHUNK-9",)
    _is_mp3 = False

    def request(self, ask: Ask, request: Request) -> Request | Reply:
        if ask.kind == "start":
            self._is_mp3 = b".mp3" in bytes(request.body[0])
        return refusal(415) if self._is_mp3 and ask.kind == "chunk" and ask.key else request


@lie("refused-bytes-counted")
class RefusedBytesCounted(_Acks):
    """The bytes of a refused chunk stand in the totals that follow."""

    trips = ("CHUNK-10",)
    _excess = 0

    def reply(self, ask: Ask, reply: Reply) -> Reply:
        ahead = ask.kind == "chunk" and ask.key and ask.seq is not None and ask.seq > self.course.next
        if ahead and 400 <= reply.status < 500 and not self.course.ended:
            self._excess += ask.size
        return super().reply(ask, reply)

    def wrong(self, ask: Ask, counted: int) -> int:  # noqa: ARG002 - the signature of what is replaced
        return counted + self._excess
