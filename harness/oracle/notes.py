"""What was observed where the document is silent: requirement, question, answer, and how often. Mergeable."""

from typing import Final

Notes = dict[str, dict[str, dict[str, int]]]
"""By the id of a requirement, the slug of a question (`harness.contract.questions`), and the answer."""

MOST: Final = 8
"""Different answers to a question that are told apart."""
OTHERS: Final = "other answers"


def take_note(notes: Notes, requirement: str, question: str, answer: str, count: int = 1) -> None:
    """Add an answer, `count` times."""
    answers = notes.setdefault(requirement, {}).setdefault(question, {})
    if answer not in answers and len(answers) >= MOST:
        answer = OTHERS
    answers[answer] = answers.get(answer, 0) + count


def merge_notes(ours: Notes, theirs: Notes) -> None:
    """Add the answers of `theirs` to `ours`."""
    for requirement, questions in theirs.items():
        for question, answers in questions.items():
            for answer, count in answers.items():
                take_note(ours, requirement, question, answer, count)
