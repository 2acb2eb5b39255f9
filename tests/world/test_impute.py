"""Imputation of final demand: laws on the toy economy, and its error where the truth is known."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from accord.errors import WorldError
from accord.world.impute import (
    HOME_FLOOR,
    VARIANTS,
    NationalAccounts,
    Profile,
    impute_final_demand,
    residual_income,
    sourcing_shares,
)
from accord.world.toy import toy_world


@pytest.fixture
def toy():
    world = toy_world()
    inputs, final = (world.data[key].values.astype(np.float64) for key in ("intermediate", "final_demand"))
    return inputs, final


@pytest.fixture
def accounts(toy):
    inputs, final = toy
    flows = inputs.sum(axis=(1, 3)) + final.sum(axis=(1, 3))
    uses = final.sum(axis=(0, 1))
    return NationalAccounts(flows.sum(axis=1) - flows.sum(axis=0), uses / uses.sum(axis=1, keepdims=True))


@pytest.fixture
def profile(toy):
    by_use = toy[1].sum(axis=(0, 2))
    return Profile(by_use / by_use.sum(axis=1, keepdims=True), np.full(by_use.shape, 2.0))


def impute(toy, accounts, profile, variant):
    inputs, final = toy
    labels = {"regions": ["ARC", "BEL", "COR"], "sectors": ["farming", "food", "machines"]}
    return impute_final_demand(inputs, final.sum(axis=(2, 3)), accounts, profile, variant=variant, **labels)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_producer_sells_what_it_sells(toy, accounts, profile, variant):
    found = impute(toy, accounts, profile, variant)
    assert_allclose(found.sum(axis=(2, 3)), toy[1].sum(axis=(2, 3)), rtol=1e-9)


@pytest.mark.parametrize("variant", VARIANTS)
def test_nothing_is_negative(toy, accounts, profile, variant):
    assert (impute(toy, accounts, profile, variant) >= 0.0).all()


def test_every_region_spends_what_its_accounts_say(toy, accounts, profile):
    found = impute(toy, accounts, profile, "home-uplift")
    assert_allclose(found.sum(axis=(0, 1)), toy[1].sum(axis=(0, 1)), rtol=1e-9)


def test_without_accounts_every_region_spends_its_income(toy, accounts, profile):
    found = impute(toy, accounts, profile, "home-uplift-balanced")
    income = residual_income(toy[0], toy[1].sum(axis=(2, 3)))
    assert_allclose(found.sum(axis=(0, 1, 3)), income, rtol=1e-9)


def test_recorded_balances_that_do_not_add_up_are_shared_by_spending(toy, accounts, profile):
    skewed = accounts._replace(trade_balance=accounts.trade_balance + 30.0)
    spent = impute(toy, skewed, profile, "home-uplift").sum(axis=(0, 1, 3))
    wanted = residual_income(toy[0], toy[1].sum(axis=(2, 3))) - skewed.trade_balance
    assert_allclose(spent / spent.sum(), wanted / wanted.sum(), rtol=1e-9)


def test_higher_odds_at_home_mean_fewer_imports(toy, accounts, profile):
    home = np.arange(3)
    at_home = [
        impute(toy, accounts, profile, variant)[home, :, home].sum()
        for variant in ("as-inputs", "home-uplift")
    ]
    assert at_home[1] > at_home[0]


def test_a_product_that_is_nobodys_input_is_sold_at_home():
    purchases, row_totals = np.ones((2, 2, 2)), np.ones((2, 2))
    purchases[:, 1] = 0.0
    shares = sourcing_shares(purchases, row_totals, np.ones((2, 3)))
    assert_allclose(shares[:, 1, 0, 0], [1.0, 0.0])
    assert_allclose(shares[:, 1, 1, 0], [0.0, 1.0])


def test_home_supply_has_a_floor_where_all_inputs_are_imported():
    purchases, row_totals = np.ones((2, 1, 2)), np.ones((2, 1))
    purchases[0, 0, 0] = 0.0
    shares = sourcing_shares(purchases, row_totals, np.ones((1, 3)))
    assert_allclose(shares[0, 0, 0], HOME_FLOOR / (1.0 + HOME_FLOOR))


def test_an_unknown_variant_lists_the_known_ones(toy, accounts, profile):
    with pytest.raises(WorldError, match=r"Did you mean 'home-uplift'.*There are: home-uplift, as-inputs"):
        impute(toy, accounts, profile, "home-upllift")


# Published in docs/methods/final-demand.md, table 1, last digit rounded up.
PUBLISHED = {"home-uplift": (11.3, 50.8, 1.4, 100.4), "as-inputs": (13.4, 54.0, 4.8, 331.4)}


@pytest.mark.slow
@pytest.mark.parametrize("variant", PUBLISHED)
def test_the_error_where_the_truth_is_known_is_not_above_what_is_published(shared_data, variant):
    if not (shared_data / "wiod2013").is_dir():
        pytest.skip(f"{shared_data / 'wiod2013'} is absent")
    from tools.prove_final_demand import (
        errors_of,
        imputed,
        measured_profile,
        read_year,
        table_of,
        true_accounts,
    )

    table = table_of(read_year(2011))
    estimate = imputed(table, true_accounts(table), measured_profile(table_of(read_year(2008))), variant)
    assert (errors_of(estimate, table.final_demand).all_uses <= PUBLISHED[variant]).all()
