"""The life of a session, as one transition table.

Rows are the states that the document lets a client tell apart; columns are what can happen to a session. A cell is
the next state, `REFUSED` where the document (or its plain sense) has the server turn the request down, or `SILENT`
where it says nothing and servers may differ.
"""

from enum import Enum


class State(Enum):
    """Where a session stands."""

    INGESTING = "ingesting"  # takes chunks
    PROCESSING = "processing"  # finalized; the pipeline finishes
    COMPLETED = "completed"  # `done` was sent
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Happening(Enum):
    """What can happen to a session."""

    CHUNK = "chunk"
    KEEPALIVE = "keepalive"
    FINALIZE = "finalize"
    CANCEL = "cancel"
    EXPIRY = "expiry"
    DRAINED = "drained"  # the pipeline has finished


class Answer(Enum):
    """A cell of the table that is no state."""

    REFUSED = "refused"
    SILENT = "silent"


_S, _H, _A = State, Happening, Answer

TRANSITIONS: dict[State, dict[Happening, State | Answer]] = {
    _S.INGESTING: {
        _H.CHUNK: _S.INGESTING,  # "Push audio chunk"
        _H.KEEPALIVE: _S.INGESTING,  # "extends the TTL"
        _H.FINALIZE: _S.PROCESSING,  # "stops chunk ingestion and lets the pipeline finish"
        _H.CANCEL: _S.CANCELLED,  # "tears down the session"
        _H.EXPIRY: _S.EXPIRED,
        _H.DRAINED: _A.SILENT,
    },
    _S.PROCESSING: {
        _H.CHUNK: _A.REFUSED,  # "rejects late chunks after finalize"
        _H.KEEPALIVE: _A.SILENT,
        _H.FINALIZE: _A.SILENT,
        _H.CANCEL: _A.SILENT,
        _H.EXPIRY: _A.SILENT,
        _H.DRAINED: _S.COMPLETED,
    },
    **{
        over: {
            _H.CHUNK: _A.REFUSED,
            _H.KEEPALIVE: _A.SILENT,
            _H.FINALIZE: _A.SILENT,
            _H.CANCEL: _A.SILENT,
            _H.EXPIRY: _A.SILENT,
            _H.DRAINED: _A.SILENT,
        }
        for over in (_S.COMPLETED, _S.CANCELLED, _S.EXPIRED)
    },
}


def after(state: State, happening: Happening) -> State | Answer:
    """The cell of the table."""
    return TRANSITIONS[state][happening]
