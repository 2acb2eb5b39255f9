"""What the equilibrium engine takes: a calibrated base economy and a scenario, both frozen arrays.

Axis letters used in every docstring of this engine:

    g  group    users that source a product with the same shares (one group for all users = Caliendo and Parro 2015)
    k  sector   product = supplying sector; j the using sector
    n  importer region that buys
    i  exporter region that sells
    f  use      household first, then the other final uses
"""

from __future__ import annotations

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
    """

    tariff: Floats
    import_rent: Floats
    export_rent: Floats

    @property
    def landed_factor(self) -> Floats:
        """User price over the value before duty, >= 1 without subsidies."""
        return (1.0 + self.tariff) * (1.0 + self.import_rent)


class BaseEconomy(NamedTuple):
    """A base-year equilibrium: shares and levels that satisfy every equation of the engine with all changes equal to one.

    Levels are USD million a year.

    Attributes:
        expenditure_share: pi (g, k, n, i), shares of spending at user prices by origin; rows of unbought products are zero.
        expenditure: X (g, k, n), spending at user prices.
        input_share: gamma (n, g, k, j), share of product k bought through group g in the cost of sector j.
        value_added_share: (n, j), share of factors in cost.
        final_share: alpha (n, g, k, f), shares of the spending of each use.
        final_spending: (n, f), at user prices.
        value_added: (n,), factor income.
        wedges: Wedges already in the base data.
        output_tax: (n, j), share of the value of output.
        trade_elasticity: theta (k,).
        imbalance_share: (n,), trade deficit (inflow of income) as a share of world income before inflows; sums to zero.
        resource_cost: (n,), part of household spending that nobody consumes, at base prices (zero in data as they come).
    """

    expenditure_share: Floats
    expenditure: Floats
    input_share: Floats
    value_added_share: Floats
    final_share: Floats
    final_spending: Floats
    value_added: Floats
    wedges: Wedges
    output_tax: Floats
    trade_elasticity: Floats
    imbalance_share: Floats
    resource_cost: Floats

    @property
    def shape(self) -> tuple[int, int, int]:
        """(groups, sectors, regions)."""
        groups, sectors, regions, _ = self.expenditure_share.shape
        return groups, sectors, regions


class Scenario(NamedTuple):
    """What differs from the base; `no_change(base)` gives the neutral one.

    Attributes:
        trade_cost_hat: Change of the iceberg cost (g or 1, k, n, i), ratio.
        availability: 1 - embargo intensity (g or 1, k, n, i), in [0, 1].
        wedges: New wedges, levels.
        productivity_hat: (n, j), ratio.
        output_tax: New rates (n, j).
        imbalance_share: New imbalances as a share of world income (n,).
        resource_cost: (n,) USD million at base prices of household bundle that is bought and consumed by nobody.
        real_use: (f,) booleans, True where a use buys a fixed real quantity, False where it spends a fixed share of income;
            the household takes what is left, whatever its entry.
    """

    trade_cost_hat: Floats
    availability: Floats
    wedges: Wedges
    productivity_hat: Floats
    output_tax: Floats
    imbalance_share: Floats
    resource_cost: Floats
    real_use: Floats


class Options(NamedTuple):
    """How to iterate; traced, so that a new value compiles nothing.

    Attributes:
        tolerance: Largest relative residual of any equation.
        max_iterations: Evaluations of the system before giving up.
        wage_damping: Exponent on excess labour demand in the update of factor prices; below one because demand for a
            region's factors falls with their price at the rate of the trade elasticities.
        largest_step: Largest change of any log unknown in one iteration.
    """

    tolerance: float = 1e-11
    max_iterations: int = 2_000
    wage_damping: float = 0.25
    largest_step: float = 1.0


def no_change(base: BaseEconomy) -> Scenario:
    """Return the scenario in which nothing differs from `base`."""
    _, sectors, regions = base.shape
    neutral = np.ones(base.expenditure_share.shape)
    return Scenario(
        trade_cost_hat=neutral,
        availability=neutral,
        wedges=base.wedges,
        productivity_hat=np.ones((regions, sectors)),
        output_tax=base.output_tax,
        imbalance_share=base.imbalance_share,
        resource_cost=base.resource_cost,
        real_use=np.ones(base.final_spending.shape[1], dtype=bool),
    )


def part_way(start: Scenario, end: Scenario, share: float) -> Scenario:
    """Return the point at `share` of the path from scenario `start` to scenario `end`.

    Linear in log trade cost, tariff rate, log rent factor, log productivity and embargo intensity (METHODS section 13), and in
    the output tax, imbalance shares and resource costs. `real_use` is that of `end`.
    """

    def linear(first: Floats, last: Floats) -> Floats:
        return first + share * (last - first)

    def geometric(first: Floats, last: Floats) -> Floats:
        return first ** (1.0 - share) * last**share

    return Scenario(
        trade_cost_hat=geometric(start.trade_cost_hat, end.trade_cost_hat),
        availability=linear(start.availability, end.availability),
        wedges=Wedges(
            tariff=linear(start.wedges.tariff, end.wedges.tariff),
            import_rent=geometric(1.0 + start.wedges.import_rent, 1.0 + end.wedges.import_rent) - 1.0,
            export_rent=geometric(1.0 + start.wedges.export_rent, 1.0 + end.wedges.export_rent) - 1.0,
        ),
        productivity_hat=geometric(start.productivity_hat, end.productivity_hat),
        output_tax=linear(start.output_tax, end.output_tax),
        imbalance_share=linear(start.imbalance_share, end.imbalance_share),
        resource_cost=linear(start.resource_cost, end.resource_cost),
        real_use=end.real_use,
    )
