"""Tasks that ask at the same time are answered together, and none sees the others."""

from __future__ import annotations

import pytest

from accord.study.company import in_company


def _adding(numbers):
    def task(ask):
        return sum(ask(number) for number in numbers)

    return task


def test_what_is_asked_at_the_same_time_is_answered_together():
    rounds = []

    def doubled(questions):
        rounds.append(list(questions))
        return [2 * question for question in questions]

    tasks = [_adding([1, 2, 3]), _adding([]), _adding([10]), _adding([5, 6])]
    assert in_company(tasks, doubled) == [12, 0, 20, 22]
    assert rounds == [[1, 10, 5], [2, 6], [3]]
    assert in_company([], doubled) == []


def test_an_error_reaches_those_who_asked_and_no_others():
    def strict(questions):
        if 13 in questions:
            raise ValueError("unlucky")
        return questions

    def careful(ask):
        try:
            return ask(13)
        except ValueError as error:
            return str(error)

    def late(ask):
        with pytest.raises(ValueError, match="unlucky"):
            ask(1)
        return ask(2)

    assert in_company([careful, late], strict) == ["unlucky", 2]
    with pytest.raises(ValueError, match="unlucky"):
        in_company([_adding([13])], strict)
    with pytest.raises(ZeroDivisionError):
        in_company([lambda ask: ask(1) // 0, _adding([1, 2])], lambda questions: questions)
