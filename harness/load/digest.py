"""Whether two runs performed the same."""

from hashlib import blake2s

import msgspec

from harness.load.workload import Workload
from harness.scenario.planner import plan

_ENCODER = msgspec.json.Encoder(order="deterministic")


def digest(workload: Workload) -> str:
    """Of what its sessions send and when they begin, as far as the scenario alone says it; the audio is part of it."""
    sent = [(plan(call, seed=1).digest, weight) for call, weight in workload.mix]
    begun = (workload.users, workload.spawn_rate, workload.open, workload.levels, workload.seconds, workload.warm_up)
    return blake2s(_ENCODER.encode((sent, begun)), digest_size=8).hexdigest()
