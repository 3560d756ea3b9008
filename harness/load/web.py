"""The form of Locust's web UI: what can't be run is refused before anything begins."""

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, jsonify, request

from harness.errors import HarnessError, UsageError


def refuse_faulty_forms(app: Flask, check: Callable[[dict[str, Any]], object]) -> None:
    """Have `check` look at each form that is to start a run; the message of its `HarnessError` is shown in the page."""

    @app.before_request
    def refuse() -> Response | None:
        if request.method != "POST" or not request.path.endswith("/swarm"):
            return None
        form: dict[str, Any] = request.form.to_dict()
        try:
            _check_seed(form.get("seed", "0"))
            check(form)
        except HarnessError as error:
            return jsonify({"success": False, "message": str(error)})
        return None


def _check_seed(text: str) -> None:
    if not text.removeprefix("-").isdecimal():
        raise UsageError(f"seed {text!r}: expected a whole number")
