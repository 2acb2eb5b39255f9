"""What the equilibrium engine takes: a calibrated base economy and a scenario, both frozen arrays.

Axis letters used in every docstring of this engine:

    g  group    users that source a product with the same shares (one group for all users = Caliendo and Parro 2015)
    k  sector   product = supplying sector; j the using sector
    v  factor   labour, capital, ...; one factor "all" where the source does not split value added
    s  slot     factor markets of a region: one for all sectors when every factor is mobile, else one per sector
    n  importer region that buys
    i  exporter region that sells
    f  use      household first, then the other final uses
    p  payer    of purchases that no use makes; none in most runs
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

Floats = Any
"""An array of float64: NumPy's at the engine's border, JAX's inside. Shapes are in the docstrings."""

HOUSEHOLD = 0
"""Position of the household on the use axis; adapters put it first."""


class Wedges(NamedTuple):
    """Price wedges on flows, each (g or 1, k, n, i); rates are pure numbers.

    Price paid by the user = producer price x iceberg cost x (1 + export_rent) x (1 + tariff) x (1 + import_rent).
    The flow "before duty" is valued at producer price x iceberg cost x (1 + export_rent).

    Attributes:
        tariff: Duties and other public wedges at the border; revenue to the importer's government.
        import_rent: Rents of the importer's firms, on the value with duty.
        export_rent: Rents of the exporter's firms or export taxes, on the producer's value; negative for a discount.
        home_preference: What users act as if a source cost on top of the user price; nobody pays it: budgets and payments are at user
            prices (METHODS section 8). Negative (> -1) where users act as if it were cheaper: support, and contract prices that
            do not govern choices.
    """

    tariff: Floats
    import_rent: Floats
    export_rent: Floats
    home_preference: Floats

    @property
    def landed_factor(self) -> Floats:
        """User price over the value before duty, >= 1 without subsidies."""
        return (1.0 + self.tariff) * (1.0 + self.import_rent)


class Imbalance(NamedTuple):
    """Inflow of income into each region (its trade deficit); a sum of three parts, all (n,), of which most models use one.

    Attributes:
        world_share: Share of world income before inflows.
        own_share: Share of the region's own income before inflows.
        level: USD million in units of the numeraire (world average factor price at base weights).
        residual: One for the region that takes what is left so that inflows add up to zero, zero elsewhere; all zeros where the
            parts add up to zero by themselves.
    """

    world_share: Floats
    own_share: Floats
    level: Floats
    residual: Floats


class Technology(NamedTuple):
    """How producers and users substitute; every elasticity is one (Cobb-Douglas) unless said otherwise.

    Cost of a sector: inputs in fixed proportions beside a flexible bundle (elasticity zero); the flexible bundle combines value added
    and materials; value added combines factors; materials combine products and an energy bundle; energy combines energy products.
    Final uses combine products and an energy bundle in the same way.

    Attributes:
        trade: theta (k,), elasticity of substitution between origins minus one.
        value_added_materials: Elasticity between the value-added and the materials bundle (j,).
        factors: Elasticity among factors (j,).
        materials: Elasticity among products and the energy bundle, by using sector (j,).
        energy: Elasticity among energy products, by using sector (j,).
        final: Elasticity among products in each final use (f,).
        final_energy: Elasticity among energy products in each final use (f,).
        energy_product: Booleans (k,): coal, oil and gas, refined products, electricity.
        fixed_input: Booleans (k, j): inputs in fixed proportions to output (crude oil in refining).
        scale: psi (j,), external economies of scale: productivity rises with the quantity of the input bundle to this power.
        specificity: (v,), 1 / (1 + elasticity of transformation): 0 mobile between sectors, 1 specific to them.
    """

    trade: Floats
    value_added_materials: Floats
    factors: Floats
    materials: Floats
    energy: Floats
    final: Floats
    final_energy: Floats
    energy_product: Floats
    fixed_input: Floats
    scale: Floats
    specificity: Floats


