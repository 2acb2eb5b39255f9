"""The product space of one exports table, and where an economy stands in it: labels outside, arrays within.

The space (proximity, complexity) is that of all countries as they are. Partners, and partners taken as one economy, are placed into this
one space, so that what differs between them is what they export and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from accord.analysis.product_space.complexity import (
    Complexity,
    complexity,
    density,
    density_apart,
    gain,
    outlook,
    presence,
    proximity,
    revealed_comparative_advantage,
)
from accord.errors import Fault, WorldError, nearest
from accord.world.products import ExportsTable

ALONE, AS_ONE, POOLED = "alone", "as one", "pooled"
"""An economy alone; partners as one economy (exports added); partners' know-how pooled (present where either is)."""


@dataclass(frozen=True)
class ProductSpace:
    """What is computed once for a table; countries and products without exports are left out.

    Attributes:
        table: The table, reduced to countries and products with exports.
        advantage: Revealed comparative advantage R (country, product).
        present: M (country, product): R of at least one.
        near: Proximity (product, product).
        ranked: Complexity of countries and products.
    """

    table: ExportsTable
    advantage: np.ndarray = field(repr=False)
    present: np.ndarray = field(repr=False)
    near: np.ndarray = field(repr=False)
    ranked: Complexity = field(repr=False)

    @cached_property
    def dense(self) -> np.ndarray:
        """Density (country, product)."""
        return density(self.present, self.near)

    @cached_property
    def dense_apart(self) -> np.ndarray:
        """Density without the product itself (country, product)."""
        return density_apart(self.present, self.near, self.dense)

    @cached_property
    def outlooks(self) -> np.ndarray:
        """Outlook (country,), on the eigenvector's scale."""
        return outlook(self.present, self.dense, self.ranked)

    @cached_property
    def gains(self) -> np.ndarray:
        """Opportunity gain (country, product), in units of country complexity."""
        return gain(self.present, self.near, self.ranked)

    @property
    def outlook_index(self) -> np.ndarray:
        """Complexity outlook index (country,): mean 0, standard deviation 1 over the countries."""
        return (self.outlooks - self.outlooks.mean()) / self.outlooks.std()

    def position(self, country: str) -> int:
        """Row of a country."""
        return self.table.countries.index(country)


@dataclass(frozen=True)
class Economy:
    """A partner, or the partners together, placed into a space.

    Attributes:
        name: Code ("BLR"), or codes joined ("BLR+RUS").
        kind: ALONE, AS_ONE or POOLED.
        exports: Exports by product (product,), USD million.
        advantage: R (product,); NaN for pooled know-how, which has no exports of its own.
        present: M (product,).
        dense: Density (product,).
        dense_apart: Density without the product itself (product,).
        standing: Share of a product's exporters outside the partners whose own density (without the product) is no higher.
        complexity: K: mean complexity of the products present.
        outlook: Complexity outlook, standardised by the countries' mean and deviation.
        gain: Opportunity gain (product,).
    """

    name: str
    kind: str
    exports: np.ndarray = field(repr=False)
    advantage: np.ndarray = field(repr=False)
    present: np.ndarray = field(repr=False)
    dense: np.ndarray = field(repr=False)
    dense_apart: np.ndarray = field(repr=False)
    standing: np.ndarray = field(repr=False)
    complexity: float
    outlook: float
    gain: np.ndarray = field(repr=False)


def product_space(
    table: ExportsTable, *, least_exports: float = 0.0, keep: Sequence[str] = ()
) -> ProductSpace:
    """Compute the product space of a table.

    Args:
        table: Exports by country and product.
        least_exports: Countries that export less than this, USD million, are left out: a territory that ships a few odd goods would
            count as their exporter by comparative advantage, and pull the product space towards chance.
        keep: Countries that stay in whatever they export.
    """
    totals = table.exports.sum(axis=1)
    countries = (totals > 0.0) & ((totals >= least_exports) | np.isin(np.array(table.countries), list(keep)))
    products = table.exports[countries].sum(axis=0) > 0.0
    if countries.sum() < 3 or products.sum() < 3:
        raise WorldError(
            f"{table.source}: {int(countries.sum())} countries and {int(products.sum())} products with exports.\n"
            "  A product space needs three of each, and means something from some dozens on: give exports of the whole world."
        )
    reduced = _reduced(table, countries, products, least_exports)
    advantage = revealed_comparative_advantage(reduced.exports)
    present = presence(advantage)
    return ProductSpace(reduced, advantage, present, proximity(present), complexity(present))


