"""World and shocks to the arrays of `engines.equilibrium`, and its results back to labelled frames."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from accord.adapters.equilibrium_base import (
    features_of_run,
    groups_told_apart,
    ordered_uses,
    payers_of,
    use_groups,
)
from accord.adapters.equilibrium_scenario import accepts, scenario_of
from accord.adapters.equilibrium_wedges import BaseWedges
from accord.adapters.index import UseGroups, flow_mask, positions
from accord.adapters.technology import Factors, factors_of, technology_of
from accord.engines.equilibrium import (
    HOUSEHOLD,
    NOTHING,
    Accounts,
    BaseEconomy,
    Equilibrium,
    Features,
    HouseholdExhaustedError,
    Imbalance,
    Options,
    Scenario,
    SeveralEquilibriaWarning,
    Solver,
    Wedges,
    calibrate,
    no_change,
    no_imbalance,
    rebased,
    solve,
)
from accord.engines.equilibrium.decomposition import OneStep, PathTerms, one_step, path_terms
from accord.errors import EngineError, Fault, WorldError
from accord.programme.model import ModelOptions
from accord.shocks import EmbargoShock, Flows, FlowShock, Shock, TradeCostShock
from accord.world import World

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

NEVER_REVIVES = 1e-12
"""A user whose remaining suppliers had less than this share of its spending has lost its last supplier."""


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

    @cached_property
    def solver(self) -> Solver:
        """The engine's solver, with the base on its device."""
        return Solver(self.base, self.options, self.features)

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

    def solve(self, shocks: Sequence[Shock]) -> Equilibrium:
        """Return the equilibrium under `shocks` (labels in the World's own codes)."""
        scenario = scenario_of(self, shocks)
        _refuse_cut_off_users(self, scenario)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", SeveralEquilibriaWarning
            )  # `notes` says it, once and in the outcome
            try:
                return self.solver(scenario)
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
) -> Model:
    """Calibrate `world` so that every shock of a run can act: use groups and rents that the base must hold.

    Args:
        world: The data.
        shocks: Every shock of the run, resolved; those that name users set the use groups, and rent wedges are calibrated in.
        choices: Closure, elasticities, factors and the rest; Caliendo and Parro (2015) by default.
        options: Engine options.
        also_paid_by: Regions that pay for purchases in further scenarios of this model, so that all of them have one shape.
    """
    choices, options = choices or ModelOptions(), options or Options()
    choices = choices.over({"elasticities": choices.elasticities or world.elasticity_sets[0]})
    groups = use_groups(world, shocks, choices)
    factors = factors_of(world, choices)
    held = BaseWedges(world).under(shocks, groups)
    base = calibrate(accounts_of(world, held.wedges, choices, factors), groups.weights)
    refuse_impossible_accounts(world, base)
    balancing = None
    if choices.closure == "balanced":
        balancing = _balanced(base, options)
        base = rebased(balancing) if balancing else base
    elif choices.closure in {"own-share", "level"}:
        base = base._replace(imbalance=_held_imbalance(base, choices.closure))
    return Model(
        world,
        base,
        groups,
        factors,
        choices,
        options,
        held.public,
        balancing,
        payers=tuple(sorted({*payers_of(shocks), *also_paid_by})),
        features=features_of_run(shocks),
        groups_with_own_costs=groups_told_apart(
            groups, [shock for shock in shocks if isinstance(shock, TradeCostShock | EmbargoShock)]
        ),
    )


def _balanced(base: BaseEconomy, options: Options) -> Equilibrium | None:
    """The base with zero imbalances; None when it has none.

    Spending shares stay fixed meanwhile: otherwise households alone would bear the whole imbalance (decision 0005).
    """
    if not np.any(base.imbalance.world_share):
        return None
    regions, uses = base.final_spending.shape
    neutral = no_change(base)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeveralEquilibriaWarning)  # `Model.notes` says it
        return solve(
            base,
            neutral._replace(imbalance=no_imbalance(regions), real_use=np.zeros(uses, dtype=bool)),
            options,
        )


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


def refuse_impossible_accounts(world: World, base: BaseEconomy) -> None:
    """Value added must be positive once duties and rents are taken out (METHODS section 5)."""
    faults = [
        Fault(
            where=f"World '{world.name}', {world.regions[region]} {world.sectors[sector]}",
            found=f"value added is {100 * base.value_added_share[region, sector]:.2f}% of cost once duties and rents are taken out",
            expected="a positive share",
            remedy="lower the stated barrier or rent on its inputs or exports, or mend the table: accord world check",
        )
        for region, sector in np.argwhere(base.value_added_share < 0.0)
    ]
    faults += [
        Fault(
            where=f"World '{world.name}', {world.regions[region]}",
            found="household spending is not positive",
            expected="a household that consumes",
            remedy="check final demand: accord world check",
        )
        for region in np.flatnonzero(base.final_spending[:, HOUSEHOLD] <= 0.0)
    ]
    if faults:
        raise WorldError(faults)


