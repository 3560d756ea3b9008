"""What was observed where the document is silent: requirement, question, answer, and how often. Mergeable."""

from typing import Final

from harness.contract.questions import load_questions

Notes = dict[str, dict[str, dict[str, int]]]
"""By the id of a requirement, the slug of a question (`harness.contract.questions`), and the answer."""

Answers = dict[tuple[str, str], int]
"""The same of one session: by a question's slug and the answer."""

MOST: Final = 8
"""Different answers to a question that are told apart."""
OTHERS: Final = "other answers"


def take_note(notes: Notes, requirement: str, question: str, answer: str, count: int = 1) -> None:
    """Add an answer, `count` times."""
    answers = notes.setdefault(requirement, {}).setdefault(question, {})
    if answer not in answers and len(answers) >= MOST:
        answer = OTHERS
    answers[answer] = answers.get(answer, 0) + count


def take_answer(answers: Answers, question: str, answer: str) -> None:
    """Add an answer of one session."""
    key = question, answer
    if key not in answers and len(answers) >= MOST and sum(asked == question for asked, _ in answers) >= MOST:
        key = question, OTHERS
    answers[key] = answers.get(key, 0) + 1


def take_answers(notes: Notes, answers: Answers) -> None:
    """Add those of one session."""
    questions = load_questions()
    for (question, answer), count in answers.items():
        take_note(notes, questions[question].requirement, question, answer, count)


def merge_notes(ours: Notes, theirs: Notes) -> None:
    """Add the answers of `theirs` to `ours`."""
    for requirement, questions in theirs.items():
        for question, answers in questions.items():
            for answer, count in answers.items():
                take_note(ours, requirement, question, answer, count)
