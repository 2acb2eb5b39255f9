"""Levers of a programme matched with its World: what each moves, between which bounds, and who decides on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from accord.errors import Fault, ProgrammeError
from accord.programme.labels import members
from accord.programme.lever import INTENSITY, is_timing, value_in
from accord.study.prepare import Prepared

if TYPE_CHECKING:
    from accord.programme.lever import Lever


@dataclass(frozen=True)
class Handle:
    """One lever, matched with the World.

    Attributes:
        id: Short name.
        title: For readers.
        unit: Unit of its values.
        low: Lowest value.
        high: Highest value.
        now: Value in the programme as written; 0 for a transfer.
        owners: Regions that decide on it.
        measure: Decision that it moves; empty for a transfer.
        keys: Way to the number inside it; ("intensity",) for how much of it is taken.
        transfer: (payer, recipient) of a transfer.
        source: Where the bounds come from.
    """

    id: str
    title: str
    unit: str
    low: float
    high: float
    now: float
    owners: tuple[str, ...]
    measure: str = ""
    keys: tuple[str, ...] = ()
    transfer: tuple[str, str] | None = None
    source: str = ""

    @property
    def range(self) -> float:
        """Width of its bounds."""
        return self.high - self.low

    def value(self, x: float) -> float:
        """Value at the share `x` of its range."""
        return self.low + self.range * x

    @property
    def is_intensity(self) -> bool:
        """Whether it says how much of a decision is taken."""
        return self.keys == (INTENSITY,)

    @property
    def is_timing(self) -> bool:
        """Whether it says when a decision acts."""
        return is_timing(self.keys)

    @property
    def of(self) -> str:
        """What it moves, as the programme writes it."""
        return ".".join((self.measure, *self.keys))


def handles_of(prepared: Prepared) -> tuple[tuple[Handle, ...], bool]:
    """Return the levers of a programme matched with its World, and whether they are the default ones.

    A programme without levers gets one for each decision: how much of it is taken.
    """
    programme = prepared.programme
    if programme.levers:
        return tuple(_handle(prepared, lever) for lever in programme.levers), False
    partners = prepared.checked.partners
    titles = {measure.id: measure.title for measure in programme.measures}
    return tuple(
        Handle(
            id=name,
            title=f"How much of it is taken: {titles[name]}",
            unit="share",
            low=0.0,
            high=1.0,
            now=1.0,
            owners=partners,
            measure=name,
            keys=(INTENSITY,),
            source="default lever: no [[lever]] in the programme",
        )
        for name in prepared.measures
    ), True


def _handle(prepared: Prepared, lever: Lever) -> Handle:
    programme = prepared.programme
    owners = _parties(prepared, lever.owner or ("partners",), f"lever '{lever.id}', owner")
    plain = {
        "id": lever.id,
        "title": lever.title or lever.id,
        "unit": lever.shown_unit,
        "low": lever.low,
        "high": lever.high,
        "owners": owners,
        "source": lever.source or "no source stated",
    }
    if lever.transfer is not None:
        ends = [
            _parties(prepared, (name,), f"lever '{lever.id}', transfer")
            for name in (lever.transfer.payer, lever.transfer.recipient)
        ]
        if any(len(end) != 1 for end in ends) or ends[0] == ends[1]:
            raise ProgrammeError(
                f"lever '{lever.id}': a transfer goes from one region to another one; "
                f"found {lever.transfer.payer} and {lever.transfer.recipient}"
            )
        return Handle(**plain, now=max(lever.low, 0.0), transfer=(ends[0][0], ends[1][0]))
    name, *keys = lever.parts
    measure = next(one for one in programme.measures if one.id == name)
    return Handle(**plain, now=value_in(measure, keys), measure=name, keys=tuple(keys))


def _parties(prepared: Prepared, names: Sequence[str], where: str) -> tuple[str, ...]:
    """Regions of the World that names of the file stand for."""
    programme = prepared.programme
    groups = {**programme.groups.regions, "partners": programme.partners}
    world = prepared.world
    home = {
        code: region
        for region, codes in zip(world.regions, world.data["region_members"].to_numpy(), strict=True)
        for code in str(codes).split()
    }
    found = [home.get(code, code) for code in members(names, groups)]
    unknown = [code for code in found if code not in world.regions]
    if unknown:
        raise ProgrammeError(
            [
                Fault(
                    where,
                    f"unknown region '{unknown[0]}'",
                    f"a region of World '{world.name}' or a group of the file",
                    f"List all names with: accord world show {world.name} --regions",
                )
            ]
        )
    return tuple(dict.fromkeys(found))
