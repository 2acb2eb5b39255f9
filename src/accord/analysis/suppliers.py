"""Who else could supply: shares, concentration, other suppliers' size, and what switching would cost.

For each input cell (buyer n, using sector j, product k) with origin shares s_i:

    HHI = sum_i s_i^2;    least HHI = sum_i s_i^2 / m_i    (m_i members of region i)
    price rise without the origins O = (1 - sum_{i in O} s_i)^(-1/theta_k) - 1

An aggregate region of m economies with share s adds between s^2/m (equal members) and s^2 (one of them) to the index of single
economies: the two columns are bounds, and for a World of single economies they are the same. Merged products hide concentration as
well: the index is convex in the shares, so the purchase-weighted mean of the indexes of finer products is never below the index of
their sum. HHI here is therefore a lower bound for the mean over the products inside a sector; no bound from above exists.
The price rise is exact for CES demand across origins: dropping origins from P = (sum_i s_i p_i^-theta)^(-1/theta) at unchanged prices of
the others. It is infinite when everything came from them, and blank when nothing is bought.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from accord.analysis.labelled import labelled
from accord.analysis.production import Production, production_of
from accord.tables import Table
from accord.world import World


def suppliers(world: World, partners: Sequence[str], *, elasticity_set: str | None = None) -> Table:
    """Suppliers of each input of each sector of each partner; cells without purchases are left out.

    Args:
        world: The World.
        partners: Two regions or more.
        elasticity_set: Trade elasticities of the World to use; its default otherwise.
    """
    production = production_of(world)
    partners = production.partners(partners)
    theta = world.trade_elasticity(elasticity_set)
    frames = [_of_buyer(production, partners, buyer, theta, by_user=True) for buyer in partners]
    return labelled(
        world,
        "suppliers",
        f"Who supplies the inputs of {' and '.join(partners)}, and who else could",
        pd.concat(frames, ignore_index=True),
        ("importer", "using_sector", "supplying_sector"),
    )


def product_suppliers(world: World, partners: Sequence[str], *, elasticity_set: str | None = None) -> Table:
    """The same for all inputs of each product of each partner, whatever sector uses them."""
    production = production_of(world)
    partners = production.partners(partners)
    theta = world.trade_elasticity(elasticity_set)
    frames = [_of_buyer(production, partners, buyer, theta, by_user=False) for buyer in partners]
    return labelled(
        world,
        "product_suppliers",
        f"Who supplies each product that {' and '.join(partners)} use as inputs, and who else could",
        pd.concat(frames, ignore_index=True),
        ("importer", "supplying_sector"),
    )


def concentration(shares: np.ndarray, members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """HHI of origin shares (origin, ...) and the least that it can be once aggregate regions are split into their members."""
    squares = shares**2
    weights = (1.0 / members).reshape(-1, *(1,) * (shares.ndim - 1))
    return squares.sum(axis=0), (weights * squares).sum(axis=0)


def price_rise_pct(lost_share: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Rise in % of a CES price index whose origins with `lost_share` of spending vanish: 100 ((1 - s)^(-1/theta) - 1)."""
    kept = np.clip(1.0 - lost_share, 0.0, 1.0)
    with np.errstate(divide="ignore"):
        return 100.0 * (kept ** (-1.0 / theta) - 1.0)


def members_of(world: World) -> np.ndarray:
    """Number of economies in each region; one where the source does not say."""
    members = [str(codes).split() for codes in world.data["region_members"].to_numpy()]
    return np.array([max(len(codes), 1) for codes in members], dtype=float)


