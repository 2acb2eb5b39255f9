"""What can go wrong, said so that it can be mended: where, what was found, what was expected, the next step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input.

    Attributes:
        where: File, line and key, or the cells of a table ("food_trade.toml, line 7, measure 2 (tariff), key 'sectors'").
        found: What stands there ("unknown sector 'foods'").
        expected: What would be right ("one of farming, food, machines").
        remedy: The next step, often a command ("Did you mean 'food'? List all: accord world show toy --sectors").
    """

    where: str
    found: str
    expected: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.found}." if self.where else f"{self.found}."]
        if self.expected:
            lines.append(f"  Expected: {self.expected}.")
        if self.remedy:
            lines.append(f"  {self.remedy}")
        return "\n".join(lines)


class AccordError(Exception):
    """Base of every error that accord raises on purpose; its text is written for the user.

    Attributes:
        faults: Every fault found, when the error lists several; empty for a single plain message.
    """

    exit_code = 1

    def __init__(self, message: str | Iterable[Fault]) -> None:
        if isinstance(message, str):
            self.faults: tuple[Fault, ...] = ()
            text = message
        else:
            self.faults = tuple(dict.fromkeys(message))  # what several shocks of a measure meet is one fault
            text = "\n\n".join(str(fault) for fault in self.faults)
        super().__init__(text)


class WorldError(AccordError):
    """The data of a World are wrong, missing, or cannot be read."""

    exit_code = 3


class ProgrammeError(AccordError):
    """A programme file, or its match with a World, is wrong."""

    exit_code = 4


class EngineError(AccordError):
    """An engine could not give a result that meets its own tests; the text says what to try."""

    exit_code = 5


class RecordError(AccordError):
    """A run record is missing, damaged, or does not reproduce."""

    exit_code = 6


def nearest(name: str, known: Iterable[str], *, limit: int = 3) -> str:
    """Return "Did you mean 'x'?" for the closest known spellings of `name`, or an empty string."""
    names = list(known)
    lowered = {candidate.lower(): candidate for candidate in names}
    close = get_close_matches(name.lower(), list(lowered), n=limit, cutoff=0.6)
    if not close:
        return ""
    return "Did you mean " + " or ".join(f"'{lowered[match]}'" for match in close) + "?"