class BaseEconomy(NamedTuple):
    """A base-year equilibrium: shares and levels that satisfy every equation of the engine with all changes equal to one.

    Levels are USD million a year.

    Attributes:
        expenditure_share: pi (g, k, n, i), shares of spending at user prices by origin; rows of unbought products are zero.
        expenditure: X (g, k, n), spending at user prices.
        input_share: gamma (n, g, k, j), share of product k bought through group g in the cost of sector j.
        factor_share: (n, v, j), share of each factor in cost.
        final_share: alpha (n, g, k, f), shares of the spending of each use.
        final_spending: (n, f), at user prices.
        factor_income: (n, v, s), income by factor market; its last axis decides whether sectors have markets of their own.
        wedges: Wedges already in the base data.
        output_tax: (n, j), share of the value of output.
        subsidy: (n, j), share of the value of output that `subsidy_payer` adds to what the buyer pays.
        subsidy_payer: (n, j), position of the region whose government pays.
        imbalance: Trade imbalances.
        resource_cost: (n,), part of household spending that nobody consumes, at base prices (zero in data as they come).
        purchases: (p, g, k, n), part of expenditure that is paid by the household of `purchase_payer` and belongs to no use; data as
            they come have no payers (the first axis is empty).
        purchase_payer: (p,), position of the paying region.
        technology: Elasticities.
    """

    expenditure_share: Floats
    expenditure: Floats
    input_share: Floats
    factor_share: Floats
    final_share: Floats
    final_spending: Floats
    factor_income: Floats
    wedges: Wedges
    output_tax: Floats
    subsidy: Floats
    subsidy_payer: Floats
    imbalance: Imbalance
    resource_cost: Floats
    purchases: Floats
    purchase_payer: Floats
    technology: Technology

    @property
    def shape(self) -> tuple[int, int, int]:
        """(groups, sectors, regions)."""
        groups, sectors, regions, _ = self.expenditure_share.shape
        return groups, sectors, regions

    @property
    def output(self) -> Floats:
        """Value of output at producer prices (n, j), USD million."""
        before_duty = self.expenditure[..., None] * self.expenditure_share / self.wedges.landed_factor
        return (before_duty / (1.0 + self.wedges.export_rent)).sum(axis=(0, 2)).T

    @property
    def cost(self) -> Floats:
        """What producers spend on inputs and factors (n, j), USD million."""
        return (1.0 - self.output_tax + self.subsidy) * self.output

    @property
    def value_added(self) -> Floats:
        """Factor income of each region (n,), USD million."""
        return self.factor_income.sum(axis=(1, 2))

    @property
    def value_added_share(self) -> Floats:
        """Share of all factors in cost (n, j)."""
        return self.factor_share.sum(axis=1)


class Scenario(NamedTuple):
    """What differs from the base; `no_change(base)` gives the neutral one. Levels are new levels, hats are ratios to the base.

    Attributes:
        trade_cost_hat: Change of the iceberg cost (g or 1, k, n, i).
        availability: 1 - embargo intensity (g or 1, k, n, i), in [0, 1].
        wedges: New wedges.
        productivity_hat: (n, j).
        output_tax: New rates (n, j).
        subsidy: New rates (n, j).
        subsidy_payer: (n, j), position of the paying region.
        factor_supply_hat: (n, v).
        rigid_factor: Booleans (v,): real price of the factor fixed at base, its employment adjusts.
        imbalance: New imbalances.
        transfer: (n,), USD million in units of the numeraire; adds up to zero.
        resource_cost: (n,) USD million at base prices of household bundle that is bought and consumed by nobody.
        purchases: (p, g, k, n) USD million at base user prices: real quantities bought in the market of n, sourced as group g sources
            them, consumed by nobody.
        purchase_payer: (p,), position of the region whose household pays them at current prices.
        input_cost: (n, g, k, j), what the recipe of sector j spends on product k at base prices, for each unit of base cost; base cost
            shares where the recipe is as in the base. Its total with `factor_cost`, over that of the base, is the unit cost at base
            prices; new cost shares hold around that point.
        factor_cost: (n, v, j), the same for factors.
        real_use: (f,) booleans, True where a use buys a fixed real quantity, False where it spends a fixed share of income;
            the household takes what is left, whatever its entry.
    """

    trade_cost_hat: Floats
    availability: Floats
    wedges: Wedges
    productivity_hat: Floats
    output_tax: Floats
    subsidy: Floats
    subsidy_payer: Floats
    factor_supply_hat: Floats
    rigid_factor: Floats
    imbalance: Imbalance
    transfer: Floats
    resource_cost: Floats
    purchases: Floats
    purchase_payer: Floats
    input_cost: Floats
    factor_cost: Floats
    real_use: Floats


class Options(NamedTuple):
    """How to iterate; traced, so that a new value compiles nothing.

    Attributes:
        tolerance: Largest relative residual of any equation that is accepted.
        target: Residual to aim for: rounding permitting, results agree across machines to about this.
        max_iterations: Evaluations of the system before giving up.
        wage_damping: Exponent on excess labour demand in the update of factor prices; below one because demand for a
            region's factors falls with their price at the rate of the trade elasticities.
        largest_step: Largest change of any log unknown in one iteration.
        newton_after: Evaluations after which an iteration that is near but slow is finished by Newton's method.
        most_continuation_steps: When the direct attempt fails, the scenario is approached in at most this many steps; 1 for no
            second attempt.
    """

    tolerance: float = 1e-10
    target: float = 1e-13
    max_iterations: int = 2_000
    wage_damping: float = 0.25
    largest_step: float = 1.0
    newton_after: int = 300
    most_continuation_steps: int = 40


