"""Made-up economies that many tests share: random Worlds whose accounts add up."""

from __future__ import annotations

import numpy as np

from accord.world.build import build_world
from accord.world.world import Provenance, World

USES = ("household", "government", "investment")


def random_world(
    seed: int,
    regions: int = 3,
    sectors: int = 3,
    uses: tuple[str, ...] = USES,
    tariffs: bool = True,
    imbalance: bool = True,
    kinds: tuple[str, ...] | None = None,
) -> World:
    """Return a random World with unequal regions, home bias and positive value added everywhere.

    Every share is drawn, output is solved for, and flows follow, so that value added is what each producer's share says.

    Args:
        seed: Same seed, same World.
        regions: Number of regions, R00, R01 ...
        sectors: Number of sectors, s00, s01 ...
        uses: Final uses.
        tariffs: Draw tariffs up to 30% between different regions; False for none.
        kinds: Kinds of the sectors; all goods by default.
        imbalance: Let regions spend up to 10% more or less than they earn; False for balanced trade.
    """
    draw = np.random.default_rng(seed)
    rates = draw.uniform(0.0, 0.3, (regions, regions, sectors)) * tariffs
    rates[np.arange(regions), np.arange(regions)] = 0.0
    sourcing = _sourcing_shares(draw, regions, sectors)
    value_added_share = draw.uniform(0.3, 0.7, (regions, sectors))
    recipe = draw.dirichlet(
        np.full(sectors, 2.0), (regions, sectors)
    )  # importer, using sector, supplying sector
    basket = draw.dirichlet(np.full(sectors, 2.0), (regions, len(uses)))  # importer, use, supplying sector
    split = draw.dirichlet(np.full(len(uses), 4.0), regions)
    size = draw.lognormal(0.0, 0.8, regions)
    gift = draw.uniform(-0.1, 0.1, regions) * size * imbalance
    gift -= size / size.sum() * gift.sum()

    paid = sourcing / (
        1.0 + rates.transpose(2, 1, 0)
    )  # sector, importer, exporter: value before duty per unit of spending
    inputs = np.einsum("kni,nj,njk->iknj", paid, 1.0 - value_added_share, recipe)
    demand = np.einsum("kni,nu,nuk->iknu", paid, split, basket)
    output = _solve_output(inputs, demand, value_added_share, rates, size, gift)
    spending = _income(inputs, demand, value_added_share, rates, output, gift)
    scale = 1000.0 * regions * sectors / output.sum()
    return build_world(
        f"random-{seed}",
        2020,
        regions=[f"R{region:02}" for region in range(regions)],
        sectors=[f"s{sector:02}" for sector in range(sectors)],
        uses=uses,
        region_names=[f"Region {region}" for region in range(regions)],
        sector_names=[f"Sector {sector}" for sector in range(sectors)],
        sector_kinds=kinds or ["goods"] * sectors,
        intermediate=scale * inputs * output,
        final_demand=scale * demand * spending[:, None],
        tariff_rate=rates,
        trade_elasticity=draw.uniform(2.0, 10.0, sectors),
        elasticity_set="random",
        provenance=Provenance(source="random numbers", edition=f"seed {seed}", licence="none"),
    )


def _sourcing_shares(draw: np.random.Generator, regions: int, sectors: int) -> np.ndarray:
    """Expenditure shares (sector, importer, exporter) with about half of spending at home."""
    shares = draw.dirichlet(np.ones(regions), (sectors, regions))
    home = draw.uniform(0.3, 0.7, (sectors, regions))[..., None] * np.eye(regions)
    return shares * (1.0 - home.sum(axis=2, keepdims=True)) + home


def _income(inputs, demand, value_added_share, rates, output, gift) -> np.ndarray:
    """Final spending by region: value added, duties on inputs and on final purchases themselves, and gifts.

    Spending e earns e x duty in revenue, hence the division.
    """
    by_product = rates.transpose(0, 2, 1)[..., None]  # exporter, sector, importer, 1
    input_duties = ((inputs * by_product).sum(axis=(0, 1)) * output).sum(axis=1)
    final_duties = (demand * by_product).sum(axis=(0, 1, 3))
    return ((value_added_share * output).sum(axis=1) + input_duties + gift) / (1.0 - final_duties)


def _solve_output(inputs, demand, value_added_share, rates, size, gift) -> np.ndarray:
    """Output (region, sector) that meets all demand: output = inputs x output + demand x income(output)."""
    shape = value_added_share.shape

    def excess(output: np.ndarray) -> np.ndarray:
        income = _income(inputs, demand, value_added_share, rates, output, gift)
        used = np.einsum("iknj,nj->ik", inputs, output) + np.einsum("iknu,n->ik", demand, income)
        return (output - used).ravel()

    constant = excess(np.zeros(shape))
    units = np.eye(value_added_share.size)
    matrix = np.stack([excess(unit.reshape(shape)) - constant for unit in units], axis=1)
    # Walras' law: one equation follows from the others, so the last one fixes the size of the world instead.
    matrix[-1], target = value_added_share.ravel(), -constant
    target[-1] = 5.0 * size.sum()
    return np.linalg.solve(matrix, target).reshape(shape)
