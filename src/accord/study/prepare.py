"""A programme matched with a World and calibrated: what every question about it (run, attribution, odds, delay) starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from accord.adapters import equilibrium as adapter
from accord.errors import Fault, ProgrammeError
from accord.programme import Programme
from accord.programme.measures import ImportSubstitution, NuclearPlant
from accord.programme.model import ModelOptions
from accord.shocks import PurchaseShock, Shock, SupportShock
from accord.study.check import Checked, check_programme, match_shocks
from accord.study.resolve import Support, markets_of, solved_supports
from accord.study.support_gaps import beyond_the_product, disagreements
from accord.study.support_search import Nearby
from accord.world import World

if TYPE_CHECKING:
    import numpy as np

    from accord.engines.equilibrium import Equilibrium


class Consuming(Protocol):
    """What welfare is read from: an equilibrium, however it was solved."""

    @property
    def household_consumption(self) -> np.ndarray:
        """At base prices (n,), USD million."""
        ...


@dataclass(frozen=True)
class Prepared:
    """A programme on a World, calibrated for the long-run engine.

    Attributes:
        programme: What is proposed.
        checked: Its shocks in the World's labels, with notes and partners.
        model: The World calibrated so that every shock of the programme can act.
        supports: What was solved for (`study.resolve`).
        under_context: The equilibrium under the context alone, where it is known already.
        near: Where the search for supports ended, for searches like it; None without one.
    """

    programme: Programme
    checked: Checked
    model: adapter.Model
    supports: tuple[Support, ...] = ()
    under_context: Equilibrium | None = field(default=None, repr=False, compare=False)
    near: Nearby | None = field(default=None, repr=False, compare=False)

    @property
    def world(self) -> World:
        """The data."""
        return self.model.world

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of the decisions that make shocks, in the programme's order."""
        return tuple(dict.fromkeys(shock.measure for shock in self.checked.decisions))

    def shocks(self, intensity: Mapping[str, float] | None = None) -> tuple[Shock, ...]:
        """Return the context in full and each decision at its intensity.

        Args:
            intensity: How much of each decision is in effect, 0 nothing and 1 all, by id; what is not named is 1. None means all in
                full; `{}` too. Use `dict.fromkeys(prepared.measures, 0.0)` for the context alone.
        """
        chosen = intensity or {}
        weighted = (shock.weighted(chosen.get(shock.measure, 1.0)) for shock in self.checked.decisions)
        return (*self.checked.context, *(shock for shock in weighted if shock.weight != 0.0))

    def solve(self, intensity: Mapping[str, float] | None = None) -> Equilibrium:
        """Return the equilibrium under the context and each decision at its intensity (see `shocks`)."""
        return self.model.solve(self.shocks(intensity))

    @cached_property
    def context_alone(self) -> Equilibrium:
        """The baseline of every verdict: base data and context (METHODS section 1)."""
        return self.under_context or self.model.solve(self.checked.context)

    @cached_property
    def everything(self) -> Equilibrium:
        """Context and all decisions in full."""
        return self.solve()

    def welfare(self, state: Consuming) -> np.ndarray:
        """Household equivalent variation of `state` against the context alone, USD million of the base year, by region (n,)."""
        return state.household_consumption - self.context_alone.household_consumption

    def position(self, region: str) -> int:
        """Position of a region of the World on arrays over regions."""
        return self.world.regions.index(region)


def prepare(
    programme: Programme, world: World, choices: ModelOptions | None = None, *, guided: bool | None = None
) -> Prepared:
    """Match `programme` with `world` and calibrate; raise a `ProgrammeError` that lists every fault.

    Args:
        programme: What is proposed.
        world: The data.
        choices: Options of the long-run engine; the programme's own `[model]` by default.
        guided: Whether so many equilibria will be asked for that it pays to foretell them (`engines.equilibrium.guide`); by default
            where supports are searched for, which takes a dozen.
    """
    checked = check_programme(programme, world)
    _refuse_what_no_engine_takes(checked)
    everything = (*checked.context, *checked.decisions)
    choices = choices or programme.model
    _refuse_learning_beside_scale(programme, checked, world, choices)
    searched = bool(markets_of(everything))
    model = adapter.build_model(
        world,
        everything,
        choices,
        also_paid_by=_payers_of_phases(programme, world),
        guide="own" if (searched if guided is None else guided) else None,
    )
    context = None
    if searched and not markets_of(checked.context):  # its own supports would have to be found first
        context = model.solve(checked.context)  # where the search begins
    checked, supports, near = solved_supports(model, checked, context=context)
    if faults := list(beyond_the_product(programme.measures, supports)):
        raise ProgrammeError(faults)
    warned = tuple(disagreements(model, programme.measures, supports))
    checked = replace(checked, notes=(*checked.notes, *warned))
    return Prepared(programme, checked, model, supports, context, near)


def _payers_of_phases(programme: Programme, world: World) -> tuple[str, ...]:
    """Payers of purchases in phases that tables show beside the run, so that all its equilibria have one shape."""
    built = [
        shock
        for measure in programme.measures
        if isinstance(measure, NuclearPlant) and measure.status != "dropped"
        for shock in measure.construction_shocks()
    ]
    matched = match_shocks(programme, world, built)
    return tuple(shock.payer for shock in matched if isinstance(shock, PurchaseShock))


def _refuse_learning_beside_scale(
    programme: Programme, checked: Checked, world: World, choices: ModelOptions
) -> None:
    """Learning and economies of scale in one sector would count the same fall of cost twice (METHODS section 9)."""
    if not (choices.scale or choices.scale_theta):
        return
    named = ", ".join(
        f"{name} = {getattr(choices, name):g}" for name in ("scale", "scale_theta") if getattr(choices, name)
    )
    kinds = dict(zip(world.sectors, world.data["sector_kind"].to_numpy(), strict=True))
    learns = {
        measure.id
        for measure in programme.measures
        if isinstance(measure, ImportSubstitution) and measure.learning
    }
    faults = [
        Fault(
            where=f"measure '{shock.measure}', learning",
            found=f"it learns, and [model] gives its sector economies of scale ({named})",
            expected="either learning or economies of scale in one sector",
            remedy="delete `learning`, or that key under [model]",
        )
        for shock in (*checked.context, *checked.decisions)
        if isinstance(shock, SupportShock)
        and shock.measure in learns
        and any(str(kinds[sector]) in {"goods", "energy"} for sector in shock.flows.sectors or ())
    ]
    if faults:
        raise ProgrammeError(dict.fromkeys(faults))


def _refuse_what_no_engine_takes(checked: Checked) -> None:
    """A measure that no engine of the run accepts is an error, never dropped (DESIGN section 4)."""
    faults = [
        Fault(
            where=f"measure '{shock.measure}'",
            found=f"no engine of this run can represent its {type(shock).__name__}",
            expected="a measure that the equilibrium engine takes",
            remedy="take the measure out, or see docs/reference/measures.md for what each engine takes",
        )
        for shock in (*checked.context, *checked.decisions)
        if not adapter.accepts(shock)
    ]
    if faults:
        raise ProgrammeError(faults)