def cobb_douglas(sectors: int, uses: int, trade_elasticity: Floats, *, factors: int = 1) -> Technology:
    """Return the technology of Caliendo and Parro (2015): every elasticity one but those of trade, mobile factors, no scale."""
    return Technology(
        trade=trade_elasticity,
        value_added_materials=np.ones(sectors),
        factors=np.ones(sectors),
        materials=np.ones(sectors),
        energy=np.ones(sectors),
        final=np.ones(uses),
        final_energy=np.ones(uses),
        energy_product=np.zeros(sectors, dtype=bool),
        fixed_input=np.zeros((sectors, sectors), dtype=bool),
        scale=np.zeros(sectors),
        specificity=np.zeros(factors),
    )


def no_imbalance(regions: int) -> Imbalance:
    """Return balanced trade everywhere."""
    return Imbalance(*(np.zeros(regions) for _ in Imbalance._fields))


def no_change(base: BaseEconomy) -> Scenario:
    """Return the scenario in which nothing differs from `base`."""
    _, sectors, regions = base.shape
    neutral = np.ones(base.expenditure_share.shape)
    factors = base.factor_income.shape[1]
    return Scenario(
        trade_cost_hat=neutral,
        availability=neutral,
        wedges=base.wedges,
        productivity_hat=np.ones((regions, sectors)),
        output_tax=base.output_tax,
        subsidy=base.subsidy,
        subsidy_payer=base.subsidy_payer,
        factor_supply_hat=np.ones((regions, factors)),
        rigid_factor=np.zeros(factors, dtype=bool),
        imbalance=base.imbalance,
        transfer=np.zeros(regions),
        resource_cost=base.resource_cost,
        purchases=base.purchases,
        purchase_payer=base.purchase_payer,
        input_cost=base.input_share,
        factor_cost=base.factor_share,
        real_use=np.ones(base.final_spending.shape[1], dtype=bool),
    )


def with_same_payers(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Return `scenarios` with the payers of any of them in each, in which those of the others buy nothing."""
    of_each = [np.asarray(scenario.purchase_payer) for scenario in scenarios]
    if all(np.array_equal(payers, of_each[0]) for payers in of_each):
        return list(scenarios)
    union = np.unique(np.concatenate(of_each))
    same = []
    for scenario, payers in zip(scenarios, of_each, strict=True):
        purchases = np.zeros((union.size, *scenario.purchases.shape[1:]))
        np.add.at(purchases, np.searchsorted(union, payers), np.asarray(scenario.purchases))
        same.append(scenario._replace(purchases=purchases, purchase_payer=union))
    return same


def part_way(start: Scenario, end: Scenario, share: float) -> Scenario:
    """Return the point at `share` of the path from scenario `start` to scenario `end`.

    Linear in log trade cost, tariff rate, log rent factor, log home preference, log productivity and embargo intensity (METHODS
    section 13), in log factor supply, and in taxes, subsidies, imbalances, transfers, resource costs, purchases and recipes. Who pays
    subsidies, which factors are rigid and which uses are real is that of `end`.
    """

    def linear(first: Floats, last: Floats) -> Floats:
        return last if first is last else first + share * (last - first)

    def geometric(first: Floats, last: Floats) -> Floats:
        if first is last:
            return last
        first, last = np.asarray(first), np.asarray(last)
        middle = np.array(np.broadcast_to(first, np.broadcast_shapes(first.shape, last.shape)))
        moved = first != last  # few flows move, and powers are slow
        first, last = (np.broadcast_to(end, middle.shape)[moved] for end in (first, last))
        middle[moved] = first ** (1.0 - share) * last**share
        return middle

    def rate(first: Floats, last: Floats) -> Floats:
        return last if first is last else geometric(1.0 + first, 1.0 + last) - 1.0

    start, end = with_same_payers([start, end])

    return Scenario(
        trade_cost_hat=geometric(start.trade_cost_hat, end.trade_cost_hat),
        availability=linear(start.availability, end.availability),
        wedges=Wedges(
            tariff=linear(start.wedges.tariff, end.wedges.tariff),
            import_rent=rate(start.wedges.import_rent, end.wedges.import_rent),
            export_rent=rate(start.wedges.export_rent, end.wedges.export_rent),
            home_preference=rate(start.wedges.home_preference, end.wedges.home_preference),
        ),
        productivity_hat=geometric(start.productivity_hat, end.productivity_hat),
        output_tax=linear(start.output_tax, end.output_tax),
        subsidy=linear(start.subsidy, end.subsidy),
        subsidy_payer=end.subsidy_payer,
        factor_supply_hat=geometric(start.factor_supply_hat, end.factor_supply_hat),
        rigid_factor=end.rigid_factor,
        imbalance=Imbalance(
            *(linear(first, last) for first, last in zip(start.imbalance, end.imbalance, strict=True))
        ),
        transfer=linear(start.transfer, end.transfer),
        resource_cost=linear(start.resource_cost, end.resource_cost),
        purchases=linear(start.purchases, end.purchases),
        purchase_payer=end.purchase_payer,
        input_cost=linear(start.input_cost, end.input_cost),
        factor_cost=linear(start.factor_cost, end.factor_cost),
        real_use=end.real_use,
    )