def _refuse_cut_off_users(model: Model, scenario: Scenario) -> None:
    """An embargo that takes a user's last supplier is an error that names user and product (METHODS section 12)."""
    if np.all(scenario.availability == 1.0):
        return
    left = np.einsum(
        "gkni,gkni->gkn",
        model.base.expenditure_share,
        np.broadcast_to(scenario.availability, model.base.expenditure_share.shape),
    )
    cut = np.argwhere((left < NEVER_REVIVES) & (model.base.expenditure > 0.0))
    faults = [
        Fault(
            where=f"{model.world.region_names[model.world.regions[region]]} ({model.world.regions[region]})",
            found=f"the embargo cuts it off its last supplier of {model.world.sectors[sector]} "
            f"({model.world.sector_names[model.world.sectors[sector]]})",
            expected="at least one supplier left for every product that is bought",
            remedy="lower the intensity below 1, leave that product out, or use a World with finer regions",
        )
        for _, sector, region in cut
    ]
    if faults:
        raise EngineError(faults)


def targeted_flow(world: World, shock: FlowShock) -> float:
    """Base value before duty, USD million, of the flows that a shock on flows selects; zero flows cannot revive."""
    mask = flow_mask(shock.flows, world.regions, world.sectors)
    users = (*world.sectors, *world.uses)
    chosen = positions(users, shock.flows.uses, "user")
    sectors = chosen[chosen < len(world.sectors)]
    uses = chosen[chosen >= len(world.sectors)] - len(world.sectors)
    total = 0.0
    for name, columns in (("intermediate", sectors), ("final_demand", uses)):
        flows = (
            world.data[name].to_numpy()[..., columns].sum(axis=3, dtype=np.float64)
        )  # (exporter, sector, importer)
        total += float(flows.transpose(1, 2, 0)[mask].sum())
    return total


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


# Results back to labels ---------------------------------------------------------------------------------------------------------


def region_frame(model: Model, start: Equilibrium, end: Equilibrium, partners: Sequence[str]) -> pd.DataFrame:
    """Outcomes by region of moving from `start` to `end`, both relative to the same base; columns carry their unit in the name.

    Percentages are of the base (METHODS section 1: the verdict is a difference of two outcomes of one base). Levels in USD
    million are at base-year prices; money flows are deflated by the household's price index so that no number depends on the
    numeraire.
    """
    first, last = _region_levels(model, start, partners), _region_levels(model, end, partners)
    base = _region_levels(model, model.unchanged, partners)
    frame = pd.DataFrame({"region": list(model.world.regions)})
    rigid = np.flatnonzero(model.factors.rigid)
    percent = _PERCENT_COLUMNS | ({"employment_pct": "employment"} if rigid.size else {})
    for column, source in percent.items():
        change = last[source] - first[source]
        frame[column] = 100.0 * np.divide(
            change, base[source], out=np.full_like(change, np.nan), where=base[source] != 0.0
        )
    for column, source in _LEVEL_COLUMNS.items():
        frame[column] = last[source] - first[source]
    published = model.one_step(start, end)
    frame["one_step_welfare_pct"] = 100.0 * published.welfare
    frame["one_step_terms_of_trade_pct"] = 100.0 * published.terms_of_trade
    frame["one_step_volume_of_trade_pct"] = 100.0 * published.volume_of_trade
    return frame


_PERCENT_COLUMNS = {
    "household_ev_pct": "household_consumption",
    "real_income_pct": "real_income",
    "real_wage_pct": "real_wage",
    "real_return_to_capital_pct": "real_return_to_capital",
    "real_absorption_pct": "real_absorption",
    "real_gdp_pct": "real_gdp",
    "real_output_pct": "real_output",
    "trade_with_partners_pct": "trade_with_partners",
    "imports_from_partners_value_pct": "imports_from_partners_value",
    "exports_pct": "exports",
    "imports_pct": "imports",
}
_LEVEL_COLUMNS = {
    "household_ev_usd": "household_consumption",
    "tariff_revenue_usd": "tariff_revenue",
    "rents_usd": "rents",
    "government_balance_usd": "government_balance",
}


