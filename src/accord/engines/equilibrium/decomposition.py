"""Why welfare changes: the published one-step decomposition, and one that adds up to the exact change.

Along any path of equilibria the household's welfare moves by (V = value of a flow before duty, p = its price at the factory gate with
export rents, q quantity delivered, X user spending, Y output, S factor supply, Q input bundle, z subsidy, s output tax, u unit cost of a
recipe, b price of the input bundle, r quantities that payers buy outside all uses, P what they cost)

    E_H dlnU =  sum_exports V dln p  -  sum_imports V dln p          terms of trade
              + sum (landed factor - 1) V dln q                      volume of trade
              + sum x/(1+x) V (dln q + dln kappa)                    rents earned on exports
              - sum V dln kappa                                      trade costs (resources)
              + sum_i X_i dln p_user_i  -  X dln P                   sourcing: origins lost or opened, perceived prices
              + sum cost (dln A - dln u - dln b + sum shares dln p)  technology: productivity and recipes
              + sum cost psi dln Q                                   scale
              + d(factor income) - sum w S dln w                     factor supply and employment
              + sum (s - z) Y dln(real output)                       output taxes and subsidies
              + d(inflow + subsidies received - subsidies paid)      transfers
              + sum_market r dP - sum_payer r dP                     transfers: dearer purchases in another region's market
              - P_H d(resource cost) - sum_payer P dr                costs of measures
              - sum E_f dln(quantity of other uses)                  government and investment

which follows from Shephard's lemma on every nest. Terms that are sums over flows are taken one product at a time
(`trade_terms.py`); the others are here. Caliendo and Parro (2015), equations (15)-(17), is the case of one use and
tariffs, evaluated once with base levels and percentage changes; that number is reported under its own name because it can be far
from the exact one when tariffs are large.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from accord.engines.equilibrium.inputs import HOUSEHOLD, Floats, Scenario, part_way
from accord.engines.equilibrium.result import Equilibrium
from accord.engines.equilibrium.trade_terms import TradeTerms, trade_terms


class OneStep(NamedTuple):
    """Caliendo and Parro (2015) welfare decomposition, each (n,), as a share of base income.

    Attributes:
        terms_of_trade: Equation (16) of the paper, summed over partners and sectors.
        volume_of_trade: Equation (17).
    """

    terms_of_trade: Floats
    volume_of_trade: Floats

    @property
    def welfare(self) -> Floats:
        """Equation (15): the sum of the two."""
        return self.terms_of_trade + self.volume_of_trade


class PathTerms(NamedTuple):
    """Terms of the path-integrated decomposition, each (n,), USD million of household consumption at base prices."""

    terms_of_trade: Floats
    volume_of_trade: Floats
    export_rents: Floats
    trade_costs: Floats
    sourcing: Floats
    technology: Floats
    scale: Floats
    factor_supply: Floats
    output_taxes: Floats
    transfers: Floats
    measure_costs: Floats
    other_uses: Floats

    @property
    def total(self) -> Floats:
        """Sum of the terms: the equivalent variation up to the quadrature error."""
        return np.sum(np.stack(self), axis=0)


def one_step(start: Equilibrium, end: Equilibrium) -> OneStep:
    """Evaluate the decomposition once, at the levels of `start` and with percentage changes to `end`."""
    exports_and_imports = start.flows_before_duty
    price_change = end.fob_price_hat / start.fob_price_hat - 1.0
    value = exports_and_imports * price_change
    income = np.asarray(start.income.total)
    flow_hat = np.divide(
        end.flows_before_duty,
        exports_and_imports,
        out=np.ones_like(exports_and_imports),
        where=exports_and_imports > 0.0,
    )
    wedge = start.scenario.wedges.landed_factor - 1.0
    volume = (wedge * exports_and_imports * (flow_hat - 1.0 - price_change)).sum(axis=(0, 1, 3))
    return OneStep((value.sum(axis=(0, 1, 2)) - value.sum(axis=(0, 1, 3))) / income, volume / income)


def path_terms(
    start: Equilibrium,
    end: Equilibrium,
    solve: Callable[[Scenario], Equilibrium],
    *,
    tolerance: float = 1e-8,
    most_nodes: int = 65,
) -> PathTerms:
    """Integrate the decomposition along the straight path between two equilibria of one base.

    Quantities are interpolated at Chebyshev points, differentiated by the spectral matrix (Trefethen 2000, "Spectral Methods in
    MATLAB", chapter 6) and integrated by Clenshaw-Curtis weights (chapter 12), so the error falls geometrically in the number of
    points; that number doubles from nine until the terms add up to the exact change (points are nested, none is solved twice).

    Args:
        start: Equilibrium at the beginning of the path.
        end: Equilibrium at its end.
        solve: Solves a scenario of the same base.
        tolerance: Largest gap between the sum of terms and the exact change, as a share of household consumption.
        most_nodes: Points at which to stop even if the gap is larger; the caller shows the gap.
    """
    exact = end.household_consumption - start.household_consumption
    known = {0.0: start, 1.0: end}
    nodes = 9
    while True:
        points = 0.5 * (1.0 - np.cos(np.pi * np.arange(nodes) / (nodes - 1)))
        for share in points:
            if share not in known:
                known[share] = solve(part_way(start.scenario, end.scenario, share))
        terms = _integrated([known[share] for share in points], points)
        gap = np.max(np.abs(terms.total - exact) / start.household_consumption)
        if gap <= tolerance or 2 * nodes - 1 > most_nodes:
            return terms
        nodes = 2 * nodes - 1


def _integrated(states: list[Equilibrium], points: Floats) -> PathTerms:
    derivative, weights = _differentiation_matrix(points), _quadrature_weights(points.size)
    trade, slopes = trade_terms(states, derivative), _Slopes.along(states, derivative)
    integrand = np.stack(
        [_integrand(state, slopes.at(position), trade.at(position)) for position, state in enumerate(states)]
    )
    return PathTerms(*np.tensordot(weights, integrand, axes=1))


class _Slopes(NamedTuple):
    """Derivatives along the path of what the integrand needs; `along` gives them with the path's points as first axis."""

    index: Floats
    productivity: Floats
    input_bundle: Floats
    factor_price: Floats
    factor_income: Floats
    transfers: Floats
    resource_cost: Floats
    use_quantity: Floats
    recipe: Floats
    purchase: Floats
    composite: Floats

    @classmethod
    def along(cls, states: list[Equilibrium], derivative: Floats) -> _Slopes:
        """Differentiate logs of prices, costs and productivity, and levels of the rest."""

        def slope(values: Callable[[Equilibrium], Floats]) -> Floats:
            return np.tensordot(derivative, np.stack([np.asarray(values(state)) for state in states]), axes=1)

        return cls(
            index=slope(lambda state: np.log(state.price_hat)),
            productivity=slope(lambda state: np.log(state.scenario.productivity_hat)),
            input_bundle=slope(_log_input_bundle),
            factor_price=slope(lambda state: np.log(state.factor_price_hat)),
            factor_income=slope(lambda state: state.income.factors),
            transfers=slope(
                lambda state: state.income.inflow + _subsidies_received(state) + state.income.subsidies
            ),
            resource_cost=slope(lambda state: state.scenario.resource_cost),
            use_quantity=slope(lambda state: state.final_spending / state.use_price_hat),
            recipe=_recipe_slopes(states, slope),
            purchase=slope(lambda state: state.scenario.purchases),
            composite=slope(lambda state: state.price_hat),
        )

    def at(self, position: int) -> _Slopes:
        """The derivatives at one point of the path."""
        return _Slopes(*(values[position] for values in self))


def _recipe_slopes(
    states: list[Equilibrium], slope: Callable[[Callable[[Equilibrium], Floats]], Floats]
) -> Floats:
    """By how much new recipes move log unit costs at given prices (point, n, j): all of its movement less what prices explain."""
    first = states[0].scenario
    if all(
        np.array_equal(state.scenario.input_cost, first.input_cost)
        and np.array_equal(state.scenario.factor_cost, first.factor_cost)
        for state in states
    ):
        return np.zeros((len(states), *first.productivity_hat.shape))

    def log_prices(state: Equilibrium) -> Floats:
        return np.log(state.price_hat).transpose(2, 0, 1).reshape(state.output.shape[0], -1)

    product, factor = slope(log_prices), slope(lambda state: np.log(state.factor_price_hat))
    explained = np.stack(
        [
            np.einsum("nm,nmj->nj", product[point], state.input_share)
            + (factor[point] * state.factor_share).sum(axis=1)
            for point, state in enumerate(states)
        ]
    )
    return slope(lambda state: _log_recipe_cost(state) + state.log_bundle) - explained


def _log_recipe_cost(state: Equilibrium) -> Floats:
    """Log cost at base prices of the recipe (n, j); zero where a sector makes nothing."""
    cost = state.scenario.input_cost.sum(axis=(1, 2)) + state.scenario.factor_cost.sum(axis=1)
    return np.log(np.where(cost > 0.0, cost, 1.0))


def _cost(state: Equilibrium) -> Floats:
    """What producers spend on inputs and factors (n, j)."""
    return (1.0 - state.scenario.output_tax + state.scenario.subsidy) * state.output


def _log_input_bundle(state: Equilibrium) -> Floats:
    """Log quantity of the input bundle (n, j), zero where a sector makes nothing."""
    cost, bundle = _cost(state), state.log_bundle + _log_recipe_cost(state)
    return np.where(cost > 0.0, np.log(np.where(cost > 0.0, cost, 1.0)) - bundle, 0.0)


def _subsidies_received(state: Equilibrium) -> Floats:
    return (state.scenario.subsidy * state.output).sum(axis=1)


def _integrand(state: Equilibrium, slopes: _Slopes, trade: TradeTerms) -> Floats:
    """Terms at one point, (term, n), in USD million at base prices: money is deflated by the household's price index."""
    scenario = state.scenario
    dearer = (scenario.purchases * slopes.composite).sum(axis=(1, 2))  # (payer, market)
    other_uses = (state.use_price_hat * slopes.use_quantity).sum(axis=1)
    other_uses -= state.use_price_hat[:, HOUSEHOLD] * slopes.use_quantity[:, HOUSEHOLD]
    terms = PathTerms(
        terms_of_trade=trade.terms_of_trade,
        volume_of_trade=trade.volume_of_trade,
        export_rents=trade.export_rents,
        trade_costs=-trade.trade_costs,
        sourcing=trade.dearer_sources - (state.expenditure * slopes.index).sum(axis=(0, 1)),
        technology=(_cost(state) * (slopes.productivity - slopes.recipe)).sum(axis=1),
        scale=(_cost(state) * state.base.technology.scale * slopes.input_bundle).sum(axis=1),
        factor_supply=slopes.factor_income - (state.factor_demand * slopes.factor_price).sum(axis=(1, 2)),
        output_taxes=((scenario.output_tax - scenario.subsidy) * trade.real_output).sum(axis=1),
        transfers=slopes.transfers + dearer.sum(axis=0) - state.paid_for_purchases(dearer),
        measure_costs=-state.use_price_hat[:, HOUSEHOLD] * slopes.resource_cost
        - state.paid_for_purchases((slopes.purchase * state.price_hat).sum(axis=(1, 2))),
        other_uses=-other_uses,
    )
    return np.stack(terms) / state.use_price_hat[:, HOUSEHOLD]


def _differentiation_matrix(points: Floats) -> Floats:
    """Spectral differentiation matrix on Chebyshev points (barycentric weights; Berrut and Trefethen 2004, section 9)."""
    count = points.size
    weight = (-1.0) ** np.arange(count)
    weight[[0, -1]] *= 0.5
    gap = points[:, None] - points[None, :] + np.eye(count)
    matrix = weight[None, :] / weight[:, None] / gap
    np.fill_diagonal(matrix, 0.0)
    np.fill_diagonal(matrix, -matrix.sum(axis=1))
    return matrix


def _quadrature_weights(count: int) -> Floats:
    """Clenshaw-Curtis weights on [0, 1]: exact for polynomials of degree count - 1."""
    angle = np.pi * np.arange(count) / (count - 1)
    order = np.arange(count)
    moments = np.where(order % 2 == 0, 1.0 / (1.0 - order.astype(float) ** 2 + (order == 1)), 0.0)
    return np.linalg.solve(np.cos(np.outer(order, angle)), moments)
