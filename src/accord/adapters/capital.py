"""Capital that was built by earlier investment: into the scenario of a year, and the investment of that year back out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from accord.adapters.equilibrium import Model

if TYPE_CHECKING:
    from accord.engines.equilibrium import Equilibrium, Scenario

CAPITAL, INVESTMENT = "capital", "investment"


def why_capital_is_fixed(model: Model) -> str:
    """Return why capital cannot adjust in this model; empty when it can."""
    if CAPITAL not in model.factors.names:
        return "the model does not tell capital from labour (a World with factors, or labour_share, does)"
    if INVESTMENT not in model.world.uses:
        return f"World '{model.world.name}' does not tell investment from other final uses"
    return ""


def with_capital(model: Model, scenario: Scenario, capital_hat: np.ndarray) -> Scenario:
    """Return `scenario` with the capital stock of each region multiplied, and investment spending a fixed share of income.

    The share is what makes investment respond to what a region earns (Solow 1956); with real investment held at its base, capital
    would never move.

    Args:
        model: The calibrated World; `why_capital_is_fixed` must be empty.
        scenario: A year's scenario.
        capital_hat: Capital stock over its base (n,).
    """
    supply = np.array(scenario.factor_supply_hat)
    supply[:, model.factors.names.index(CAPITAL)] *= capital_hat
    real = np.array(scenario.real_use)
    real[_investment(model)] = False
    return scenario._replace(factor_supply_hat=supply, real_use=real)


def investment_hat(model: Model, state: Equilibrium) -> np.ndarray:
    """Real investment over its base (n,); one where a region has none."""
    return investment_ratio(model, state.final_spending, state.use_price_hat)


def investment_ratio(model: Model, final_spending: np.ndarray, use_price_hat: np.ndarray) -> np.ndarray:
    """The same from spending on final uses and their price indices (n, f), whoever solved for them."""
    use = _investment(model)
    base = model.base.final_spending[:, use]
    volume = final_spending[:, use] / use_price_hat[:, use]
    return np.divide(volume, base, out=np.ones_like(base), where=base > 0.0)


def volume_ratio(model: Model, change: np.ndarray) -> np.ndarray:
    """Change of real investment over its base (n,) from changes of the volumes of final uses (n, f)."""
    use = _investment(model)
    base = model.base.final_spending[:, use]
    return np.divide(change[:, use], base, out=np.zeros_like(base), where=base > 0.0)


def capital_direction(
    model: Model, scenario: Scenario, stock: np.ndarray, stock_direction: np.ndarray
) -> np.ndarray:
    """Return how supplies of factors (n, factor) of `scenario` move when the stock that is in them, `stock` (n,), does."""
    place = model.factors.names.index(CAPITAL)
    moved = np.zeros_like(scenario.factor_supply_hat, dtype=np.float64)
    moved[:, place] = scenario.factor_supply_hat[:, place] / stock * stock_direction
    return moved


def _investment(model: Model) -> int:
    """Position of investment among the engine's final uses, of which the household is the first."""
    others = [use for use in model.world.uses if use != "household"]
    return 1 + others.index(INVESTMENT)
