"""The product space of exports: comparative advantage, proximity, density, complexity. Arrays in, arrays out.

    x[c,p]      exports of country c of product p
    R[c,p]      revealed comparative advantage                                             Balassa (1965)
    M[c,p]      1 where R >= 1, else 0
    k[c], u[p]  diversity and ubiquity: row and column sums of M
    phi[p,q]    proximity of two products, at least 0 and at most 1                        Hidalgo et al. (2007)
    d[c,p]      density: share of a product's proximity that lies where c is present       Hidalgo et al. (2007)
    K[c], Q[p]  complexity of countries (ECI) and products (PCI)                           Hausmann et al. (2014)

The conventions of the Growth Lab's own package (`ecomplexity`) hold, so that numbers can be compared; see docs/methods/product-space.md.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from accord.errors import WorldError

ROUNDING = 1e-9
"""R counts as 1 when it misses it by rounding only. With it every country and product with exports has M = 1 somewhere."""
BLOCK = 256
"""Rows of the proximity matrix that are divided at a time."""
SMALLEST_GAP = 1e-10
"""Eigenvalues closer than this are the same number, and their eigenvectors are not determined."""


class Complexity(NamedTuple):
    """Complexity of countries and products.

    Attributes:
        countries: K (ECI): mean 0, standard deviation 1 over the countries.
        products: Q (PCI), in units of K: the K of a country is the mean Q of the products in which it is present.
        deviation: Standard deviation of the eigenvector over the countries, the unit of K.
        zero: Where K = 0 lies on the eigenvector that `outlook` and `gain` are computed with.
        eigenvalues: The second and third largest; the first is 1.
    """

    countries: Float[np.ndarray, " country"]
    products: Float[np.ndarray, " product"]
    deviation: float
    zero: float
    eigenvalues: tuple[float, float]

    @property
    def on_eigenvector(self) -> Float[np.ndarray, " product"]:
        """Q before it was standardised; its zero is the mean over all presences (sum over p of u Q = 0)."""
        return self.products * self.deviation + self.zero


def revealed_comparative_advantage(
    exports: Float[np.ndarray, "country product"],
) -> Float[np.ndarray, "country product"]:
    """Share of a product in a country's exports over its share in world exports.

        R[c,p] = (x[c,p] / sum_q x[c,q]) / (sum_b x[b,p] / sum_bq x[b,q])

    Source: Balassa (1965). A pure number. Every row and every column must have exports.
    """
    of_country = exports.sum(axis=1, keepdims=True)
    of_product = exports.sum(axis=0) / exports.sum()
    return exports / of_country / of_product


def presence(
    advantage: Float[np.ndarray, "*economies product"], threshold: float = 1.0
) -> Bool[np.ndarray, "*economies product"]:
    """Where revealed comparative advantage is at least `threshold`: M."""
    return advantage >= threshold * (1.0 - ROUNDING)


def proximity(present: Bool[np.ndarray, "country product"]) -> Float[np.ndarray, "product product"]:
    """The smaller of two chances: of exporting p given q, and of exporting q given p.

        phi[p,q] = sum_c M[c,p] M[c,q] / max(u[p], u[q])

    Source: Hidalgo et al. (2007). Symmetric, 1 on the diagonal.
    """
    # Counts of countries are exact in float32, which halves the time of the largest product; blocks of rows spare two tables of its size.
    single = present.astype(np.float32)
    together = single.T @ single
    ubiquity = np.diag(together).astype(np.float64)
    near = np.empty(together.shape)
    for begin in range(0, ubiquity.size, BLOCK):
        rows = slice(begin, begin + BLOCK)
        np.divide(together[rows], np.maximum(ubiquity[rows, None], ubiquity), out=near[rows])
    return near


def density(
    present: Bool[np.ndarray, "economy product"], near: Float[np.ndarray, "product product"]
) -> Float[np.ndarray, "economy product"]:
    """Share of a product's proximity to all products that lies in products where an economy is present.

        d[c,p] = sum_q M[c,q] phi[q,p] / sum_q phi[q,p]

    Source: Hidalgo et al. (2007). The product itself counts, as in the source.
    """
    return present.astype(np.float64) @ near / near.sum(axis=0)


def density_apart(
    present: Bool[np.ndarray, "economy product"],
    near: Float[np.ndarray, "product product"],
    dense: Float[np.ndarray, "economy product"],
) -> Float[np.ndarray, "economy product"]:
    """Density without the product itself, so that those who make it and those who do not can be compared.

    d'[c,p] = sum_(q not p) M[c,q] phi[q,p] / sum_(q not p) phi[q,p]
    """
    total = near.sum(axis=0)
    own = np.diag(near)
    others = total - own
    return np.divide(dense * total - present * own, others, out=np.zeros_like(dense), where=others > 0.0)


def complexity(present: Bool[np.ndarray, "country product"]) -> Complexity:
    """Complexity by eigenvectors.

        K ~ second eigenvector of  W[c,b] = sum_p M[c,p] M[b,p] / (k[c] u[p]),      Q[p] ~ sum_c M[c,p] K[c] / u[p]

    Source: Hausmann et al. (2014). Signs: K rises with diversity k. K has mean 0 and standard deviation 1 over
    countries; Q is in the same units, so that K[c] is the mean of Q where M[c,p] = 1.

    W is similar to the symmetric S = B B', B[c,p] = M[c,p] / sqrt(k[c] u[p]), as small as there are countries; its first eigenvector,
    sqrt(k), is known and taken out, so that the one wanted is the first of what is left, also where the table falls into two parts.
    """
    here = present.astype(np.float64)
    diversity, ubiquity = here.sum(axis=1), here.sum(axis=0)
    scaled = here / np.sqrt(diversity)[:, None] / np.sqrt(ubiquity)
    first = np.sqrt(diversity / diversity.sum())
    # The first eigenvalue, 1, becomes -1: below all others, of which none is negative.
    similar = scaled @ scaled.T - 2.0 * np.outer(first, first)
    values, vectors = np.linalg.eigh(similar)
    second, third = float(values[-1]), float(values[-2])
    if second < SMALLEST_GAP or second - third < SMALLEST_GAP:
        raise WorldError(
            f"complexity is not determined by these exports: the eigenvalues that decide it are {second:.3g} and {third:.3g}.\n"
            "  This happens when countries export the same things, or fall into three or more groups without a product in common."
        )
    of_countries = vectors[:, -1] / np.sqrt(diversity)
    of_products = (here / ubiquity).T @ of_countries / second
    sign = _sign(of_countries, diversity, of_products, ubiquity)
    mean, deviation = sign * float(of_countries.mean()), float(of_countries.std())
    return Complexity(
        (sign * of_countries - mean) / deviation,
        (sign * of_products - mean) / deviation,
        deviation,
        mean,
        (second, third),
    )


def outlook(
    present: Bool[np.ndarray, "economy product"],
    dense: Float[np.ndarray, "economy product"],
    ranked: Complexity,
) -> Float[np.ndarray, " economy"]:
    """Complexity that lies near: the opportunity value of an economy, on the eigenvector's scale (COI before it is standardised).

        O[c] = sum_p (1 - M[c,p]) d[c,p] Q[p]

    Source: Hausmann et al. (2014), with Q as `ecomplexity` has it: zero at the mean over all presences.
    """
    return (np.where(present, 0.0, dense) * ranked.on_eigenvector).sum(axis=1)


def gain(
    present: Bool[np.ndarray, "economy product"],
    near: Float[np.ndarray, "product product"],
    ranked: Complexity,
) -> Float[np.ndarray, "economy product"]:
    """What making product p would add to an economy's outlook (COG), in units of K; zero where it is present already.

        G[c,p] = (1 - M[c,p]) sum_q (1 - M[c,q]) Q[q] phi[q,p] / sum_r phi[q,r]

    Source: Hausmann et al. (2014), as computed by `ecomplexity` (without the term for p's own loss from the outlook).
    """
    per_proximity = ranked.on_eigenvector / near.sum(axis=1)
    opened = np.where(present, 0.0, per_proximity) @ near
    return np.where(present, 0.0, opened) / ranked.deviation


def _sign(countries: np.ndarray, diversity: np.ndarray, products: np.ndarray, ubiquity: np.ndarray) -> float:
    """An eigenvector has no sign: complexity rises with diversity, or, where all are equally diverse, with rarity."""
    for vector, size, direction in ((countries, diversity, 1.0), (products, ubiquity, -1.0)):
        away = size - size.mean()
        if np.abs(away).max() > SMALLEST_GAP:
            moves = float(away @ (vector - vector.mean()))
            if abs(moves) > SMALLEST_GAP * np.linalg.norm(away) * np.linalg.norm(vector):
                return direction * float(np.sign(moves))
    raise WorldError(
        "the sign of complexity is not determined by these exports: neither diversity nor ubiquity differs along it."
    )
