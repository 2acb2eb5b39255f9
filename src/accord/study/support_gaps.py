"""Does the stated cost gap of a project agree with the one that the trade elasticity implies (METHODS section 9)?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from accord.errors import Fault
from accord.programme.measures import ImportSubstitution, Measure
from accord.study.support_search import log_support_at_fixed_prices

if TYPE_CHECKING:
    from accord.adapters import equilibrium as adapter
    from accord.study.resolve import Support

DISAGREES = 2.0
"""A gap implied by the elasticity that is more than this many times the stated one, or less than one part in it, is worth a warning."""


def implied_gaps(model: adapter.Model, measure: ImportSubstitution, support: Support) -> tuple[float, float]:
    """Return the cost gaps that the trade elasticity implies: of the whole sector as solved, and of the product at fixed prices.

    A support f makes up for a cost that is f times the import's: the gap is f - 1. The sites' mean is taken at their shares. The product's
    gap uses its part of the sector's imports, with the sector's shares of sources.
    """
    sector = float(np.expm1(np.average(np.log(support.factors), weights=support.shares)))
    share = 1.0 if measure.product_share is None else measure.product_share.central
    log = log_support_at_fixed_prices(model, support.sites, support.outside, support.target, of_imports=share)
    return sector, float(np.expm1(log))


def beyond_the_product(measures: Iterable[Measure], supports: Iterable[Support]) -> Iterator[Fault]:
    """Yield a fault for each project that is to replace more than is imported of its product (`product_share` of the sector's imports)."""
    found = {support.measure: support for support in supports}
    for measure in measures:
        if (
            not isinstance(measure, ImportSubstitution)
            or measure.product_share is None
            or measure.id not in found
        ):
            continue
        support, share = found[measure.id], measure.product_share.central
        if support.target >= share * support.imports:
            yield Fault(
                f"measure '{measure.id}', imports_replaced",
                f"{support.target:g} USD million a year is to be replaced, and {share * support.imports:g} of the product is imported from "
                f"outside ({100.0 * share:g}% of {support.imports:g})",
                "less than is imported of the product by these users",
                "lower it, or raise product_share; name more buyers or users",
            )


def agrees(stated: float, implied: float) -> bool:
    """Whether a stated gap and the one that the trade elasticity implies are of the same size."""
    return stated / DISAGREES <= implied <= stated * DISAGREES


def disagreements(
    model: adapter.Model, measures: Iterable[Measure], supports: Iterable[Support]
) -> Iterator[str]:
    """Yield a warning for each project whose stated cost gap and trade elasticity disagree (METHODS section 9)."""
    found = {support.measure: support for support in supports}
    for measure in measures:
        if isinstance(measure, ImportSubstitution) and measure.id in found:
            stated, (_, implied) = measure.cost_gap.central, implied_gaps(model, measure, found[measure.id])
            if not agrees(stated, implied):
                size = "no finite one" if np.isinf(implied) else f"one of {100 * implied:.0f}%"
                yield (
                    f"measure '{measure.id}': the stated cost gap is {100 * stated:.0f}%, and the trade elasticity implies {size} for "
                    "replacing that much of the product; what is paid follows the stated one, what users do the elasticity"
                )
