"""Counts that are published about a programme as a whole: `[[published_count]]` tables.

Such programmes are tracked by the share of measures done, and parties publish different shares of the same whole. They stand on
record here, each with its day and source, beside what the file's own measures come to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import BaseModel

from accord.programme.estimate import Within
from accord.programme.fields import Day, Text
from accord.programme.measures.base import SETTINGS
from accord.programme.problems import Problem

_COUNT = Within(0, 1_000_000, "a number of measures")


class PublishedCount(BaseModel):
    """How much of the programme one party says is done."""

    model_config = SETTINGS

    by: Text
    """Who counts: a party, or a body and its country."""
    of: Text
    """What is counted, such as "28 Union programmes, 2021-23": parties may count different wholes."""
    date: Day | None = None
    """Day on which it was said."""
    measures: Annotated[int, _COUNT] | None = None
    """Measures counted in all."""
    done: Annotated[int, _COUNT] | None = None
    """Measures said to be done; needs `measures`."""
    overdue: Annotated[int, _COUNT] | None = None
    """Measures said to be overdue."""
    done_pct: Annotated[float, Within(0, 100, "per cent of the measures")] | None = None
    """Share said to be done, %; where the numbers of measures are not published."""
    source: Text
    """Where it is published."""

    @property
    def share_done_pct(self) -> float:
        """Share said to be done, %."""
        if self.done is not None and self.measures:
            return 100.0 * self.done / self.measures
        return float("nan") if self.done_pct is None else self.done_pct


def count_problems(counts: Sequence[PublishedCount]) -> Iterator[Problem]:
    """Yield what is wrong between the keys of published counts."""
    for index, count in enumerate(counts):
        for problem in _of_count(count):
            yield problem.below("published_count", index)


def _of_count(count: PublishedCount) -> Iterator[Problem]:
    if (count.done is None) == (count.done_pct is None):
        yield Problem(
            ("done",),
            "not exactly one of `done` and `done_pct` is given",
            "how much is said to be done: one of the two",
        )
    elif count.done is not None and not count.measures:
        yield Problem(
            ("measures",),
            "the key is missing" if count.measures is None else "0 measures, and some of them done",
            "the number of measures of which `done` are done",
        )
    if count.measures is not None:
        for name in ("done", "overdue"):
            number = getattr(count, name)
            if number is not None and number > count.measures:
                yield Problem((name,), f"{number} of {count.measures} measures", "no more than all of them")
