"""What of a base and its scenario does not move with the state of `quick.System`, sources and recipes apart."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.inputs import BaseEconomy, Scenario


class Fixed(NamedTuple):
    """What of a base and its scenario does not move with the state, in the form that evaluations use.

    Attributes:
        theta: Trade elasticities (k, 1).
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
        """Return what is fixed, given output (n, j), unit cost at base prices (n, j) and factor shares (n, v, j)."""
        whole = base.factor_income[:, :, 0]
        used = whole > 0.0
        kept = 1.0 - scenario.output_tax + scenario.subsidy
        kept_base = 1.0 - base.output_tax + base.subsidy
        others = np.bincount(
            base.purchase_payer, base.purchases.sum(axis=(1, 2, 3)), len(base.final_spending)
        )
        income = base.final_spending.sum(axis=1) + others
        return cls(
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


class Extra(NamedTuple):
    """Purchases of the programme: where each stands in (k, r), its market, who pays it, and its real value."""

    product: np.ndarray
    row: np.ndarray
    market: np.ndarray
    payer: np.ndarray
    value: np.ndarray

    @classmethod
    def of(cls, scenario: Scenario, regions: int) -> Extra:
        """Return the purchases of a scenario."""
        payer, group, product, market = np.nonzero(scenario.purchases)
        paid_by = np.asarray(scenario.purchase_payer, dtype=int)[payer]
        value = np.asarray(scenario.purchases)[payer, group, product, market]
        return cls(product, group * regions + market, market, paid_by, value)
