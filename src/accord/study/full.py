"""The questions that `accord run --full` answers beside the verdict, in the order in which they are shown.

A new question is one module with a function that takes a prepared study and gives an `Answer`, and one line in `QUESTIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import NamedTuple

from accord.errors import AccordError, nearest
from accord.study.prepare import Prepared
from accord.tables import Table

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, steps done, steps in all)."""


class Answer(NamedTuple):
    """What a question gives.

    Attributes:
        tables: Tables that the outcome takes over; their names begin with the question's.
        sentences: The answer for readers, one sentence each, most important first.
    """

    tables: tuple[Table, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One question about a programme.

    Attributes:
        name: Name in tables and in `--json`.
        title: The question as readers see it.
        target: "module:function" of the function that answers it: (Prepared, Progress) -> Answer.
    """

    name: str
    title: str
    target: str

    def ask(self, prepared: Prepared, progress: Progress) -> Answer:
        """Return the answer."""
        module, function = self.target.split(":")
        return getattr(import_module(module), function)(prepared, progress)


QUESTIONS: tuple[Question, ...] = (
    Question("odds", "How surely does each partner gain?", "accord.study.odds:answer"),
    Question("attribution", "Which measure gives what to whom?", "accord.study.attribution:answer"),
    Question(
        "projects", "What do import-substituting projects cost and bring?", "accord.study.projects:answer"
    ),
    Question("effects", "What does each measure do to budgets and trade?", "accord.study.effects:answer"),
    Question("delay", "What does a year of delay cost whom?", "accord.study.delay:answer"),
    Question("nearest", "What would make every partner gain?", "accord.study.bargaining:answer"),
)
"""Every question by its place in the outcome."""


def ask(
    prepared: Prepared, names: Iterable[str] | None = None, progress: Progress | None = None
) -> dict[str, Answer]:
    """Return the answer of each question by name: all of them, or those of `names`, in the order of `QUESTIONS`."""
    known = [question.name for question in QUESTIONS]
    wanted = set(known if names is None else names)
    unknown = sorted(wanted - set(known))
    if unknown:
        raise AccordError(
            f"no question '{unknown[0]}'. {nearest(unknown[0], known)} There are: {', '.join(known)}."
        )
    tell = progress or (lambda *_: None)
    return {question.name: question.ask(prepared, tell) for question in QUESTIONS if question.name in wanted}
