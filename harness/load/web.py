"""The form of Locust's web UI: what can't be run, or is none of its business, is refused before anything begins."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Flask, Response, jsonify, request
from flask_login import current_user  # type: ignore[import-untyped]  # it ships no types

from harness.errors import HarnessError, UsageError
from harness.load.options import HIDDEN

_NUMBERS: Final[Mapping[str, tuple[Callable[[str], float], str]]] = {
    "user_count": (int, "a whole number"),
    "spawn_rate": (float, "a number"),
    "seed": (int, "a whole number"),
}


def refuse_faulty_forms(app: Flask, check: Callable[[dict[str, Any]], object]) -> None:
    """Have `check` look at each form that is to start a run; the message of its `HarnessError` is shown in the page.

    Pages of other origins get no reply at all: Locust would let them start runs, and read everything.
    """

    @app.before_request
    def refuse() -> Response | tuple[Response, int] | None:
        origin = request.headers.get("Origin")
        if origin is not None and origin.partition("://")[2] != request.headers.get("Host"):
            return _refusal(
                f"a page of {origin} asked for this, and only the web UI's own may; "
                "a proxy before the web UI has to hand on the field Host as it came"
            ), 403
        if request.method != "POST" or not request.path.endswith("/swarm") or _is_stranger(app):
            return None
        form: dict[str, Any] = request.form.to_dict()
        try:
            _check_fields(form)
            check(form)
        except HarnessError as error:
            return _refusal(str(error))
        return None


def _refusal(message: str) -> Response:
    return jsonify({"success": False, "message": message})


def _is_stranger(app: Flask) -> bool:
    """Whether Locust is about to ask for a login."""
    return hasattr(app, "login_manager") and not current_user.is_authenticated


def _check_fields(form: Mapping[str, str]) -> None:
    # Locust takes every option out of a form, and not only those that its page shows.
    if hidden := sorted(HIDDEN & form.keys()):
        raise UsageError(f"{', '.join(hidden)}: no matter of the web UI; expected on the command line of locust")
    for name, (read, expected) in _NUMBERS.items():
        try:
            read(form.get(name, "0"))
        except ValueError:
            raise UsageError(f"{name} {form[name]!r}: expected {expected}") from None
