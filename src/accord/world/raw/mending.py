"""Faults of a table that somebody brings, and the named fixes that its owner may ask for; nothing is mended unasked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from accord.errors import Fault, WorldError, nearest

FIXES: dict[str, str] = {
    "transpose": "rows and columns change places",
    "merge-repeated": "rows and columns with one label are added together",
    "blank-is-zero": "blank and infinite cells become zero",
    "drop-unlabelled": "rows without a label are left out, and what they hold with them",
    "missing-is-zero": "labels that only some rows name trade nothing where nothing is said",
    "scale-units": "all amounts are multiplied by the power of 1,000 that brings value added nearest to GDP",
    "accept-units": "amounts stay as they are, in USD million",
    "zero-negative-inputs": "negative inputs become zero",
    "settle-negative-demand": (
        "negative final purchases are set against other uses of the same flow, then against other final sales of the producer"
    ),
    "output-from-rows": "recorded totals are set aside: output is the sum of the rows, value added what the columns leave",
    "rebalance": "flows are balanced (RAS) to recorded output and value added",
    "drop-idle-sectors": "inputs of sectors that sell nothing become household purchases of the same products",
    "lower-inputs": "inputs above 98 % of output, taxes included, become final purchases of the same product",
    "absolute-elasticities": "trade elasticities lose their sign",
    "inverse-elasticities": "trade elasticities below one are read as 1/theta",
    "tariffs-in-per-cent": "tariffs are divided by 100",
    "no-home-tariff": "tariffs of a region on itself become zero",
    "assume-sectors": "sectors that accord does not know are goods with a trade elasticity of 5, by assumption",
    "implied-balances": "trade balances follow from the shares; recorded ones are set aside",
    "normalise-shares": "shares are divided by their sum",
}
"""Name of each fix and what it does, in the order in which fixes are done."""


@dataclass
class Mending:
    """What the owner of a table accepts, what was found, and what was done about it.

    Attributes:
        where: The table in messages: its file.
        wanted: Names of the fixes asked for.
        faults: Faults that no fix asked for mends.
        steps: What was done, one sentence a step, for the provenance.
    """

    where: str
    wanted: frozenset[str] = frozenset()
    faults: list[Fault] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    @classmethod
    def asked_for(cls, where: str, names: Iterable[str]) -> Mending:
        """Return a mending with these fixes, or say which of them does not exist."""
        wanted = list(names)
        unknown = [name for name in wanted if name not in FIXES]
        if unknown:
            raise WorldError(
                Fault(
                    "option --fix",
                    f"no fix is called '{name}'",
                    f"one of: {', '.join(FIXES)}",
                    nearest(name, FIXES),
                )
                for name in unknown
            )
        return cls(where, frozenset(wanted))

    def accepts(self, fix: str, fault: Fault, *others: str) -> bool:
        """Return whether `fix` was asked for, with its step noted; otherwise the fault is noted.

        Args:
            fix: Name of the fix.
            fault: What it mends.
            others: Other fixes that the remedy names too; whether one of them was asked for is the caller's to ask.
        """
        if fix in self.wanted:
            self.steps.append(f"Fix {fix} ({FIXES[fix]}): {fault.found}.")
            return True
        ways = "; or ".join(f"--fix {name}: {FIXES[name]}" for name in (fix, *others))
        self.faults.append(replace(fault, remedy=f"{fault.remedy} To accept it: {ways}.".strip()))
        return False

    def refuse(self, fault: Fault) -> None:
        """Note a fault that no fix mends."""
        self.faults.append(fault)

    def stop_on_faults(self) -> None:
        """Raise one error that lists every fault, when there is one."""
        if self.faults:
            raise WorldError(self.faults)

    def at(self, place: str) -> str:
        """Return a place of the table for messages."""
        return f"{self.where}, {place}" if place else self.where