def place_partners(space: ProductSpace, partners: Sequence[str]) -> tuple[Economy, ...]:
    """The partners alone, then as one economy, then with pooled know-how."""
    _check_partners(space, partners)
    rows = [space.position(partner) for partner in partners]
    exports, present = space.table.exports[rows], space.present[rows]
    world = space.table.exports.sum(axis=0)
    together = exports.sum(axis=0)
    joint = (
        together / together.sum() / (world / world.sum())
    )  # the union's own R; the world's totals do not change
    blank = np.full_like(joint, np.nan)
    stacked = np.vstack([present, presence(joint), present.any(axis=0)])
    dense = density(stacked, space.near)
    apart = density_apart(stacked, space.near, dense)
    # An economy's K is the mean Q of its products, the relation that holds for every country.
    ranks = stacked @ space.ranked.products / stacked.sum(axis=1)
    mean, deviation = space.outlooks.mean(), space.outlooks.std()
    near_by = (outlook(stacked, dense, space.ranked) - mean) / deviation
    gains = gain(stacked, space.near, space.ranked)
    others = np.delete(np.arange(len(space.table.countries)), rows)
    names = [
        *((partner, ALONE) for partner in partners),
        ("+".join(partners), AS_ONE),
        ("|".join(partners), POOLED),
    ]
    return tuple(
        Economy(
            name,
            kind,
            amounts,
            advantage,
            stacked[row],
            dense[row],
            apart[row],
            _standing(space, apart[row], others),
            float(ranks[row]),
            float(near_by[row]),
            gains[row],
        )
        for row, ((name, kind), amounts, advantage) in enumerate(
            zip(names, [*exports, together, together], [*space.advantage[rows], joint, blank], strict=True)
        )
    )


def _standing(space: ProductSpace, own: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Share of other exporters (R >= 1) of each product that make it from no higher density; zero where there are none."""
    exporters = space.present[others]
    no_higher = (space.dense_apart[others] <= own) & exporters
    count = exporters.sum(axis=0)
    return np.divide(no_higher.sum(axis=0), count, out=np.zeros(own.size), where=count > 0)


def _reduced(
    table: ExportsTable, countries: np.ndarray, products: np.ndarray, least_exports: float
) -> ExportsTable:
    """The table without small and empty rows and columns, which a note counts. Flows keep to the full table."""
    if countries.all() and products.all():
        return table
    small = f"exports below USD {least_exports:,.0f} million" if least_exports else "no exports"
    share = table.exports[~countries].sum() / table.exports.sum()
    note = (
        f"Left out of the product space: {int((~countries).sum())} countries with {small} ({share:.2%} of all exports)"
        + (f", {int((~products).sum())} products that nobody else exports." if not products.all() else ".")
    )
    return ExportsTable(
        tuple(code for code, kept in zip(table.countries, countries, strict=True) if kept),
        tuple(code for code, kept in zip(table.products, products, strict=True) if kept),
        table.exports[np.ix_(countries, products)],
        table.country_names,
        table.product_names,
        None,
        table.year,
        table.source,
        (*table.notes, note),
    )


def _check_partners(space: ProductSpace, partners: Sequence[str]) -> None:
    known = space.table.countries
    faults = [
        Fault(
            f"exports of {space.table.source}",
            f"no exports of '{partner}'",
            f"one of {len(known)} countries by code ({', '.join(known[:5])}, ...)",
            nearest(partner, known),
        )
        for partner in dict.fromkeys(partners)
        if partner not in known
    ]
    if len(set(partners)) < 2 or len(set(partners)) < len(partners):
        faults.append(
            Fault("partners", f"{', '.join(partners) or 'none'}", "two or more different countries")
        )
    if faults:
        raise WorldError(faults)