def _region_levels(model: Model, state: Equilibrium, partners: Sequence[str]) -> dict[str, np.ndarray]:
    """Levels or indices (n,) from which changes are taken; volumes at base prices."""
    base = model.base
    household_price = state.use_price_hat[:, HOUSEHOLD]
    use_share = base.final_spending / base.final_spending.sum(axis=1, keepdims=True)
    absorption_price = np.prod(state.use_price_hat**use_share, axis=1)
    volume = state.quantities.sum(axis=(0, 1))  # (importer, exporter), before duty at base prices
    value = state.flows_before_duty.sum(axis=(0, 1))
    foreign = ~np.eye(volume.shape[0], dtype=bool)
    union = np.isin(model.world.regions, partners)
    with_partner = foreign & union[None, :]
    exports, imports = (volume * foreign).sum(axis=0), (volume * foreign).sum(axis=1)
    duties = (state.scenario.wedges.tariff * state.flows_before_duty).sum(axis=(0, 1, 3))
    income = state.income
    rents = np.asarray(income.import_revenue) - duties + np.asarray(income.export_rents)
    government = state.final_spending[:, _government(model)].sum(axis=1)
    output = np.divide(state.output, state.unit_cost_hat.T)
    return {
        "household_consumption": state.household_consumption,
        "real_income": np.asarray(income.total) / absorption_price,
        "real_wage": _factor_price(model, state, 0) / household_price,
        "real_return_to_capital": _factor_price(model, state, min(1, len(model.factors.names) - 1))
        / household_price,
        "employment": state.employment_hat[:, _labour(model)],
        "real_absorption": _final_purchases(state).fisher(),
        "real_gdp": _gdp(state).fisher(),
        "real_output": output.sum(axis=1),
        "trade_with_partners": (volume * with_partner).sum(axis=1) + (volume.T * with_partner).sum(axis=1),
        "imports_from_partners_value": (value * with_partner).sum(axis=1),
        "exports": exports,
        "imports": imports,
        "tariff_revenue": duties / household_price,
        "rents": rents / household_price,
        "government_balance": (
            duties + np.asarray(income.output_tax) + np.asarray(income.subsidies) - government
        )
        / household_price,
    }


class _Valued(NamedTuple):
    """What a volume index needs, each (n,): quantities q and prices p, before (0) and after (1)."""

    base: np.ndarray
    volume: np.ndarray
    base_at_new_prices: np.ndarray
    new: np.ndarray

    def fisher(self) -> np.ndarray:
        """Fisher volume index: geometric mean of Laspeyres (p0 q1 / p0 q0) and Paasche (p1 q1 / p1 q0)."""
        return np.sqrt(self.volume / self.base * self.new / self.base_at_new_prices)


def _final_purchases(state: Equilibrium) -> _Valued:
    """Purchases of all final uses, and those of the programme by who pays them."""
    base, price = state.base.final_spending, state.use_price_hat
    parts = (base, state.final_spending / price, base * price, state.final_spending)
    nothing = np.zeros(base.shape[0])
    quantity = state.paid_for_purchases(state.scenario.purchases.sum(axis=(1, 2)))
    extra = (nothing, quantity, nothing, state.paid_for_purchases(state.purchase_values))
    return _Valued(*(part.sum(axis=1) + more for part, more in zip(parts, extra, strict=True)))


def _gdp(state: Equilibrium) -> _Valued:
    """GDP at market prices from the spending side: final purchases plus exports less imports before duty."""
    base = state.base
    base_flows = base.expenditure[..., None] * base.expenditure_share / base.wedges.landed_factor
    at_new_prices = base_flows * state.fob_price_hat * state.scenario.trade_cost_hat
    flows = (base_flows, state.quantities, at_new_prices, state.flows_before_duty)
    # Sales at home enter exports and imports alike and cancel. What others buy in a region's market is its export, too.
    nothing = np.zeros(base.final_spending.shape[0])
    quantity, value = state.scenario.purchases.sum(axis=(1, 2)), state.purchase_values
    visitors = (nothing, _from_elsewhere(state, quantity), nothing, _from_elsewhere(state, value))
    balances = (part.sum(axis=(0, 1, 2)) - part.sum(axis=(0, 1, 3)) for part in flows)
    parts = zip(_final_purchases(state), balances, visitors, strict=True)
    return _Valued(*(part + balance + net for part, balance, net in parts))


def _from_elsewhere(state: Equilibrium, values: np.ndarray) -> np.ndarray:
    """Purchases (p, n) made in each region's market less what its own household pays anywhere (n,)."""
    return values.sum(axis=0) - state.paid_for_purchases(values)


