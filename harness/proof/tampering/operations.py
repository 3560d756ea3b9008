"""Lies about the metrics."""

import msgspec

from harness.client.transport import Reply
from harness.proof.tampering.lie import Ask, Lie, lie


class _Metrics(Lie):
    def reply(self, ask: Ask, reply: Reply) -> Reply:
        asked = ask.target.endswith(self.course.profile.metrics) and reply.status == 200
        return self.metrics(reply) if asked else reply

    def metrics(self, reply: Reply) -> Reply:
        """What the client gets in place of the metrics."""
        raise NotImplementedError


@lie("metrics-without-latency")
class MetricsWithoutLatency(_Metrics):
    """Nothing is said of how long the agents take."""

    trips = ("OPS-1",)

    def metrics(self, reply: Reply) -> Reply:
        lines = [line for line in reply.body.splitlines(keepends=True) if b"latency" not in line.lower()]
        return msgspec.structs.replace(reply, body=b"".join(lines))


@lie("metrics-frozen")
class MetricsFrozen(_Metrics):
    """The metrics stand still from the first look on."""

    trips = ("OPS-2",)

    def metrics(self, reply: Reply) -> Reply:
        return msgspec.structs.replace(reply, body=self.shared.seen.setdefault("metrics", reply.body))
