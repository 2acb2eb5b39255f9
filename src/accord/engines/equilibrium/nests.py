"""Constant-elasticity nests in changes: price of a bundle and demand for its parts, with Cobb-Douglas as the case of one.

In changes a CES bundle needs base cost shares s and its elasticity only (Dekle, Eaton and Kortum 2008, applied nest by nest):

    P_hat = (sum_m s_m p_hat_m^rho)^(1/rho),   s'_m = s_m (p_hat_m / P_hat)^rho,   rho = 1 - elasticity

Everything is in logs and centred on the Cobb-Douglas price, so that rho may be as small as one likes, zero included.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float

import accord.engines.equilibrium.traced  # noqa: F401 - JAX is told of 64 bits and features
from accord.engines.equilibrium.inputs import BaseEconomy, Floats


class MaterialsNest(NamedTuple):
    """Base shares of the purchases of one kind of user (u: using sectors, or final uses); m runs over (group, product).

    Attributes:
        direct: Share of product m in the materials bundle (n, m, u); zero for energy and fixed inputs.
        bundled: Share of the energy bundle in the materials bundle (n, u).
        energy: Share of product m in the energy bundle (n, m, u).
        rho: One minus the elasticity among materials (u,).
        rho_energy: One minus the elasticity among energy products (u,).
    """

    direct: Float[Array, "region product user"]
    bundled: Float[Array, "region user"]
    energy: Float[Array, "region product user"]
    rho: Float[Array, " user"]
    rho_energy: Float[Array, " user"]


class CostNest(NamedTuple):
    """Base shares of the cost of sectors.

    Attributes:
        fixed: Share of inputs in fixed proportions in cost (n, m, j).
        value_added: Share of value added in the flexible bundle (n, j).
        factors: Share of each factor in value added (n, v, j).
        materials: The materials bundle.
        rho: One minus the elasticity between value added and materials (j,).
        rho_factors: One minus the elasticity among factors (j,).
    """

    fixed: Float[Array, "region product sector"]
    value_added: Float[Array, "region sector"]
    factors: Float[Array, "region factor sector"]
    materials: MaterialsNest
    rho: Float[Array, " sector"]
    rho_factors: Float[Array, " sector"]


class CostState(NamedTuple):
    """Log prices of the bundles of each sector, all (n, j)."""

    total: Float[Array, "region sector"]
    flexible: Float[Array, "region sector"]
    value_added: Float[Array, "region sector"]
    materials: Float[Array, "region sector"]
    energy: Float[Array, "region sector"]


def cost_nest(
    base: BaseEconomy,
    inputs: Float[Array, "region product sector"],
    factors: Float[Array, "region factor sector"],
) -> CostNest:
    """Split the cost shares of producers into nests."""
    groups = base.input_share.shape[1]
    is_fixed = jnp.tile(base.technology.fixed_input, (groups, 1))
    fixed = jnp.where(is_fixed, inputs, 0.0)
    flexible = inputs - fixed
    value_added = jnp.sum(factors, axis=1)
    bundle = value_added + jnp.sum(flexible, axis=1)
    technology = base.technology
    return CostNest(
        fixed=fixed,
        value_added=_ratio(value_added, bundle),
        factors=_ratio(factors, value_added[:, None, :]),
        materials=materials_nest(base, flexible, technology.materials, technology.energy),
        rho=1.0 - technology.value_added_materials,
        rho_factors=1.0 - technology.factors,
    )


def final_nest(base: BaseEconomy) -> MaterialsNest:
    """Split the shares of final uses into nests."""
    return materials_nest(base, _flat(base.final_share), base.technology.final, base.technology.final_energy)


def materials_nest(
    base: BaseEconomy, shares: Floats, elasticity: Floats, energy_elasticity: Floats
) -> MaterialsNest:
    """Split purchase shares (n, m, u) into products and an energy bundle."""
    groups = base.input_share.shape[1]
    is_energy = jnp.tile(base.technology.energy_product, groups)[:, None]
    energy = jnp.where(is_energy, shares, 0.0)
    bundled, total = jnp.sum(energy, axis=1), jnp.sum(shares, axis=1)
    return MaterialsNest(
        direct=_ratio(shares - energy, total[:, None, :]),
        bundled=_ratio(bundled, total),
        energy=_ratio(energy, bundled[:, None, :]),
        rho=1.0 - elasticity,
        rho_energy=1.0 - energy_elasticity,
    )


def materials_price(
    nest: MaterialsNest, log_price: Float[Array, "region product"]
) -> tuple[Float[Array, "region user"], Float[Array, "region user"]]:
    """Log price of the materials bundle and of the energy bundle in it."""
    energy = _ces(log_price[:, :, None], nest.energy, nest.rho_energy)
    # The energy bundle joins the products as one more member.
    centre = jnp.einsum("nmu,nm->nu", nest.direct, log_price) + nest.bundled * energy
    members = jnp.expm1(nest.rho * (log_price[:, :, None] - centre[:, None, :]))
    spread = jnp.sum(nest.direct * members, axis=1) + nest.bundled * jnp.expm1(nest.rho * (energy - centre))
    return centre + _log1p_over(spread, nest.rho), energy


def materials_shares(
    nest: MaterialsNest,
    log_price: Float[Array, "region product"],
    bundle: Float[Array, "region user"],
    energy: Float[Array, "region user"],
) -> Float[Array, "region product user"]:
    """Shares of products in the materials bundle at new prices."""
    direct = nest.direct * jnp.exp(nest.rho * (log_price[:, :, None] - bundle[:, None, :]))
    bundled = nest.bundled * jnp.exp(nest.rho * (energy - bundle))
    within = nest.energy * jnp.exp(nest.rho_energy * (log_price[:, :, None] - energy[:, None, :]))
    return direct + bundled[:, None, :] * within


def cost_prices(
    nest: CostNest,
    log_price: Float[Array, "region product"],
    log_factor_price: Float[Array, "region factor slot"],
) -> CostState:
    """Log prices of every bundle of every sector."""
    shape = nest.factors.shape
    factor_price = jnp.broadcast_to(log_factor_price, shape)
    value_added = _ces(factor_price, nest.factors, nest.rho_factors)
    materials, energy = materials_price(nest.materials, log_price)
    pair = jnp.stack([value_added, materials], axis=1)
    weights = jnp.stack([nest.value_added, 1.0 - nest.value_added], axis=1)
    flexible = _ces(pair, weights, nest.rho)
    fixed_share = jnp.sum(nest.fixed, axis=1)
    leontief = jnp.einsum("nmj,nm->nj", nest.fixed, jnp.exp(log_price)) + (1.0 - fixed_share) * jnp.exp(
        flexible
    )
    return CostState(jnp.log(leontief), flexible, value_added, materials, energy)


def factor_shares(
    nest: CostNest, state: CostState, log_factor_price: Float[Array, "region factor slot"]
) -> Float[Array, "region factor sector"]:
    """Shares of factors in cost at new prices."""
    flexible = (1.0 - jnp.sum(nest.fixed, axis=1)) * jnp.exp(state.flexible - state.total)
    value_added = flexible * nest.value_added * jnp.exp(nest.rho * (state.value_added - state.flexible))
    factor_price = jnp.broadcast_to(log_factor_price, nest.factors.shape)
    within = nest.factors * jnp.exp(nest.rho_factors * (factor_price - state.value_added[:, None, :]))
    return value_added[:, None, :] * within


def input_shares(
    nest: CostNest, state: CostState, log_price: Float[Array, "region product"]
) -> Float[Array, "region product sector"]:
    """Shares of products in cost at new prices."""
    fixed = nest.fixed * jnp.exp(log_price[:, :, None] - state.total[:, None, :])
    flexible = (1.0 - jnp.sum(nest.fixed, axis=1)) * jnp.exp(state.flexible - state.total)
    materials = flexible * (1.0 - nest.value_added) * jnp.exp(nest.rho * (state.materials - state.flexible))
    return fixed + materials[:, None, :] * materials_shares(
        nest.materials, log_price, state.materials, state.energy
    )


def _ces(
    log_price: Float[Array, "region member user"],
    share: Float[Array, "region member user"],
    rho: Float[Array, " user"],
) -> Float[Array, "region user"]:
    """Log price of a bundle; zero where it has no members."""
    centre = jnp.sum(share * log_price, axis=1)
    spread = jnp.sum(share * jnp.expm1(rho * (log_price - centre[:, None, :])), axis=1)
    return centre + _log1p_over(spread, rho)


def _log1p_over(spread: Floats, rho: Floats) -> Floats:
    """log(1 + spread) / rho, with its limit of zero at rho = 0 (spread is of order rho^2 there)."""
    one = rho == 0.0
    return jnp.where(one, 0.0, jnp.log1p(spread) / jnp.where(one, 1.0, rho))


def _flat(shares: Floats) -> Floats:
    """(n, g, k, u) to (n, m, u)."""
    regions, groups, sectors, users = shares.shape
    return shares.reshape(regions, groups * sectors, users)


def _ratio(part: Floats, total: Floats) -> Floats:
    """Divide part by total, zero where the total is zero."""
    return jnp.where(total > 0.0, part / jnp.where(total > 0.0, total, 1.0), 0.0)
