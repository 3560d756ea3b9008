"""The other end of the measurements: a Live Capture API on one core, for thousands of sessions.

A process of its own: it prints its port, and lives until its standard input ends. `/counts` and `/book` (no key needed)
tell what it has seen, and what its knobs really did.
"""

import argparse
import asyncio
import itertools
import resource
import sys
from functools import partial

import uvloop
from knobs import Leisure, freeze_now_and_then
from sessions import Refused, Session
from wire import Connection
from workers import AtOnce, Workers

from harness.sandbox.settings import DEFAULT_KEY

BACKLOG = 4096


class Api:
    """All sessions, and the knobs."""

    def __init__(self, options, later):
        self.key = options.key.encode()
        self._analysts, self._clerks = (
            Workers(later, given) if given else AtOnce() for given in (options.analysis, options.ack_queue)
        )
        self._begin = partial(
            Session,
            later=later,
            hold=options.transcript_delay,
            analysts=self._analysts,
            over=self._over,
            listens=not options.quiet,
        )
        self._mutant = str(options.mutant_session)
        self._most, self._honest = options.admit, options.lies_beyond
        self._numbers = itertools.count(1)
        self._sessions = {}
        self._chunks = self._open = self._refused = self._lies = 0
        self._leisure = Leisure(later, options.ack_delay) if options.ack_delay else None
        if options.freeze:
            freeze_now_and_then(later, options.freeze)

    def start(self):
        """Begin a session."""
        if self._open >= self._most:
            self._refused += 1
            raise Refused(503, f"there are {self._open} sessions, and no room for more")
        session = self._begin(next(self._numbers))
        self._sessions[session.id.encode()] = session
        self._open += 1
        return session

    def _over(self):
        self._open -= 1

    def find(self, name):
        """The session of a URL."""
        session = self._sessions.get(name)
        if session is None:
            raise Refused(404, "there is no such session")
        return session

    def answer(self, since, reply, session, ack):
        """Reply to a chunk that was there at `since`; the mutant session lacks a byte from its third one on."""
        self._chunks += 1
        if (session.id == self._mutant and ack["chunk_seq"] > 1) or self._open > self._honest:
            self._lies += 1
            ack["received_bytes"] -= 1
        if self._leisure is None:
            self._clerks.take(partial(reply, ack))
        else:
            self._leisure(since, reply, ack)

    def told(self, target):
        """About itself."""
        match target:
            case b"/counts":
                cpu = resource.getrusage(resource.RUSAGE_SELF)
                attached = sum(session.is_attached for session in self._sessions.values())
                return {
                    "started": len(self._sessions),
                    "attached": attached,
                    "chunks": self._chunks,
                    "cpu": cpu.ru_utime + cpu.ru_stime,
                }
            case b"/book":
                return {
                    "delays": self._leisure.taken if self._leisure else [],
                    "analysis": self._analysts.book,
                    "acks": self._clerks.book,
                    "open": self._open,
                    "refused": self._refused,
                    "lies": self._lies,
                }
        raise Refused(404, "there is nothing here")


def flags():
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--key", default=DEFAULT_KEY, help="the only one that it takes")
    acks = parser.add_mutually_exclusive_group().add_argument
    acks("--ack-delay", metavar="DISTRIBUTION", help="in seconds: fixed:S, uniform:LEAST,MOST, lognormal:MEDIAN,SIGMA")
    acks("--ack-queue", metavar="COUNTxS", help="workers, each busy so long with each ack; first come, first served")
    add("--analysis", metavar="COUNTxS", help="the same of chunks, before what is said in them is told")
    add("--admit", type=int, default=sys.maxsize, metavar="N", help="so many sessions at once; 503 for one more")
    add("--lies-beyond", type=int, default=sys.maxsize, metavar="N", help="with more at once, acks lack a byte")
    add("--freeze", metavar="LASTING/EVERY", help="stand still, such as 3/20: for 3 seconds in every 20")
    add("--transcript-delay", type=float, default=0.0, metavar="S", help="from the chunk that completes an utterance")
    add("--quiet", action="store_true", help="nobody is heard in the audio: no results")
    add("--mutant-session", type=int, default=0, metavar="N", help="the N-th one to start counts a byte too few")
    return parser.parse_args()


async def main():
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    api = Api(flags(), loop.call_later)
    server = await loop.create_server(lambda: Connection(api), "127.0.0.1", 0, backlog=BACKLOG)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    loop.add_reader(sys.stdin, over.set)
    await over.wait()


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    uvloop.run(main())
