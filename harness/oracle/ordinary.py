"""The ordinary chunk: the next one, as large as the one before, and acked with the right total.

Under load nearly every exchange is one, and of each all checks together say the same (`SAID`). Once they have said that
of one, and nothing else, none of them waits for anything that the next one could decide; so that those which follow are
only counted, until something else is asked of the server.
"""

from typing import Final

from harness.history.observations import Returned, Sent
from harness.oracle.blame import quiet
from harness.oracle.exchange import Standing
from harness.oracle.knowledge import Knowledge

SAID: Final = ("CHUNK-1", "CHUNK-2")
"""The requirements that an ordinary chunk keeps."""


def is_ordinary_chunk(known: Knowledge, sent: Sent, was: Standing, returned: Returned) -> bool:
    """Whether this is one, in a session that has not been silent for long. If so, `known` has taken it in."""
    body, fields, before = returned.body, known.profile.fields, was.before
    if before is None or not known.beliefs.is_still(before) or sent.key != "right":
        return False
    if not returned.accepted or returned.failure is not None:
        return False
    if not returned.is_json or type(body) is not dict or body.get(fields.start.expires_at) is not None:
        return False
    total = body.get(fields.received_bytes)
    if type(total) is not int or total != before.total + sent.size:
        return False
    if quiet(known, sent.at):  # else, the time to live is not over, or nobody knows it
        return False
    known.pushed.taken(sent, before.next)
    known.lifetime.fed(returned.at)
    known.beliefs.next_counted(before, sent, total)
    return True
