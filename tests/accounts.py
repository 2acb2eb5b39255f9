"""Random accounts as arrays, with every wedge at once: what the equilibrium engine's laws are tested on."""

from __future__ import annotations

import numpy as np

from accord.engines.equilibrium import Accounts, BaseEconomy, Scenario, Wedges, calibrate, no_change

ALL_USERS_TOGETHER = "one"


def random_accounts(
    seed: int, regions: int = 3, sectors: int = 3, uses: int = 3, *, wedges: bool = True
) -> Accounts:
    """Return accounts with home bias, unequal regions, imbalances and, if asked, tariffs, rents and output taxes."""
    draw = np.random.default_rng(seed)
    size = np.sqrt(draw.lognormal(0.0, 1.0, regions))
    scale = size[:, None, None, None] * size[None, None, :, None]
    home = 1.0 + 8.0 * np.eye(regions)[:, None, :, None]
    intermediate = draw.gamma(1.0, 0.02, (regions, sectors, regions, sectors)) * scale * home
    final = draw.gamma(1.0, 0.3, (regions, sectors, regions, uses)) * scale * home
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
        wedges=Wedges(tariff, rent, export_rent),
        output_tax=draw.uniform(-0.05, 0.1, (regions, sectors)) * wedges,
        trade_elasticity=draw.uniform(2.0, 10.0, sectors),
    )


def random_base(seed: int, *, groups: int = 1, wedges: bool = True, **shape: int) -> BaseEconomy:
    """Return the calibrated base of `random_accounts`; two groups are intermediate and final users."""
    accounts = random_accounts(seed, wedges=wedges, **shape)
    sectors, uses = accounts.intermediate.shape[3], accounts.final.shape[3]
    everyone = np.ones(sectors + uses)
    final = np.concatenate([np.zeros(sectors), np.ones(uses)])
    return calibrate(accounts, [everyone] if groups == 1 else [1.0 - final, final])


def random_scenario(seed: int, base: BaseEconomy, strength: float = 1.0) -> Scenario:
    """Return a scenario that moves everything at once: costs, wedges, productivity, taxes, imbalances, embargoes, waste."""
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
    )
    return no_change(base)._replace(
        trade_cost_hat=factor(0.3),
        availability=1.0
        - strength * draw.uniform(0.0, 0.8, cells) * abroad * (draw.uniform(size=cells) < 0.2),
        wedges=wedges,
        productivity_hat=np.exp(strength * draw.uniform(-0.1, 0.1, (regions, sectors))),
        output_tax=base.output_tax + strength * draw.uniform(-0.02, 0.02, (regions, sectors)),
        imbalance_share=base.imbalance_share * (1.0 - 0.5 * strength),
        resource_cost=strength * draw.uniform(0.0, 0.02, regions) * base.final_spending[:, 0],
    )
