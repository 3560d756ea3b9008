"""What judging costs: a recorded call, judged again and again. CPU time of a session-second in microseconds."""

import time

from figures import in_turns, table

from harness.client.clock import VirtualClock
from harness.client.deployment import Deployment
from harness.client.over_memory import MemoryTransports
from harness.client.session import open_session
from harness.history.log import Log
from harness.history.observations import Event
from harness.oracle.judge import Judge
from harness.sandbox.service import Service
from harness.sandbox.settings import DEFAULT_KEY, Settings
from harness.scenario.call import Call
from harness.scenario.loader import find
from harness.scenario.planner import plan

CALL = "plain"
TIMES = 50


class Recording:
    """A shipped call at real-time pace, a 64 KiB chunk every two seconds, recorded in no time."""

    def __init__(self):
        self._sut = Deployment("http://memory", "", DEFAULT_KEY)
        self.observations = []
        clock = VirtualClock()
        transport = MemoryTransports(Service(Settings()), clock).connect()
        planned = plan(find(CALL, Call), 1)
        open_session(planned, self._sut, transport, clock, [self.observations.append], label=CALL).perform()
        self._stored = [observation for observation in self.observations if not isinstance(observation, Event)]
        self.seconds = clock.now()

    def judge(self):
        """The judge alone."""
        return self._timed(self.observations, lambda judge: judge.observe)

    def log_and_judge(self):
        """As it is live: the key blotted out, the stream decoded, its JSON read, and the judge."""
        return self._timed(self._stored, lambda judge: Log([judge.observe], DEFAULT_KEY).add)

    def _timed(self, observations, taker):
        begin = time.process_time()
        for _ in range(TIMES):
            take = taker(Judge(self._sut.profile))
            for observation in observations:
                take(observation)
        return (time.process_time() - begin) / TIMES / self.seconds * 1e6


def measured():
    """The table."""
    recording = Recording()
    judged = in_turns({"judge": recording.judge, "log, decoder, judge": recording.log_and_judge}, 11)
    count = len(recording.observations)
    each = judged["judge"].median * recording.seconds / count
    yield table(
        "Judging a live session for a second",
        "us",
        judged,
        f"CPU time. The call `{CALL}`, {count} observations in {recording.seconds:.0f} s: {each:.1f} us each.",
    )
