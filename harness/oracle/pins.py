"""Answers to open questions, held against those that the deployment's profile pins."""

from harness.contract.catalogue import load_catalogue
from harness.contract.profile import Profile
from harness.contract.questions import load_questions
from harness.oracle.verdicts import Outcome, failed, passed


def against_pin(profile: Profile, question: str, answer: str) -> Outcome | None:
    """What the answer is, if one is pinned. A pin may be the first words of an answer: `409` stands for `409 JSON`."""
    pin = profile.pins.get(question)
    if pin is None:
        return None
    asked = load_questions()[question]
    if not f"{answer} ".startswith(f"{pin} "):
        return failed(asked.requirement, f"{pin!r}, which pins.{question} has for: {asked.text}", f"{answer!r}")
    # A requirement that a check judges is not kept by an answer alone.
    is_open = load_catalogue().find(asked.requirement).tier == "open"
    return passed(asked.requirement) if is_open else None
