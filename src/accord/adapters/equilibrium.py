"""A World and the shocks of a run to a calibrated model of `engines.equilibrium`; its results to frames in `equilibrium_frames`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np

from accord.adapters.equilibrium_base import (
    features_of_run,
    groups_told_apart,
    ordered_uses,
    payers_of,
    use_groups,
)
from accord.adapters.equilibrium_frames import (
    decomposition_frame,
    employment_frame,
    region_frame,
    sector_frame,
    trade_frame,
)
from accord.adapters.equilibrium_refusals import refuse_cut_off_users, refuse_impossible_accounts
from accord.adapters.equilibrium_scenario import accepts, scenario_of
from accord.adapters.equilibrium_wedges import BaseWedges
from accord.adapters.index import UseGroups, flow_mask, positions
from accord.adapters.technology import Factors, factors_of, technology_of
from accord.engines.equilibrium import (
    NOTHING,
    Accounts,
    BaseEconomy,
    Equilibrium,
    Features,
    Guide,
    HouseholdExhaustedError,
    Imbalance,
    Options,
    SeveralEquilibriaWarning,
    Wedges,
    calibrate,
    no_change,
    no_imbalance,
    rebased,
)
from accord.engines.equilibrium.decomposition import OneStep, PathTerms, one_step, path_terms
from accord.errors import EngineError
from accord.programme.model import ModelOptions
from accord.shocks import EmbargoShock, Flows, FlowShock, Shock, TradeCostShock
from accord.world import World

if TYPE_CHECKING:
    from accord.engines.equilibrium import Solver

__all__ = [
    "Model",
    "accepts",
    "build_model",
    "decomposition_frame",
    "employment_frame",
    "purchases_of",
    "region_frame",
    "scenario_of",
    "sector_frame",
    "targeted_flow",
    "trade_frame",
]


@dataclass(frozen=True)
class Model:
    """A World calibrated for the equilibrium engine under one set of choices.

    Attributes:
        world: The data.
        base: The calibrated base economy; under the balanced closure, the re-solved base with zero imbalances.
        groups: Use groups.
        factors: Factors of production.
        choices: Closure, elasticities and the rest; `choices.elasticities` is always a name.
        options: Engine options.
        public_wedge: Factor (g, k, n, i) >= 1 of barriers in the base whose rent is the importer government's, kept apart from
            the tariff rate because tariff measures change only the latter.
        balancing: The equilibrium that balanced the base; None when nothing had to be balanced.
        payers: Regions that pay for purchases somewhere in the run.
        features: Wedges that some scenario of the run has.
        groups_with_own_costs: Number of groups between which trade costs or embargoes of some scenario of the run differ; one where
            they are the same for all.
        guide: What foretells where equilibria are, for models of which many are asked.
    """

    world: World
    base: BaseEconomy
    groups: UseGroups
    factors: Factors
    choices: ModelOptions
    options: Options
    public_wedge: np.ndarray
    balancing: Equilibrium | None
    payers: tuple[str, ...] = ()
    features: Features = NOTHING
    groups_with_own_costs: int = 1
    guide: Guide | None = None

    @cached_property
    def solver(self) -> Solver:
        """The engine's solver, with the base on its device."""
        from accord.engines.equilibrium import Solver  # which loads JAX

        return Solver(self.base, self.options, self.features, self.guide)

    @cached_property
    def unchanged(self) -> Equilibrium:
        """The base as an equilibrium: every change is one."""
        return self.solve(())

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know about this calibration."""
        technology = self.base.technology
        beyond = np.max(technology.scale * technology.trade)
        if beyond < 1.0:
            return ()
        note = (
            f"economies of scale times trade elasticity reach {beyond:.2f}: at one and above the equilibrium need not be "
            "unique (Kucheryavyy, Lyn and Rodriguez-Clare 2023); of those found this is the nearest to the base"
        )
        return (note,)

    def on(self, base: BaseEconomy) -> Model:
        """Return the same model on another base economy."""
        return replace(self, base=base)

    @property
    def elasticity_set(self) -> str:
        """Name of the trade elasticities in use."""
        return str(self.choices.elasticities)

    def solve(self, shocks: Sequence[Shock], start: np.ndarray | None = None) -> Equilibrium:
        """Return the equilibrium under `shocks`.

        Args:
            shocks: In the World's own codes.
            start: `point` of an equilibrium nearby, to begin from; not used where equilibria may be several.
        """
        scenario = scenario_of(self, shocks)
        refuse_cut_off_users(self, scenario)
        with _without_warning(self.solver):
            try:
                return self.solver(scenario, None if self.solver.may_have_several else start)
            except HouseholdExhaustedError as error:
                codes = [self.world.regions[position] for position in error.positions]
                names = [f"{self.world.region_names[code]} ({code})" for code in codes]
                raise HouseholdExhaustedError(error.positions, names) from None

    def one_step(self, start: Equilibrium, end: Equilibrium) -> OneStep:
        """Published one-step decomposition from `start` to `end`."""
        return one_step(start, end)

    def path_terms(self, start: Equilibrium, end: Equilibrium) -> PathTerms:
        """Decomposition integrated along the path from `start` to `end`; adds up to the exact change."""
        return path_terms(start, end, self.solver)


def build_model(
    world: World,
    shocks: Sequence[Shock],
    choices: ModelOptions | None = None,
    *,
    options: Options | None = None,
    also_paid_by: Sequence[str] = (),
    guide: Guide | Literal["own"] | None = None,
) -> Model:
    """Calibrate `world` so that every shock of a run can act: use groups and rents that the base must hold.

    Args:
        world: The data.
        shocks: Every shock of the run, resolved; those that name users set the use groups, and rent wedges are calibrated in.
        choices: Closure, elasticities, factors and the rest; Caliendo and Parro (2015) by default.
        options: Engine options.
        also_paid_by: Regions that pay for purchases in further scenarios of this model, so that all of them have one shape.
        guide: What foretells where equilibria are: that of a model like this one, or "own" to make one where many equilibria will be
            asked for, since it takes as long as a dozen of them.
    """
    choices, options = choices or ModelOptions(), options or Options()
    choices = choices.over({"elasticities": choices.elasticities or world.elasticity_sets[0]})
    groups = use_groups(world, shocks, choices)
    factors = factors_of(world, choices)
    held = BaseWedges(world).under(shocks, groups)
    base = calibrate(accounts_of(world, held.wedges, choices, factors), groups.weights)
    refuse_impossible_accounts(world, base)
    payers = tuple(sorted({*payers_of(shocks), *also_paid_by}))
    features = features_of_run(shocks)
    groups_with_own_costs = groups_told_apart(
        groups, [shock for shock in shocks if isinstance(shock, TradeCostShock | EmbargoShock)]
    )
    balancing = None
    if choices.closure == "balanced":
        from accord.engines.equilibrium import Solver  # which loads JAX

        solver = Solver(base, options, features, None if guide == "own" else guide)
        balancing = _balanced(solver, groups_with_own_costs, [world.regions.index(payer) for payer in payers])
        if balancing:
            nothing = {"purchases": base.purchases, "purchase_payer": base.purchase_payer}
            base = rebased(balancing)._replace(**nothing)
    elif choices.closure in {"own-share", "level"}:
        base = base._replace(imbalance=_held_imbalance(base, choices.closure))
    if guide == "own":
        guide = Guide.of(base)
    return Model(
        world,
        base,
        groups,
        factors,
        choices,
        options,
        held.public,
        balancing,
        payers=payers,
        features=features,
        groups_with_own_costs=groups_with_own_costs,
        guide=guide,
    )


def _balanced(solver: Solver, groups_with_own_costs: int, payers: Sequence[int]) -> Equilibrium | None:
    """The base with zero imbalances; None when it has none.

    Spending shares stay fixed meanwhile: otherwise households alone would bear the whole imbalance (decision 0005). The scenario has the
    shape of the run's others, so that one compiled programme solves them all.
    """
    base = solver.base
    if not np.any(base.imbalance.world_share):
        return None
    regions, uses = base.final_spending.shape
    unchanged = np.ones((groups_with_own_costs, *base.expenditure_share.shape[1:]))
    neutral = no_change(base)._replace(
        trade_cost_hat=unchanged,
        availability=unchanged,
        purchases=np.zeros((len(payers), *base.expenditure.shape)),
        purchase_payer=np.array(payers, dtype=int),
    )
    with _without_warning(solver):
        return solver(neutral._replace(imbalance=no_imbalance(regions), real_use=np.zeros(uses, dtype=bool)))


@contextmanager
def _without_warning(solver: Solver) -> Iterator[None]:
    """Keep still that equilibria may be several, which `Model.notes` says once; filters are left alone where they cannot be several."""
    if not solver.may_have_several:
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeveralEquilibriaWarning)
        yield


def _held_imbalance(base: BaseEconomy, closure: str) -> Imbalance:
    """Base imbalances as shares of own income or as levels; the region with the largest income takes what is left."""
    income = base.final_spending.sum(axis=1)
    level = (
        base.imbalance.world_share * income.sum()
    )  # inflows add up to zero, so world income is the same before them
    own = income - level
    residual = np.zeros(income.size)
    residual[np.argmax(income)] = 1.0
    held = no_imbalance(income.size)._replace(residual=residual)
    return held._replace(own_share=level / own) if closure == "own-share" else held._replace(level=level)


def accounts_of(world: World, wedges: Wedges, choices: ModelOptions, factors: Factors) -> Accounts:
    """Return the accounts of `world` as the engine calibrates them."""
    regions, sectors = len(world.regions), len(world.sectors)
    data = world.data
    uses = list(ordered_uses(world))
    tax = data["output_tax_rate"].to_numpy() if "output_tax_rate" in data else np.zeros((regions, sectors))
    return Accounts(
        intermediate=data["intermediate"].to_numpy(),
        final=data["final_demand"].sel(use=uses).to_numpy(),
        wedges=wedges,
        output_tax=tax,
        technology=technology_of(world, choices, factors, len(uses)),
        factor_split=factors.split,
    )


def targeted_flow(world: World, shock: FlowShock) -> float:
    """Base value before duty, USD million, of the flows that a shock on flows selects; zero flows cannot revive."""
    mask = flow_mask(shock.flows, world.regions, world.sectors).transpose(2, 0, 1)
    if shock.flows.uses is None:
        return float(world.sales[mask].sum())
    chosen = positions((*world.sectors, *world.uses), shock.flows.uses, "user")
    sectors = chosen[chosen < len(world.sectors)]
    uses = chosen[chosen >= len(world.sectors)] - len(world.sectors)
    return sum(
        float(world.data[name].to_numpy()[mask][:, columns].sum(dtype=np.float64))
        for name, columns in (("intermediate", sectors), ("final_demand", uses))
    )


def purchases_of(model: Model, state: Equilibrium, flows: Flows) -> float:
    """What is bought of `flows` in `state`: quantities at base prices before duty, USD million.

    The users that `flows` names must be kept apart by the model's use groups, as those of every shock of its run are.
    """
    mask = flow_mask(flows, model.world.regions, model.world.sectors)
    chosen = model.groups.selected(flows.uses)
    if flows.uses is not None:
        members = {
            user
            for group, among in zip(model.groups.groups, chosen, strict=True)
            if among
            for user in group.members
        }
        mixed = sorted(members ^ set(flows.uses))
        if mixed:
            raise EngineError(
                f"purchases of {', '.join(flows.uses)} are not known apart from those of other users: {', '.join(mixed)} "
                "buy from the same sources; set use_groups under [model]"
            )
    return float(state.quantities[chosen].sum(axis=0)[mask].sum())
