"""How far partners rely on others for a product: measured from bilateral trade, or inferred from the World's sector.

A bilateral table says what each partner buys from whom, product by product. Without one, imports of a product are its sector's imports in
the World, shared out among the sector's products by their shares of world exports; every number so made says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from accord.analysis.product_space.concordance import Match
from accord.errors import WorldError
from accord.world.accounts import sales_of
from accord.world.products import ExportsTable
from accord.world.world import World

MEASURED, INFERRED, UNKNOWN = "bilateral trade", "World's sector", "unknown"


@dataclass(frozen=True)
class Reliance:
    """Purchases of the partners taken together, by product of a space; NaN where nothing is known.

    Attributes:
        from_others: Imports from non-partners, USD million.
        from_partners: Imports of partners from one another, USD million.
        use_share: Share of non-partners in all purchases of the sector's products, home sales included.
        basis: MEASURED, INFERRED or UNKNOWN, by product.
        text: The basis in words, by product.
        concentration: Herfindahl-Hirschman index of the imports from non-partners over countries; known when measured.
        largest: The non-partner that supplies most; empty when unknown.
        largest_share: Its share in imports from non-partners.
    """

    from_others: np.ndarray = field(repr=False)
    from_partners: np.ndarray = field(repr=False)
    use_share: np.ndarray = field(repr=False)
    basis: tuple[str, ...] = field(repr=False)
    text: tuple[str, ...] = field(repr=False)
    concentration: np.ndarray = field(repr=False)
    largest: tuple[str, ...] = field(repr=False)
    largest_share: np.ndarray = field(repr=False)

    @property
    def import_share(self) -> np.ndarray:
        """Share of non-partners in the partners' imports."""
        total = self.from_others + self.from_partners
        return np.divide(self.from_others, total, out=np.full_like(total, np.nan), where=total > 0.0)


def reliance(
    table: ExportsTable,
    products: Sequence[str],
    sectors: Sequence[Match | None],
    partners: Sequence[str],
    world: World | None,
) -> Reliance:
    """Reliance of the partners on non-partners for each of `products`.

    Args:
        table: The table as read, with its flows when it is bilateral.
        products: Products of the space.
        sectors: Sector of each product.
        partners: Codes of the partners.
        world: Gives the share in use, and imports where the table is not bilateral.
    """
    if table.flows is None and world is None:
        raise WorldError(
            f"{table.source} says who exports, not to whom, so imports are unknown.\n"
            "  Give a World as well (--world embedded), or a bilateral table such as BACI."
        )
    known = None if world is None else _of_sectors(world, partners)
    codes = [match.answer if match is not None else "" for match in sectors]
    use_share = np.array([known[code].use_share if known and code in known else np.nan for code in codes])
    if table.flows is not None:
        words = f"imports by partner in {table.source}"
        basis = (MEASURED,) * len(products), (words,) * len(products)
        bought, ours = _measured(table, products, partners)
        return Reliance(
            bought[~ours].sum(axis=0),
            bought[ours].sum(axis=0),
            use_share,
            *basis,
            *_sources(table, bought[~ours], ours),
        )
    assert world is not None
    assert known is not None
    if not any(code in known for code in codes):
        raise WorldError(
            f"World '{world.name}' has none of the sectors that products are assigned to (codes of OECD ICIO 2022: C26, C28, ...).\n"
            "  Use the Worlds embedded or icio-2022, or a bilateral table such as BACI."
        )
    return _inferred(table, products, codes, known, use_share, world)


@dataclass(frozen=True)
class _Sector:
    """Purchases of one sector's products by the partners, USD million."""

    from_others: float
    from_partners: float
    use_share: float


def _measured(
    table: ExportsTable, products: Sequence[str], partners: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Imports of the partners together (country of origin, product), USD million, and which countries are partners."""
    flows = table.flows
    assert flows is not None
    ours = np.isin(np.array(table.countries), list(partners))
    place = {product: position for position, product in enumerate(products)}
    column = np.array([place.get(product, -1) for product in table.products])[flows.product]
    chosen = ours[flows.importer] & (column >= 0)
    cells = flows.exporter[chosen] * len(products) + column[chosen]
    amounts = np.bincount(cells, weights=flows.value[chosen], minlength=len(ours) * len(products))
    return amounts.reshape(len(ours), len(products)), ours


def _sources(
    table: ExportsTable, bought: np.ndarray, ours: np.ndarray
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """Concentration of imports over non-partners, the largest of them, and its share; blank where nothing is imported."""
    total = bought.sum(axis=0)
    shares = np.divide(bought, total, out=np.full_like(bought, np.nan), where=total > 0.0)
    names = [country for country, own in zip(table.countries, ours, strict=True) if not own]
    largest = [
        names[row] if amount > 0.0 else "" for row, amount in zip(bought.argmax(axis=0), total, strict=True)
    ]
    return (shares**2).sum(axis=0), tuple(largest), shares.max(axis=0)


def _of_sectors(world: World, partners: Sequence[str]) -> dict[str, _Sector]:
    """What the partners buy of each sector's products; a partner that the World lacks is an error."""
    missing = [partner for partner in partners if partner not in world.regions]
    if missing:
        raise WorldError(
            f"World '{world.name}' has no region {', '.join(missing)}. It has: {', '.join(world.regions)}.\n"
            "  Give another World, or a bilateral table such as BACI without one."
        )
    sales = sales_of(world.data["intermediate"].to_numpy(), world.data["final_demand"].to_numpy())
    ours = np.isin(np.array(world.regions), list(partners))
    bought = sales[:, :, ours]  # (exporter, sector, partner)
    at_home = np.einsum("iki->k", sales[np.ix_(ours, np.arange(len(world.sectors)), ours)])
    others, inside = bought[~ours].sum(axis=(0, 2)), bought[ours].sum(axis=(0, 2))
    return {
        sector: _Sector(
            float(others[k]),
            float(inside[k] - at_home[k]),
            float(others[k] / (others[k] + inside[k])) if others[k] + inside[k] > 0.0 else float("nan"),
        )
        for k, sector in enumerate(world.sectors)
    }


def _inferred(
    table: ExportsTable,
    products: Sequence[str],
    codes: Sequence[str],
    known: dict[str, _Sector],
    use_share: np.ndarray,
    world: World,
) -> Reliance:
    """Imports of each sector shared out by the products' shares of world exports."""
    place = {product: position for position, product in enumerate(table.products)}
    traded = table.exports.sum(axis=0)[[place[product] for product in products]]
    of_sector: dict[str, float] = {}
    for code, amount in zip(codes, traded, strict=True):
        of_sector[code] = of_sector.get(code, 0.0) + float(amount)
    others, mutual = np.full(len(products), np.nan), np.full(len(products), np.nan)
    basis, text = [], []
    for position, (code, amount) in enumerate(zip(codes, traded, strict=True)):
        if code not in known:
            basis.append(UNKNOWN)
            text.append(f"sector {code} is not in World '{world.name}'" if code else "no sector known")
            continue
        part = float(amount) / of_sector[code]
        others[position] = part * known[code].from_others
        mutual[position] = part * known[code].from_partners
        basis.append(INFERRED)
        text.append(
            f"imports of sector {code} in World '{world.name}', {world.year}, shared out by world exports"
        )
    blank = np.full(len(products), np.nan)
    return Reliance(others, mutual, use_share, tuple(basis), tuple(text), blank, ("",) * len(products), blank)
