"""Random accounts as arrays, with every wedge at once: what the equilibrium engine's laws are tested on."""

from __future__ import annotations

import numpy as np

from accord.engines.equilibrium import (
    Accounts,
    BaseEconomy,
    Equilibrium,
    Imbalance,
    Scenario,
    Technology,
    Wedges,
    calibrate,
    cobb_douglas,
    nests,
    no_change,
)


def random_accounts(
    seed: int,
    regions: int = 3,
    sectors: int = 3,
    uses: int = 3,
    *,
    wedges: bool = True,
    technology: str = "cobb-douglas",
) -> Accounts:
    """Return accounts with home bias, unequal regions, imbalances and, if asked, tariffs, rents and output taxes."""
    draw = np.random.default_rng(seed)
    size = np.sqrt(draw.lognormal(0.0, 1.0, regions))
    scale = size[:, None, None, None] * size[None, None, :, None]
    home = 1.0 + 8.0 * np.eye(regions)[:, None, :, None]
    intermediate = draw.gamma(1.0, 0.02, (regions, sectors, regions, sectors)) * scale * home
    final = draw.gamma(1.0, 0.3, (regions, sectors, regions, uses)) * scale * home
    final[..., 0] *= 3.0  # households are the largest use, and can bear what happens to them
    abroad = ~np.eye(regions, dtype=bool)
    cells = (1, sectors, regions, regions)
    tariff = draw.uniform(0.0, 0.3, cells) * abroad * wedges
    rent = draw.uniform(0.0, 0.1, cells) * abroad * wedges
    export_rent = draw.uniform(-0.05, 0.1, cells) * abroad * wedges
    for _ in range(20):  # inputs at user prices stay below 60% of output
        output = intermediate.sum(axis=(2, 3)) + final.sum(axis=(2, 3))
        cost = 1.5 * intermediate.sum(axis=(0, 1))
        intermediate *= np.minimum(1.0, 0.6 * output / cost)
    return Accounts(
        intermediate=intermediate,
        final=final,
        wedges=Wedges(tariff, rent, export_rent, draw.uniform(0.0, 0.2, cells) * abroad * wedges),
        output_tax=draw.uniform(-0.05, 0.1, (regions, sectors)) * wedges,
        technology=random_technology(draw, sectors, uses, technology),
        factor_split=draw.dirichlet([3.0, 2.0], (regions, sectors)).transpose(0, 2, 1)
        if technology != "cobb-douglas"
        else np.ones((regions, 1, sectors)),
    )


