"""Shares draws out among those who solve them: blocks of numbers go to whoever is free, be it a process or a thread of this one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from accord.engines.equilibrium.chord_solve import COLUMNS

AHEAD = 2
"""Blocks that each has in hand while there are many: one that is done goes on with the next at once. The last ones go to those who are
free."""
SHARES = 2
"""Of what is left, a block is at most one part in this many for each: one that is done should not wait long for the others."""
FEWEST = 16
"""Draws that a block has at least, where so many of a kind are left."""


@dataclass(frozen=True, eq=False)
class Hands:
    """Several who solve alike: processes of one pool, or threads.

    Attributes:
        count: How many they are.
        submit: Has them solve a block of numbers.
        finished: Called with each number and what they found.
    """

    count: int
    submit: Callable[[Sequence[int]], Future[Any]]
    finished: Callable[[int, Any], None]


def blocks_of(
    numbers: Sequence[int], hands: int, together: int, kind: Callable[[int], int]
) -> list[Sequence[int]]:
    """Return numbers in blocks of one kind; the last are small, so that all end together.

    Args:
        numbers: Numbers of draws.
        hands: How many there are to solve them.
        together: Most draws of a block.
        kind: What draws of one block have in common.
    """
    kinds: dict[int, list[int]] = {}
    for number in numbers:
        kinds.setdefault(kind(number), []).append(number)
    blocks: list[Sequence[int]] = []
    left = len(numbers)
    for own in kinds.values():
        begin = 0
        while begin < len(own):
            size = min(together, max(FEWEST, -(-left // (SHARES * hands))))
            rest = len(own) - begin
            size = _in_columns(-(-rest // -(-rest // size)), together)  # alike, so that no block is a crumb
            blocks.append(own[begin : begin + size])
            left -= len(blocks[-1])
            begin += size
    return blocks


def _in_columns(size: int, most: int) -> int:
    """A number of draws, filled up to whole columns of what is solved side by side."""
    return min(size + -size % COLUMNS, max(most, 1))


def share_out(hands: Sequence[Hands], blocks: Sequence[Sequence[int]]) -> None:
    """Have every block solved; on an interrupt, those that are begun, and then stop.

    A process that is killed, for want of memory perhaps, takes the others of its pool with it: their blocks go to the other hands.

    Args:
        hands: Who solves; the first are served first, and the last must not be processes.
        blocks: Numbers of draws.
    """
    queue, at_work = deque(blocks), list(hands)
    waiting: dict[Future[Any], tuple[Hands, Sequence[int]]] = {}
    taken: set[int] = set()

    def hand_out() -> None:
        for own in tuple(at_work):
            try:
                while queue and _in_hand(own, waiting) < own.count * (
                    AHEAD if len(queue) > AHEAD * sum(one.count for one in at_work) else 1
                ):
                    future = own.submit(queue[0])
                    waiting[future] = own, queue.popleft()
            except BrokenProcessPool:
                at_work.remove(own)

    def take(future: Future[Any]) -> None:
        own, block = waiting[future]
        for number, result in zip(block, future.result(), strict=True):
            if number not in taken:  # an interrupt may come in the middle of a block
                own.finished(number, result)
                taken.add(number)
        del waiting[future]

    try:
        hand_out()
        while waiting:
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                try:
                    take(future)
                except BrokenProcessPool:
                    own, block = waiting.pop(future)
                    queue.appendleft(block)
                    if own in at_work:
                        at_work.remove(own)
            hand_out()
    except KeyboardInterrupt:
        begun = [future for future in waiting if not future.cancel()]
        for future in begun:
            with suppress(BrokenProcessPool):
                take(future)
        raise
    finally:
        for future in waiting:
            future.cancel()


def _in_hand(own: Hands, waiting: dict[Future[Any], tuple[Hands, Sequence[int]]]) -> int:
    return sum(hands is own for hands, _ in waiting.values())