def _factor_price(model: Model, state: Equilibrium, factor: int) -> np.ndarray:
    """Price of a factor by region (n,): mean over its markets weighted by base income."""
    income = model.base.factor_income[:, factor]
    return (state.factor_price_hat[:, factor] * income).sum(axis=1) / income.sum(axis=1)


def _labour(model: Model) -> int:
    """Position of the factor whose wage may be rigid; the only one where there is one."""
    rigid = np.flatnonzero(model.factors.rigid)
    return int(rigid[0]) if rigid.size else 0


def employment_frame(model: Model, start: Equilibrium, end: Equilibrium) -> pd.DataFrame:
    """Employment by region and factor: % change, of the base; whether the factor's real price is rigid or its markets clear."""
    change = end.employment_hat - start.employment_hat
    regions, factors = model.world.regions, model.factors.names
    market = ["rigid real wage" if rigid else "markets clear" for rigid in model.factors.rigid]
    frame = pd.DataFrame(
        {
            "region": np.repeat(regions, len(factors)),
            "factor": np.tile(factors, len(regions)),
            "market": np.tile(market, len(regions)),
            "factor_income_base_usd": model.base.factor_income.sum(axis=2).ravel(),
            "employment_pct": 100.0 * change.ravel(),
        }
    )
    return frame[frame["factor_income_base_usd"] > 0.0].reset_index(drop=True)


def _government(model: Model) -> list[int]:
    return [position for position, use in enumerate(ordered_uses(model.world)) if use == "government"]


def sector_frame(model: Model, start: Equilibrium, end: Equilibrium) -> pd.DataFrame:
    """Output volume and real producer price by region and sector: base USD million, % change of volume and of price."""
    regions, sectors = model.world.regions, model.world.sectors
    base = model.unchanged.output

    def volume(state: Equilibrium) -> np.ndarray:
        return state.output / state.unit_cost_hat.T

    def real_price(state: Equilibrium) -> np.ndarray:
        return state.unit_cost_hat.T / state.use_price_hat[:, [HOUSEHOLD]]

    change = volume(end) - volume(start)
    frame = pd.DataFrame(
        {
            "region": np.repeat(regions, len(sectors)),
            "sector": np.tile(sectors, len(regions)),
            "output_base_usd": base.ravel(),
            "output_change_usd": change.ravel(),
            "output_pct": 100.0
            * np.divide(change, base, out=np.zeros_like(change), where=base > 0.0).ravel(),
            "real_price_pct": 100.0 * (real_price(end) - real_price(start)).ravel(),
        }
    )
    return frame[frame["output_base_usd"] > 0.0].reset_index(drop=True)


def trade_frame(
    model: Model, start: Equilibrium, end: Equilibrium, by_sector_of: Sequence[str] | None = None
) -> pd.DataFrame:
    """Bilateral trade before duty: base value and change of volume at base prices, USD million, and its percentage.

    Totals over sectors; with `by_sector_of`, by sector for the flows that begin or end in those regions.
    """
    regions, sectors = np.array(model.world.regions), np.array(model.world.sectors)
    base, first, last = (state.quantities.sum(axis=0) for state in (model.unchanged, start, end))
    if by_sector_of is None:
        base, first, last = (array.sum(axis=0, keepdims=True) for array in (base, first, last))
    sector, importer, exporter = (axis.ravel() for axis in np.indices(base.shape))
    keep = importer != exporter
    if by_sector_of is not None:
        near = np.isin(regions, by_sector_of)
        keep &= near[importer] | near[exporter]
    values = pd.DataFrame(
        {
            "exporter": regions[exporter],
            "importer": regions[importer],
            "sector": sectors[sector] if by_sector_of is not None else "all",
            "base_usd": base.ravel(),
            "change_usd": (last - first).ravel(),
        }
    )[keep & (base.ravel() > 0.0)]
    values["change_pct"] = 100.0 * values["change_usd"] / values["base_usd"]
    if by_sector_of is None:
        values = values.drop(columns="sector")
    return values.reset_index(drop=True)


def decomposition_frame(model: Model, start: Equilibrium, end: Equilibrium) -> pd.DataFrame:
    """Path-integrated terms by region: USD million of base year and % of base household consumption; with the exact total."""
    terms = model.path_terms(start, end)
    consumption = model.unchanged.household_consumption
    exact = end.household_consumption - start.household_consumption
    rows = {**terms._asdict(), "sum_of_terms": terms.total, "exact": exact}
    return pd.DataFrame(
        [
            {
                "region": region,
                "term": term,
                "usd": float(usd[n]),
                "pct": float(100.0 * usd[n] / consumption[n]),
            }
            for term, usd in rows.items()
            for n, region in enumerate(model.world.regions)
        ]
    )