def _of_buyer(
    production: Production, partners: tuple[str, ...], buyer: str, theta: np.ndarray, *, by_user: bool
) -> pd.DataFrame:
    world = production.world
    own = production.regions.index(buyer)
    bought = production.flows[:, :, own].astype(np.float64)  # origin, product, using sector
    product_shares = _shares(bought.sum(axis=2))
    if not by_user:
        bought = bought.sum(axis=2, keepdims=True)
    purchases = bought.sum(axis=0)
    shares = _shares(bought)
    friends = [production.regions.index(partner) for partner in partners if partner != buyer]
    third = np.setdiff1d(np.arange(len(production.regions)), [own, *friends])
    foreign = np.delete(np.arange(len(production.regions)), own)
    members = members_of(world)
    hhi, hhi_low = concentration(shares, members)
    imports = _shares(bought[foreign])
    largest = foreign[bought[foreign].argmax(axis=0)]
    need = np.take_along_axis(bought, largest[None], axis=0)[0]
    exports, output = _capacity(production, own)
    product = np.broadcast_to(np.arange(len(world.sectors))[:, None], largest.shape)
    names = np.array(world.regions, dtype=object)
    lost = np.take_along_axis(shares, largest[None], axis=0)[0]
    partner_supply, third_supply = shares[friends].sum(axis=0), shares[third].sum(axis=0)
    rise = price_rise_pct(lost, theta[:, None])
    columns = {
        "purchases_usd": purchases,
        "home_supply": shares[own],
        "partner_supply": partner_supply,
        "third_supply": third_supply,
        **_largest_third(bought, shares, third, names),
        "hhi": hhi,
        "hhi_low": hhi_low,
        "hhi_foreign": concentration(imports, members[foreign])[0],
        "hhi_product": np.broadcast_to(concentration(product_shares, members)[0][:, None], largest.shape),
        "largest_foreign": np.where(need > 0.0, names[largest], "none"),
        "largest_foreign_supply": lost,
        "need_usd": need,
        "exports_to_need": _over(exports[product, largest], need),
        "output_to_need": _over(output[product, largest], need),
        "theta": np.broadcast_to(theta[:, None], largest.shape),
        "switch_partner_pct": price_rise_pct(partner_supply, theta[:, None]),
        "switch_third_pct": price_rise_pct(third_supply, theta[:, None]),
        "switch_foreign_pct": rise,
    }
    if by_user:
        columns["cost_foreign_pct"] = rise * _over(
            purchases, np.broadcast_to(production.output[production.at(buyer)], purchases.shape)
        )
    else:
        del columns["hhi_product"]
    kept, user = np.indices(largest.shape).reshape(2, -1)[:, (purchases > 0.0).ravel()]
    codes, sector_names = np.array(world.sectors, dtype=object), list(world.sector_names.values())
    sector_names = np.array(sector_names, dtype=object)
    labels = {"importer": buyer}
    if by_user:
        labels |= {"using_sector": codes[user], "using_sector_name": sector_names[user]}
    labels |= {"supplying_sector": codes[kept], "supplying_sector_name": sector_names[kept]}
    return pd.DataFrame(labels | {name: values[kept, user] for name, values in columns.items()})


def _shares(amounts: np.ndarray) -> np.ndarray:
    """Shares over the first axis; blank where nothing is bought."""
    total = amounts.sum(axis=0)
    return np.divide(
        amounts, total, out=np.full(amounts.shape, np.nan), where=np.broadcast_to(total, amounts.shape) > 0.0
    )


def _capacity(production: Production, own: int) -> tuple[np.ndarray, np.ndarray]:
    """Exports and output (product, lost supplier) of all regions but the buyer and the lost supplier, USD million."""
    sales = production.flows.sum(axis=3, dtype=np.float64)  # exporter, product, importer
    regions, sectors = len(production.regions), len(production.sectors)
    sales = sales + production.final_demand.reshape(regions, sectors, regions)
    exports = sales.sum(axis=2) - np.einsum("iki->ik", sales)
    amounts = exports, production.output.reshape(regions, sectors)
    exported, made = (amount.sum(axis=0) - amount[own] - amount for amount in amounts)
    return exported.T, made.T


def _largest_third(
    bought: np.ndarray, shares: np.ndarray, third: np.ndarray, names: np.ndarray
) -> dict[str, np.ndarray]:
    if not len(third):
        return {
            "largest_third": np.full(bought.shape[1:], "none", dtype=object),
            "largest_third_supply": np.full(bought.shape[1:], np.nan),
        }
    best = third[bought[third].argmax(axis=0)]
    amount = np.take_along_axis(bought, best[None], axis=0)[0]
    return {
        "largest_third": np.where(amount > 0.0, names[best], "none"),
        "largest_third_supply": np.take_along_axis(shares, best[None], axis=0)[0],
    }


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part over whole; blank where there is no whole."""
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0.0)
