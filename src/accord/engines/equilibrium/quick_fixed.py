"""What of bases and their scenarios does not move with the state of `quick.System`, sources and recipes apart.

Every array has an axis for economies behind (d).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.inputs import BaseEconomy, Imbalance, Scenario, Wedges, no_change
from accord.engines.equilibrium.quick_weights import of_economies


class Fixed(NamedTuple):
    """What of a base and its scenario does not move with the state, in the form that evaluations use.

    Attributes:
        theta: Trade elasticities (k, 1, d).
        hire: One over base factor income (n, v), zero where there is none; `unhired` is one there.
        unhired: See `hire`.
        supply: Log of factor supply (n, v).
        earning: Factor income at base prices and the scenario's supply (n, v).
        base_output: Output of the base at producer prices (n, j).
        unmade: One where nothing is made in the base (n, j).
        base_income: What final users spend in the base (n,).
        income_share: Share of each final use in it (n, f).
        final_spending: Spending of final uses in the base (n, f).
        inflow: Imbalances and transfers (n,).
        own_price: Whether a producer has a price of its own (n, j).
        real_use: Uses that buy fixed real quantities, booleans (f,).
        gross_up: Log of what a unit costs at unchanged prices (n, j).
        factor_share: Cost shares of factors (n, v, j).
        kept: Share of revenue that is left for costs (n, j).
        output_tax: Taxes on output (n, j), shares of its value.
        subsidy: Subsidies (n, j), shares of the value of output.
        subsidy_payer: Who pays them (n, j).
    """

    theta: np.ndarray
    hire: np.ndarray
    unhired: np.ndarray
    supply: np.ndarray
    earning: np.ndarray
    base_output: np.ndarray
    unmade: np.ndarray
    base_income: np.ndarray
    income_share: np.ndarray
    final_spending: np.ndarray
    inflow: np.ndarray
    own_price: np.ndarray
    real_use: np.ndarray
    gross_up: np.ndarray
    factor_share: np.ndarray
    kept: np.ndarray
    output_tax: np.ndarray
    subsidy: np.ndarray
    subsidy_payer: np.ndarray

    @classmethod
    def of(
        cls,
        base: BaseEconomy,
        scenario: Scenario,
        base_output: np.ndarray,
        cost: np.ndarray,
        factor_share: np.ndarray,
    ) -> Fixed:
        """Return what is fixed, given output (n, j, d), unit cost at base prices (n, j, d) and factor shares (n, v, j, d).

        Args:
            base: Bases in columns (`in_columns`).
            scenario: Their scenarios, likewise.
            base_output: Output.
            cost: Unit cost.
            factor_share: Factor shares.
        """
        many = base_output.shape[2]
        whole = base.factor_income[:, :, 0]
        used = whole > 0.0
        kept = 1.0 - scenario.output_tax + scenario.subsidy
        kept_base = 1.0 - base.output_tax + base.subsidy
        income = base.final_spending.sum(axis=1)
        if base.purchases.size:
            income = income.copy()
            np.add.at(income, base.purchase_payer, base.purchases.sum(axis=(1, 2, 3)))
        fixed = cls(
            theta=base.technology.trade[:, None],
            hire=np.divide(1.0, whole, out=np.zeros_like(whole), where=used),
            unhired=(~used).astype(float),
            supply=np.log(scenario.factor_supply_hat),
            earning=scenario.factor_supply_hat * whole,
            base_output=base_output,
            unmade=(base_output <= 0.0).astype(float),
            base_income=income,
            income_share=base.final_spending / income[:, None],
            final_spending=base.final_spending,
            inflow=scenario.imbalance.level + scenario.transfer,
            own_price=(base.value_added_share != 0.0).astype(float),
            real_use=np.asarray(scenario.real_use, dtype=bool),
            gross_up=np.log(cost * kept_base / kept / scenario.productivity_hat),
            factor_share=factor_share,
            kept=kept,
            output_tax=scenario.output_tax,
            subsidy=scenario.subsidy,
            subsidy_payer=scenario.subsidy_payer,
        )
        return cls(*(_of_each(part, many) for part in fixed))

    def of_some(self, chosen: np.ndarray) -> Fixed:
        """Return that of some of the economies."""
        return Fixed(*(of_economies(part, chosen) for part in self))


def _of_each(array: np.ndarray, many: int) -> np.ndarray:
    """An array with a column for each economy, in rows."""
    return np.ascontiguousarray(np.broadcast_to(array, (*array.shape[:-1], many)))


COLUMNS_OF_BASE = (
    "expenditure",
    "factor_share",
    "final_spending",
    "factor_income",
    "output_tax",
    "subsidy",
    "subsidy_payer",
    "resource_cost",
    "purchases",
)
"""Fields of a base that have an axis for economies behind, where there are several; so have its imbalance and trade elasticities."""


def in_columns(base: BaseEconomy) -> BaseEconomy:
    """Return one base as a column; shares of sources, recipes and wedges stay as they are."""
    return _each(base, _column)


def some_of(base: BaseEconomy, chosen: np.ndarray) -> BaseEconomy:
    """Return some of several bases in columns, whose wedges are lists over cells (c, d)."""

    def some(array: np.ndarray) -> np.ndarray:
        return of_economies(array, chosen) if array.shape[-1] > 1 else array

    return _each(base, some)._replace(wedges=Wedges(*map(some, base.wedges)))


def of_one(base: BaseEconomy) -> BaseEconomy:
    """Return the base that a column of one is; its wedges stay lists over cells, (c,)."""

    def one(array: np.ndarray) -> np.ndarray:
        return array[..., 0]

    return _each(base, one)._replace(wedges=Wedges(*map(one, base.wedges)))


def _each(base: BaseEconomy, of: Callable[[np.ndarray], np.ndarray]) -> BaseEconomy:
    technology = base.technology
    return base._replace(
        **{name: of(getattr(base, name)) for name in COLUMNS_OF_BASE},
        imbalance=Imbalance(*map(of, base.imbalance)),
        technology=technology._replace(trade=of(technology.trade)),
    )


COLUMNS_OF_SCENARIO = ("productivity_hat", "factor_supply_hat", "transfer", "real_use")
"""Fields of a scenario that have that axis; so have those that a base has too."""


def scenario_in_columns(scenario: Scenario) -> Scenario:
    """Return what one scenario says beside flows and recipes as a column, its purchases apart (`Extra`)."""
    shared = ("output_tax", "subsidy", "subsidy_payer", "resource_cost")
    imbalance = Imbalance(*map(_column, scenario.imbalance))
    return _with_columns(scenario, (*COLUMNS_OF_SCENARIO, *shared))._replace(imbalance=imbalance)


def no_change_in_columns(base: BaseEconomy) -> Scenario:
    """Return the scenario in which nothing differs from bases in columns, likewise."""
    return _with_columns(no_change(base), COLUMNS_OF_SCENARIO)


def _with_columns(scenario: Scenario, names: Sequence[str]) -> Scenario:
    return scenario._replace(**{name: _column(getattr(scenario, name)) for name in names})


def _column(array: np.ndarray) -> np.ndarray:
    return np.asarray(array)[..., None]


class Extra(NamedTuple):
    """Purchases of programmes: where each stands in (k, r), its market, who pays it, and its real value (e, d)."""

    product: np.ndarray
    row: np.ndarray
    market: np.ndarray
    payer: np.ndarray
    value: np.ndarray

    @classmethod
    def of(cls, scenario: Scenario, regions: int) -> Extra:
        """Return the purchases of one scenario (p, g, k, n)."""
        payer, group, product, market = np.nonzero(scenario.purchases)
        paid_by = np.asarray(scenario.purchase_payer, dtype=int)[payer]
        value = np.asarray(scenario.purchases)[payer, group, product, market]
        return cls(product, group * regions + market, market, paid_by, value[:, None])

    @classmethod
    def of_markets(cls, bought: Mapping[tuple[int, int], np.ndarray], regions: int, many: int) -> Extra:
        """Return the purchases of several economies (g, k, d) by payer and market."""
        parts: list[Extra] = []
        for (payer, market), value in bought.items():
            group, product = np.nonzero(value.any(axis=2))
            place = np.full(group.size, market)
            paid_by = np.full(group.size, payer)
            parts.append(cls(product, group * regions + market, place, paid_by, value[group, product]))
        if not parts:
            none = np.zeros(0, dtype=int)
            return cls(none, none, none, none, np.zeros((0, many)))
        return cls(*(np.concatenate(part) for part in zip(*parts, strict=True)))