def random_technology(draw: np.random.Generator, sectors: int, uses: int, kind: str) -> Technology:
    """Return Cobb-Douglas with one mobile factor, or everything at once: nests, fixed inputs, scale, two kinds of factor."""
    trade = draw.uniform(2.0, 10.0, sectors)
    if kind == "cobb-douglas":
        return cobb_douglas(sectors, uses, trade)
    energy = np.zeros(sectors, dtype=bool)
    energy[: max(1, sectors // 2)] = True
    fixed = np.zeros((sectors, sectors), dtype=bool)
    fixed[0, -1] = True
    return Technology(
        trade=trade,
        value_added_materials=draw.uniform(0.2, 1.5, sectors),
        factors=draw.uniform(0.3, 1.8, sectors),
        materials=draw.uniform(0.1, 1.5, sectors),
        energy=draw.uniform(0.3, 3.0, sectors),
        final=draw.uniform(0.3, 2.0, uses),
        final_energy=draw.uniform(0.3, 2.0, uses),
        energy_product=energy,
        fixed_input=fixed,
        scale=draw.uniform(0.0, 0.05, sectors),
        specificity=np.array([draw.choice([0.0, 0.4]), draw.choice([0.5, 1.0])]),
    )


def random_base(
    seed: int, *, groups: int = 1, wedges: bool = True, technology: str = "cobb-douglas", **shape: int
) -> BaseEconomy:
    """Return the calibrated base of `random_accounts`; two groups are intermediate and final users."""
    accounts = random_accounts(seed, wedges=wedges, technology=technology, **shape)
    sectors, uses = accounts.intermediate.shape[3], accounts.final.shape[3]
    everyone = np.ones(sectors + uses)
    final = np.concatenate([np.zeros(sectors), np.ones(uses)])
    return calibrate(accounts, [everyone] if groups == 1 else [1.0 - final, final])


def random_scenario(seed: int, base: BaseEconomy, strength: float = 1.0) -> Scenario:
    """Return a scenario that moves everything at once: costs, wedges, productivity, taxes, imbalances, embargoes, waste.

    Recipes change too, and two regions buy things in every market.
    """
    draw = np.random.default_rng(seed + 10_000)
    groups, sectors, regions = base.shape
    cells = (groups, sectors, regions, regions)
    abroad = ~np.eye(regions, dtype=bool)

    def factor(spread: float) -> np.ndarray:
        return np.exp(strength * draw.uniform(-spread, spread, cells) * abroad)

    wedges = Wedges(
        tariff=(1.0 + base.wedges.tariff) * factor(0.1) - 1.0,
        import_rent=(1.0 + base.wedges.import_rent) * factor(0.05) - 1.0,
        export_rent=(1.0 + base.wedges.export_rent) * factor(0.05) - 1.0,
        home_preference=(1.0 + base.wedges.home_preference) * factor(0.1) - 1.0,
    )
    output = np.einsum("gkni,gkn->ik", base.expenditure_share, base.expenditure)
    small = 0.2 * output.min()  # no region's income is used up by another's subsidies
    gift = strength * draw.uniform(-0.01, 0.01, regions) * base.value_added.min()
    inflows = draw.uniform(-0.02, 0.02, regions) * strength
    # Another generator, so that what was drawn before this was added stays as it was.
    more = np.random.default_rng(seed + 20_000)
    payers = np.array([0, regions - 1])
    bill = 0.02 * strength * base.final_spending[payers, 0]
    basket = more.uniform(0.0, 1.0, (len(payers), *base.expenditure.shape)) * (base.expenditure > 0.0)
    basket /= basket.sum(axis=(1, 2, 3), keepdims=True)
    return no_change(base)._replace(
        trade_cost_hat=factor(0.3),
        availability=1.0
        - strength * draw.uniform(0.0, 0.8, cells) * abroad * (draw.uniform(size=cells) < 0.2),
        wedges=wedges,
        productivity_hat=np.exp(strength * draw.uniform(-0.1, 0.1, (regions, sectors))),
        output_tax=base.output_tax + strength * draw.uniform(-0.02, 0.02, (regions, sectors)),
        subsidy=strength * draw.uniform(0.0, 0.05, (regions, sectors)) * np.minimum(1.0, small / output),
        subsidy_payer=draw.integers(0, regions, (regions, sectors)),
        factor_supply_hat=np.exp(strength * draw.uniform(-0.1, 0.1, (regions, base.factor_income.shape[1]))),
        imbalance=Imbalance(
            world_share=base.imbalance.world_share * (1.0 - 0.5 * strength),
            own_share=inflows,
            level=gift - gift.mean(),
            residual=np.eye(regions)[0],
        ),
        transfer=np.roll(gift, 1) - gift,
        resource_cost=strength * draw.uniform(0.0, 0.02, regions) * base.final_spending[:, 0],
        purchases=bill[:, None, None, None] * basket,
        purchase_payer=payers,
        input_cost=base.input_share * (1.0 + strength * more.uniform(-0.2, 0.2, base.input_share.shape)),
        factor_cost=base.factor_share * (1.0 + strength * more.uniform(-0.1, 0.1, base.factor_share.shape)),
    )


def base_recipe_seen_from(there: Equilibrium) -> dict[str, np.ndarray]:
    """Return `input_cost` and `factor_cost` by which `rebased(there)` goes back to the recipes of the base of `there`.

    What the old recipe costs at the new prices, input by input, over what the new one does.
    """
    base, scenario = there.base, there.scenario
    regions, groups, sectors, using = base.input_share.shape
    nest = nests.cost_nest(
        base, base.input_share.reshape(regions, groups * sectors, using), base.factor_share
    )
    log_price = np.log(there.price_hat).transpose(2, 0, 1).reshape(regions, groups * sectors)
    log_factor_price = np.log(there.factor_price_hat)
    old = nests.cost_prices(nest, log_price, log_factor_price)
    unit_cost = scenario.input_cost.sum(axis=(1, 2)) + scenario.factor_cost.sum(axis=1)
    ratio = np.exp(np.asarray(old.total) - np.asarray(there.log_bundle)) / unit_cost
    inputs = np.asarray(nests.input_shares(nest, old, log_price)) * ratio[:, None, :]
    factors = np.asarray(nests.factor_shares(nest, old, log_factor_price)) * ratio[:, None, :]
    return {"input_cost": inputs.reshape(base.input_share.shape), "factor_cost": factors}
