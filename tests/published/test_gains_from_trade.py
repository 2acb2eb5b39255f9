"""Gains from trade and optimal tariffs with a closed form, as published.

Sources. ACR: Arkolakis, Costinot and Rodriguez-Clare (2012), "New Trade Models, Same Old Gains?", American Economic Review 102(1).
CRC: Costinot and Rodriguez-Clare (2014), "Trade Theory with Numbers", Handbook of International Economics 4, sections 2 and 3.
Gros: Gros (1987), "A Note on the Optimal Tariff, Retaliation and the Welfare Loss from Tariff Wars", Journal of International
Economics 23.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import minimize_scalar

from accord.engines.equilibrium import BaseEconomy, Equilibrium, cobb_douglas, no_change, solve
from accounts import random_accounts
from engines.built import TIGHT, balanced, economy, home_shares, isolated

ONE_USE = np.array([False])
seeds = st.integers(0, 2**16)


def random_economy(seed: int, *, sectors: int, inputs: bool, tariffs: bool = False, scale: float = 0.0):
    """Return a balanced Cobb-Douglas economy of three regions with one final use; `scale` is psi times theta."""
    accounts = random_accounts(seed, sectors=sectors, uses=1, wedges=False)
    theta = accounts.technology.trade
    rates = np.random.default_rng(seed).uniform(0.0, 0.3, (1, sectors, 3, 3)) * ~np.eye(3, dtype=bool)
    intermediate = accounts.intermediate if inputs else None
    base = balanced(economy(accounts.final, theta, intermediate=intermediate, tariff=rates * tariffs))
    return base._replace(technology=base.technology._replace(scale=scale / theta))


def autarky(base: BaseEconomy) -> Equilibrium:
    """Return the world in which every region is cut off from every other."""
    regions = range(base.shape[2])
    return solve(base, no_change(base)._replace(availability=isolated(base, regions)), TIGHT)


def real_income_in_autarky(base: BaseEconomy) -> np.ndarray:
    """Real income in autarky over that of the base (n,), by hand.

    In units of the wage log p = (1 + psi) gamma' p - psi log(output in autarky / output) - log(home share) / theta, one linear
    system a region; output in autarky follows from the input coefficients alone (ACR section IV, CRC section 3). Income loses its
    duties.
    """
    _, sectors, regions = base.shape
    theta, psi = base.technology.trade, base.technology.scale
    home = np.einsum("knn->kn", base.expenditure_share[0])
    before_duty = base.expenditure[0][..., None] * base.expenditure_share[0] / base.wedges.landed_factor[0]
    output = before_duty.sum(axis=1).T
    result = np.empty(regions)
    for n in range(regions):
        inputs, basket = base.input_share[n, 0], base.final_share[n, 0, :, 0]
        alone = np.linalg.solve(np.eye(sectors) - inputs, basket * base.value_added[n])
        shift = -psi * np.log(alone / output[n]) - np.log(home[:, n]) / theta
        log_price = np.linalg.solve(np.eye(sectors) - (1.0 + psi)[:, None] * inputs.T, shift)
        result[n] = base.value_added[n] / base.final_spending[n, 0] * np.exp(-basket @ log_price)
    return result


def real_income(state: Equilibrium) -> np.ndarray:
    """Real income over that of the base (n,)."""
    return state.household_consumption / state.base.final_spending[:, 0]


@pytest.mark.parametrize("tariffs", [False, True])
@pytest.mark.parametrize("inputs", [False, True])
@pytest.mark.parametrize("sectors", [1, 4])
@pytest.mark.parametrize("seed", range(4))
def test_losses_in_autarky_follow_from_home_shares_and_elasticities_alone(seed, sectors, inputs, tariffs):
    """ACR: W_hat = product of home share^(share / theta); with inputs the exponents go through the Leontief inverse (CRC, 3.3)."""
    base = random_economy(seed, sectors=sectors, inputs=inputs, tariffs=tariffs)
    assert_allclose(real_income(autarky(base)), real_income_in_autarky(base), rtol=1e-9)


@pytest.mark.parametrize("inputs", [False, True])
@pytest.mark.parametrize("sectors", [1, 4])
@pytest.mark.parametrize("seed", range(4))
def test_scale_economies_add_the_change_of_each_sectors_size_to_the_formula(seed, sectors, inputs):
    """CRC section 3 (monopolistic competition, Krugman at psi = 1 / theta): home share times (relative size)^(psi theta)."""
    base = random_economy(seed, sectors=sectors, inputs=inputs, scale=0.5)
    assert_allclose(real_income(autarky(base)), real_income_in_autarky(base), rtol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_only_the_region_cut_off_loses_all_its_trade(seed):
    """The formula needs nothing about the rest of the world, which goes on trading."""
    base = random_economy(seed, sectors=3, inputs=True)
    alone = solve(base, no_change(base)._replace(availability=isolated(base, [1])), TIGHT)
    assert_allclose(real_income(alone)[1], real_income_in_autarky(base)[1], rtol=1e-9)
    assert np.all(home_shares(alone)[:, [0, 2]] < 1.0)


@settings(max_examples=15)
@given(seed=seeds, scale=st.sampled_from([0.0, 0.5, 1.0]), inputs=st.booleans())
@pytest.mark.filterwarnings("ignore::accord.engines.equilibrium.SeveralEquilibriaWarning")
def test_any_foreign_shock_is_worth_what_it_does_to_the_home_share(seed, scale, inputs):
    """ACR, proposition 1 in one sector: W_hat = home share_hat^(-1 / e).

    e = theta times the share of value added under perfect competition; with roundabout inputs and scale psi the exponent is
    1 / (theta (1 - (1 + psi)(1 - value added share))), which at psi = 1 / theta is that of Krugman (ACR, section IV). Draws in
    which the roundabout of inputs and scale explodes are left out.
    """
    base = random_economy(seed, sectors=1, inputs=inputs, scale=scale)
    theta, psi = base.technology.trade[0], base.technology.scale[0]
    multiplier = 1.0 - (1.0 + psi) * (1.0 - base.value_added_share[:, 0])
    assume(np.all(multiplier > 0.1))
    cost = np.ones((1, 1, 3, 3))
    cost[0, 0, 0, 1], cost[0, 0, 2, 0] = 1.5, 0.8
    state = solve(base, no_change(base)._replace(trade_cost_hat=cost), TIGHT)
    home_hat = home_shares(state)[0] / np.einsum("nn->n", base.expenditure_share[0, 0])
    assert_allclose(real_income(state), home_hat ** (-1.0 / (theta * multiplier)), rtol=1e-8)


def test_the_handbook_home_share_of_the_united_states_gives_its_printed_gain():
    """CRC, table 4.1: 1.8% for the USA in one sector with theta = 5, which is a home share of 0.913."""
    flows = np.array([[0.913, 0.087], [0.087, 0.913]]).reshape(2, 1, 2, 1)
    base = economy(flows, [5.0])
    state = solve(base, no_change(base)._replace(availability=isolated(base, [0, 1])), TIGHT)
    loss = 100.0 * (1.0 - real_income(state))
    assert_allclose(loss, 1.8, atol=0.01)
    assert_allclose(loss, 100.0 * (1.0 - 0.913**0.2), rtol=1e-9)


def two_countries(share: float, theta: float) -> BaseEconomy:
    """Return free trade between a country with `share` of world income, which imports 30% of what it buys, and the rest."""
    traded = 0.3 * share
    flows = np.array([[share - traded, traded], [traded, 1.0 - share - traded]])
    return economy(flows.reshape(2, 1, 2, 1), [theta])


def optimal_tariff(base: BaseEconomy) -> tuple[float, Equilibrium]:
    """Search for the tariff of country 0 on all its imports that its household likes best."""

    def at(rate: float) -> Equilibrium:
        tariff = np.zeros((1, 1, 2, 2))
        tariff[0, 0, 0, 1] = rate
        return solve(base, no_change(base)._replace(wedges=base.wedges._replace(tariff=tariff)), TIGHT)

    found = minimize_scalar(
        lambda rate: -real_income(at(rate))[0], bounds=(0.01, 2.0), method="bounded", options={"xatol": 1e-7}
    )
    return float(found.x), at(float(found.x))


@pytest.mark.parametrize("theta", [2.5, 4.0, 8.0])
def test_the_optimal_tariff_of_a_small_country_is_one_over_theta(theta):
    """Gros: a small country's market power is over its own variety alone; 25% at theta = 4."""
    rate, _ = optimal_tariff(two_countries(1e-4, theta))
    assert rate == pytest.approx(1.0 / theta, rel=1e-3)


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_optimal_tariff_of_a_large_country_counts_the_foreign_home_share(share):
    """Gros, with two countries of any size: 1 / (theta x share of foreign spending on foreign goods), at the optimum."""
    theta = 4.0
    rate, state = optimal_tariff(two_countries(share, theta))
    assert rate == pytest.approx(1.0 / (theta * home_shares(state)[0, 1]), rel=1e-4)
    assert rate > 1.01 / theta


def net_exports_of_the_scale_sector(psi: float) -> float:
    """Country 0 grows by a tenth; sector 0 may have scale economies and home bias, sector 1 trades freely at a high elasticity."""
    theta = np.array([4.0, 40.0])
    flows = np.empty((2, 2, 2, 1))
    flows[:, 0, :, 0] = [[0.8, 0.2], [0.2, 0.8]]
    flows[:, 1, :, 0] = 0.5
    base = economy(flows, cobb_douglas(2, 1, theta)._replace(scale=np.array([psi, 0.0])))
    larger = no_change(base)._replace(factor_supply_hat=np.array([[1.1], [1.0]]))
    sales = solve(base, larger, TIGHT).flows_before_duty[0, 0]  # (importer, exporter)
    return sales[1, 0] - sales[0, 1]


def test_the_larger_market_exports_the_goods_with_scale_economies_and_only_those():
    """Home-market effect: Krugman (1980), "Scale Economies, Product Differentiation, and the Pattern of Trade", AER 70(5)."""
    assert net_exports_of_the_scale_sector(0.0) < 0.0
    assert net_exports_of_the_scale_sector(0.95 / 4.0) > 0.0
