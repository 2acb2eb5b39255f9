"""Results of `engines.equilibrium` back to labels: frames by region, sector, flow and factor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from accord.adapters.equilibrium_base import ordered_uses
from accord.adapters.technology import CAPITAL, LABOUR
from accord.engines.equilibrium import HOUSEHOLD, Equilibrium

if TYPE_CHECKING:
    from accord.adapters.equilibrium import Model


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
        "real_wage": _factor_price(state, _factor(model, LABOUR)) / household_price,
        "real_return_to_capital": _factor_price(state, _factor(model, CAPITAL)) / household_price,
        "employment": state.employment_hat[:, _factor(model, LABOUR)],
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


def _factor_price(state: Equilibrium, factor: int) -> np.ndarray:
    """Price of a factor by region (n,): what it earns over how much of it is employed, both relative to the base.

    That is the price index of its markets (`equations.factor_income`), so that price times employment is income. A mean of the
    markets' prices at base weights would leave out what those earn who move to where it pays better.
    """
    base = state.base.factor_income[:, factor].sum(axis=1)
    employed = base * state.employment_hat[:, factor]
    earned = state.factor_demand[:, factor].sum(axis=1)
    return np.divide(earned, employed, out=np.full_like(earned, np.nan), where=employed > 0.0)


def _factor(model: Model, name: str) -> int:
    """Position of labour or capital; where a World does not tell them apart, of the bundle of the two, never of a natural resource."""
    names = model.factors.names
    return names.index(name) if name in names else 0


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
