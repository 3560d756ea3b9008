"""The document's requests, from the actions of a plan."""

from typing import Final

import msgspec

from harness.client.transport import Buffer, Request
from harness.contract.messages import API_KEY_HEADER
from harness.contract.profile import Profile
from harness.scenario.plan import Attach, Control, Key, Push, Start

_BOUNDARY: Final = "live-harness-7d5e3a9c41f04b62"
_TAIL: Final = f"\r\n--{_BOUNDARY}--\r\n".encode()
_FORM: Final = ("content-type", f"multipart/form-data; boundary={_BOUNDARY}")
_JSON: Final = ("content-type", "application/json")


class Requests:
    """Builds the requests of one session."""

    def __init__(self, key: str, profile: Profile) -> None:
        self._headers: dict[Key, tuple[tuple[str, str], ...]] = {
            "right": ((API_KEY_HEADER, key),),
            # As long as the right one, for servers that look no closer; but nothing like it, since it is no secret.
            "wrong": ((API_KEY_HEADER, ("x" if key.strip("x") else "y") * len(key)),),
            # For servers that compare the beginning. Where it is echoed, the right one is blotted out within it.
            "longer": ((API_KEY_HEADER, f"{key}x"),),
            "missing": (),
            "empty": ((API_KEY_HEADER, ""),),
        }
        self._chunk = (*self._headers["right"], _FORM)  # for nearly all of them
        self._profile = profile

    def start(self, target: str, action: Start) -> Request:
        """Recipe 1: a JSON body with `filename` and `goal`."""
        return self._post(target, action.key, _JSON, msgspec.json.encode(start_body(action)))

    def get(self, target: str) -> Request:
        """What is no part of a session."""
        return Request("GET", target, (*self._headers["right"],))

    def attach(self, target: str, action: Attach) -> Request:
        """Recipe 1: `Accept: text/event-stream`."""
        headers = (*self._headers[action.key], ("accept", "text/event-stream"), ("cache-control", "no-cache"))
        return Request("GET", target, headers)

    def control(self, target: str, action: Control) -> Request:
        """Recipe 3: a JSON body with `action`, and the reason of a cancel."""
        body = {"action": action.action}
        if action.reason is not None:
            body[self._profile.fields.cancel_reason] = action.reason
        return self._post(target, action.key, _JSON, msgspec.json.encode(body))

    def chunk(self, target: str, action: Push, audio: memoryview) -> Request:
        """Recipe 2: a form with the field `chunk_seq` and the file `chunk`."""
        piece = audio[action.begin : action.end]
        abort_after = None if action.abort is None else int(action.abort * len(piece))
        if action.malformed == "not-multipart":
            body: tuple[Buffer, ...] = (piece,)
            content = ("content-type", "application/octet-stream")
        else:
            body, content = (
                _form(chunk_seq(action), None if action.malformed == "no-file" else piece, action.seq),
                _FORM,
            )
        headers = self._chunk if action.key == "right" and content is _FORM else (*self._headers[action.key], content)
        return Request("POST", target, headers, body, abort_after, action.spread)

    def _post(self, target: str, key: Key, content: tuple[str, str], *body: Buffer) -> Request:
        return Request("POST", target, (*self._headers[key], content), body)


def start_body(action: Start) -> dict[str, str]:
    """The JSON object as it is sent."""
    fields = {"filename": action.filename, "goal": action.goal}
    return {name: value for name, value in fields.items() if value is not None}


def chunk_seq(action: Push) -> str | None:
    """The field's value as it is sent; None where it is left out."""
    match action.malformed:
        case "no-seq" | "not-multipart":
            return None
        case "text-seq":
            return "one"
        case "negative-seq":
            return "-1"
    return str(action.seq)


def _form(seq: str | None, piece: memoryview | None, name: int) -> tuple[Buffer, ...]:
    """The form's pieces (RFC 7578): what stands before the audio, the audio itself, and what follows it."""
    head = ""
    if seq is not None:
        head += f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="chunk_seq"\r\n\r\n{seq}\r\n'
    if piece is None:
        return (f"{head}--{_BOUNDARY}--\r\n".encode(),)
    head += (
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="chunk"; filename="chunk-{name}.bin"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    return head.encode(), piece, _TAIL
