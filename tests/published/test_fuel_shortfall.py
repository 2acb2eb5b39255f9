"""A sudden shortfall of fuel: the production function behind the printed figures of Bachmann et al. (2022).

"What if? The Economic Effects for Germany of a Stop of Energy Imports from Russia"; its printed -1.5% is an energy share of 4%, a
cut of 10% and an elasticity of 0.04.

Y = [a E^((s-1)/s) + (1-a) X^((s-1)/s)]^(s/(s-1)) with E cut, X fixed, base 1; the table is FACTS section 3. Three ways to say it to the
engine, one region and no trade each:

    one sector    two factors E and X make the only good; elasticity among factors s; the supply of factor E falls
    energy input  factor E alone makes energy, factor X the final good, which buys energy; elasticity between value added and
                  materials s; the supply of factor E falls
    worse wells   the same, with energy in its own nest, and the productivity of the energy sector falls instead
"""

from __future__ import annotations

import numpy as np
import pytest

from accord.engines.equilibrium import cobb_douglas, no_change, solve
from accord.errors import EngineError
from engines.built import TIGHT, closed, economy

ELASTICITIES = (1.0, 0.2, 0.1, 0.05, 0.04)
TABLE = {  # (share of energy, cut): change of output in % at each elasticity
    (0.040, 0.08): (-0.33, -0.39, -0.48, -0.76, -0.94),
    (0.040, 0.10): (-0.42, -0.52, -0.68, -1.19, -1.57),
    (0.012, 0.30): (-0.43, -0.93, -2.75, -12.1, -15.9),
    (0.010, 0.30): (-0.36, -0.78, -2.34, -11.3, -15.3),
}
ROWS = [
    (share, cut, elasticity, change)
    for (share, cut), row in TABLE.items()
    for elasticity, change in zip(ELASTICITIES, row, strict=True)
]


def one_sector(share: float, cut: float, elasticity: float) -> float:
    technology = cobb_douglas(1, 1, np.array([5.0]), factors=2)._replace(factors=np.array([elasticity]))
    base = economy(closed(1, [1.0]), technology, factor_split=np.array([[[share], [1.0 - share]]]))
    return output(base, no_change(base)._replace(factor_supply_hat=np.array([[1.0 - cut, 1.0]])))


def two_sectors(share: float, elasticity: float, *, nest: bool):
    """Energy first, then the final good; factor E only in the former, factor X only in the latter."""
    technology = cobb_douglas(2, 1, np.array([5.0, 5.0]), factors=2)._replace(
        value_added_materials=np.array([1.0, elasticity]), energy_product=np.array([nest, False])
    )
    intermediate = np.zeros((1, 2, 1, 2))
    intermediate[0, 0, 0, 1] = share
    return economy(closed(2, [0.0, 1.0]), technology, intermediate=intermediate, factor_split=np.eye(2)[None])


def energy_input(share: float, cut: float, elasticity: float) -> float:
    base = two_sectors(share, elasticity, nest=False)
    return output(base, no_change(base)._replace(factor_supply_hat=np.array([[1.0 - cut, 1.0]])))


def worse_wells(share: float, cut: float, elasticity: float) -> float:
    base = two_sectors(share, elasticity, nest=True)
    return output(base, no_change(base)._replace(productivity_hat=np.array([[1.0 - cut, 1.0]])))


def output(base, scenario) -> float:
    """Real output of the final good, base 1."""
    return float(solve(base, scenario, TIGHT).household_consumption[0])


def production_function(share: float, cut: float, s: float) -> float:
    if s == 1.0:
        return (1.0 - cut) ** share
    power = (s - 1.0) / s
    return (share * (1.0 - cut) ** power + 1.0 - share) ** (1.0 / power)


@pytest.mark.parametrize("way", [one_sector, energy_input, worse_wells])
@pytest.mark.parametrize(("share", "cut", "elasticity", "change"), ROWS)
def test_output_falls_as_in_the_table(way, share, cut, elasticity, change):
    found = way(share, cut, elasticity)
    assert found == pytest.approx(production_function(share, cut, elasticity), rel=1e-9)
    digits = 2 if change > -10.0 else 1
    assert round(100.0 * (found - 1.0), digits) == change


@pytest.mark.parametrize("way", [one_sector, energy_input, worse_wells])
@pytest.mark.parametrize(
    ("share", "cut", "change"),
    [(0.04, 0.08, -7.7), (0.04, 0.10, -9.7), (0.012, 0.3, -29.7), (0.01, 0.3, -29.7)],
)
def test_near_fixed_proportions_output_falls_almost_as_much_as_fuel(way, share, cut, change):
    """The last column of the table, "-> 0", is an elasticity of 0.001; the table prints -29.8 for the third row, its formula -29.7."""
    found = way(share, cut, 0.001)
    assert found == pytest.approx(production_function(share, cut, 0.001), rel=1e-9)
    assert round(100.0 * (found - 1.0), 1) == change


@pytest.mark.parametrize("way", [one_sector, pytest.param(energy_input, marks=pytest.mark.slow)])
def test_fixed_proportions_with_a_missing_factor_have_no_equilibrium_and_say_so(way):
    """At an elasticity of zero the abundant factor is worth nothing: no positive price clears its market."""
    with pytest.raises(EngineError, match=r"did not converge|no finite solution"):
        way(0.04, 0.10, 0.0)
