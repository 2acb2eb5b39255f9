"""Runs several tasks that ask questions on their way, and answers together what they ask at the same time.

A task is an ordinary function that asks and goes on with the answer; it does not see the others. Each runs on a thread of its own, of
which one at a time works: when all that still run have asked, all are answered at once. So answers come in the same order every time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Condition
from typing import Generic, TypeVar

Question = TypeVar("Question")
Answer = TypeVar("Answer")
Result = TypeVar("Result")


def in_company(
    tasks: Sequence[Callable[[Callable[[Question], Answer]], Result]],
    answer: Callable[[Sequence[Question]], Sequence[Answer]],
) -> list[Result]:
    """Return the result of each task; what the first of them raises is raised when all have ended.

    Args:
        tasks: Each is given a function that answers a question.
        answer: Answers questions of several tasks, in their order; what it raises is raised in every task that waits.
    """
    if not tasks:
        return []
    meeting = _Meeting(len(tasks), answer)
    with ThreadPoolExecutor(len(tasks), thread_name_prefix="accord-company") as pool:
        running = [pool.submit(meeting.attend, number, task) for number, task in enumerate(tasks)]
        meeting.hold()
        return [one.result() for one in running]


class _Meeting(Generic[Question, Answer]):
    """Tasks that have asked and wait, by number, and what they are told."""

    def __init__(self, tasks: int, answer: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        self._running, self._answer = tasks, answer
        self._changed = Condition()
        self._asked: dict[int, Question] = {}
        self._told: dict[int, Answer] = {}
        self._failed: dict[int, BaseException] = {}

    def attend(self, number: int, task: Callable[[Callable[[Question], Answer]], Result]) -> Result:
        """Run one task to its end."""
        try:
            return task(lambda question: self._ask(number, question))
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def _ask(self, number: int, question: Question) -> Answer:
        with self._changed:
            self._asked[number] = question
            self._changed.notify_all()
            self._changed.wait_for(lambda: number in self._told or number in self._failed)
            if number in self._failed:
                raise self._failed.pop(number)
            return self._told.pop(number)

    def hold(self) -> None:
        """Answer until no task is left."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: len(self._asked) == self._running)
                if not self._running:
                    return
                numbers = sorted(self._asked)
                questions = [self._asked.pop(number) for number in numbers]
            try:
                answers = dict(zip(numbers, self._answer(questions), strict=True))
            except BaseException as error:  # noqa: BLE001 - raised again, where it was asked
                with self._changed:
                    self._failed.update(dict.fromkeys(numbers, error))
                    self._changed.notify_all()
                continue
            with self._changed:
                self._told.update(answers)
                self._changed.notify_all()
