"""Other guesses at who buys what for final use, for a World whose final demand is imputed.

Row totals (what each producer sells to final users in all) and column totals (what each region spends on each use) are kept to the
last digit that RAS allows; only who buys from whom changes. Odds draw over these variants, because they can move results as much as
trade elasticities do (METHODS section 4).
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from accord.numerics.balancing import balance
from accord.world.impute import BASKET_TILT, USES, VARIANTS, baskets, sourcing_shares, variant_named
from accord.world.sources.icio2022 import final_demand_profile
from accord.world.world import World

IMPUTED = "final demand by destination"
"""What the provenance of a World says where this can be done."""

OTHERS = ("as-inputs", "world-basket")
"""Variants that keep the totals of national accounts; the others change them and are Worlds of their own."""


def imputed_variants(world: World) -> dict[str, World]:
    """Return `world` and its variants by name; `world` alone where its final demand is observed, or is not the profile's to guess."""
    as_it_is = {"as imputed": world}
    is_imputed = any(IMPUTED in sentence.lower() for sentence in world.provenance.imputed)
    profile = final_demand_profile()
    if not is_imputed or world.uses != USES or len(world.sectors) != len(profile.use_share):
        return as_it_is
    return as_it_is | {name: reimputed(world, name) for name in OTHERS}


def reimputed(world: World, variant: str) -> World:
    """Return `world` with its final demand guessed as `variant` of `accord.world.impute.VARIANTS` says, totals kept."""
    chosen = variant_named(variant)
    profile = final_demand_profile()
    intermediate = world.data["intermediate"].transpose(
        "exporter", "supplying_sector", "importer", "using_sector"
    )
    known = world.data["final_demand"].transpose("exporter", "supplying_sector", "importer", "use")
    final = known.to_numpy().astype(np.float64)
    row_totals, spending = final.sum(axis=(2, 3)), final.sum(axis=(0, 1))
    purchases = intermediate.to_numpy().sum(axis=3, dtype=np.float64)
    factor = profile.home_odds_factor if chosen.sourcing == "home-uplift" else np.ones_like(profile.use_share)
    seed = (
        sourcing_shares(purchases, row_totals, factor)
        * spending
        * baskets(purchases, row_totals, profile, tilt=BASKET_TILT if chosen.basket == "tilted" else 0.0)
    )
    balanced = balance(
        seed.reshape(row_totals.size, -1),
        row_totals.ravel(),
        spending.ravel(),
        row_labels=[f"{region} {sector}" for region in world.regions for sector in world.sectors],
        column_labels=[f"{region} {use}" for region in world.regions for use in world.uses],
    )
    table = balanced.table.reshape(final.shape).astype(known.dtype)
    return world.with_data(
        {"final_demand": xr.DataArray(table, dims=known.dims, coords=known.coords, attrs=known.attrs)},
        step=f"final demand imputed again, variant '{variant}': {VARIANTS[variant].meaning}",
        name=f"{world.name}-{variant}",
    )
