"""Who buys from whom: sourcing weights, price indices, sales and what wedges collect.  Symbols and sources as in `equations.py`.

These are the passes over all pairs of regions, in which nearly all time and memory of a solve go; `trade` therefore computes prices and
sales together, for many groups in one pass.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

import accord.engines.equilibrium.traced  # noqa: F401 - JAX is told of 64 bits and features
from accord.engines.equilibrium.features import Features
from accord.engines.equilibrium.inputs import BaseEconomy, Scenario


class Delivered(NamedTuple):
    """Sourcing weights of a scenario (g, k, n, i), and how they are revalued: no power is taken over all pairs after these are built.

    What is the same as what stands above it is None. With wedges that are the same for all of several groups (their first axis is
    one), flows are added up over groups before they are revalued, and `before_duty` and `at_producer_prices` do not exist.

    Attributes:
        perceived: K at the prices that users act on; shares of choice are K c_hat^-theta over their sum.
        at_user_prices: The same flows at the prices that users pay; None where nobody has a preference.
        base_paid: Spending at user prices over spending at perceived prices in the base (g, k, n); None without preferences.
        landed: (1 + tariff)(1 + import rent) (1 or g, k, n, i).
        rent: 1 + export rent (1 or g, k, n, i); None without export rents.
        before_duty: `at_user_prices` over `landed`: the same flow valued before duty.
        at_producer_prices: `before_duty` over `rent`, what the producer receives; None without export rents.
    """

    perceived: Float[Array, "group sector importer exporter"]
    at_user_prices: Float[Array, "group sector importer exporter"] | None
    base_paid: Float[Array, "group sector importer"] | None
    landed: Float[Array, "#group sector importer exporter"]
    rent: Float[Array, "#group sector importer exporter"] | None
    before_duty: Float[Array, "group sector importer exporter"] | None
    at_producer_prices: Float[Array, "group sector importer exporter"] | None

    @property
    def paid(self) -> Float[Array, "group sector importer exporter"]:
        """Weights at the prices that users pay."""
        return self.perceived if self.at_user_prices is None else self.at_user_prices


class Prices(NamedTuple):
    """What buyers face: everything that follows from unit costs.

    Attributes:
        competitive: c_hat^-theta (k, i).
        log_index: log P_hat (g, k, n), what a unit of the composite costs its users.
        per_spending: 1 over the sum of user-price weights (g, k, n): flow = weight x competitive x spending x this.
    """

    competitive: Float[Array, "sector exporter"]
    log_index: Float[Array, "group sector importer"]
    per_spending: Float[Array, "group sector importer"]


class Trade(NamedTuple):
    """Prices and sales at given unit costs and spending.

    Attributes:
        prices: What buyers face.
        output: Sales of each producer at producer prices, Y' (n, j).
        import_revenue: What duties and import rents collect, by importer (n,).
        export_rents: What export rents earn, by exporter (n,).
    """

    prices: Prices
    output: Float[Array, "region sector"]
    import_revenue: Float[Array, " region"]
    export_rents: Float[Array, " region"]


def delivered_shares(base: BaseEconomy, scenario: Scenario, features: Features) -> Delivered:
    """Build K and its revaluations.

        K = s * availability * (kappa_hat * (1+x')/(1+x) * (1+t')(1+m')/((1+t)(1+m)) * (1+b')/(1+b))^-theta

    s is the base share at perceived prices: pi (1+b) over its sum; pi itself without home preference. A product that a group does
    not buy at all gets weight one at home, so that its (unused) price index is defined.
    """
    theta = base.technology.trade[:, None, None]
    landed = scenario.wedges.landed_factor
    price_hat = scenario.trade_cost_hat * (landed / base.wedges.landed_factor)
    chosen = base.expenditure_share
    base_paid = rent = None
    if features.export_rents:
        rent = 1.0 + scenario.wedges.export_rent
        price_hat = price_hat * (rent / (1.0 + base.wedges.export_rent))
    if features.preferences:
        seen_base = 1.0 + base.wedges.home_preference
        price_hat = price_hat * ((1.0 + scenario.wedges.home_preference) / seen_base)
        chosen = chosen * seen_base
        seen = jnp.sum(chosen, axis=3)
        base_paid = 1.0 / jnp.where(seen > 0.0, seen, 1.0)
    # exp(-theta log) is ten times faster in XLA on a CPU than a power, and exact where nothing changes.
    deterred = jnp.exp(-theta * jnp.log(price_hat))
    total = jnp.sum(chosen, axis=3, keepdims=True)
    unbought = total == 0.0
    weight = chosen / jnp.where(unbought, 1.0, total) * scenario.availability * deterred
    home = jnp.eye(base.expenditure_share.shape[3])
    weight = jnp.where(unbought, home, weight)
    paid = weight / (1.0 + scenario.wedges.home_preference) if features.preferences else None
    delivered = Delivered(weight, paid, base_paid, landed, rent, None, None)
    if _revalued_together(delivered):
        return delivered
    before_duty = delivered.paid / landed
    received = None if rent is None else before_duty / rent
    return delivered._replace(before_duty=before_duty, at_producer_prices=received)


def _revalued_together(delivered: Delivered) -> bool:
    """Whether wedges are the same for all of several groups, so that flows can be added up over groups first."""
    wedges = [delivered.landed] if delivered.rent is None else [delivered.landed, delivered.rent]
    return delivered.perceived.shape[0] > 1 and all(wedge.shape[0] == 1 for wedge in wedges)


def sourcing_sum(
    weight: Float[Array, "*group sector importer exporter"], competitive: Float[Array, "sector exporter"]
) -> Float[Array, "*group sector importer"]:
    """sum_i K[g,k,n,i] c_hat[k,i]^-theta[k].

    Written as a batched matrix-vector product: XLA runs it four times faster on a CPU than the same sum as an einsum.
    """
    return jnp.matmul(weight, competitive[:, :, None])[..., 0]


def output_value(
    at_producer_prices: Float[Array, "group sector importer exporter"],
    competitive: Float[Array, "sector exporter"],
    spending_per_weight: Float[Array, "group sector importer"],
) -> Float[Array, "region sector"]:
    """Y' (i, k) = c_hat^-theta sum_gn K X' / (sum K c_hat^-theta).  Caliendo and Parro (2015), equation (13), supply side."""
    sold = jnp.matmul(spending_per_weight[:, :, None, :], at_producer_prices)[:, :, 0, :]
    return (competitive * jnp.sum(sold, axis=0)).T


def buyer_prices(
    base: BaseEconomy, delivered: Delivered, log_unit_cost: Float[Array, "sector exporter"]
) -> Prices:
    """Price index of every composite.  Caliendo and Parro (2015), equation (11), in logs."""
    competitive = _competitive(base, log_unit_cost)
    seen = sourcing_sum(delivered.perceived, competitive)
    paid = None if delivered.at_user_prices is None else sourcing_sum(delivered.at_user_prices, competitive)
    return _prices(base, delivered, competitive, seen, paid)


def _competitive(
    base: BaseEconomy, log_unit_cost: Float[Array, "sector exporter"]
) -> Float[Array, "sector exporter"]:
    return jnp.exp(-base.technology.trade[:, None] * log_unit_cost)


def _prices(
    base: BaseEconomy,
    delivered: Delivered,
    competitive: Float[Array, "sector exporter"],
    seen: Float[Array, "group sector importer"],
    paid: Float[Array, "group sector importer"] | None,
) -> Prices:
    """Prices from the sums over origins at perceived and at user prices.

    Users choose at perceived prices and pay user prices. With S = sum K c_hat^-theta at perceived prices and U the same sum at user
    prices, a unit of the composite costs S^(-1/theta) x (U / S) / (U_0 / S_0): the second factor is what perceived prices overstate.
    """
    log_index = -jnp.log(seen) / base.technology.trade[:, None]
    if paid is None or delivered.base_paid is None:
        return Prices(competitive, log_index, 1.0 / seen)
    overstated = jnp.log(paid / seen) - jnp.log(delivered.base_paid)
    return Prices(competitive, overstated + log_index, 1.0 / paid)


def trade(
    base: BaseEconomy,
    delivered: Delivered,
    log_unit_cost: Float[Array, "sector exporter"],
    spending: Float[Array, "group sector importer"],
) -> Trade:
    """Prices, sales and revenues of wedges; each revenue is what users pay less what the next in line receives."""
    flows = delivered.before_duty
    if flows is None or spending.shape[0] > 1:
        return _group_by_group(base, delivered, log_unit_cost, spending)
    prices = buyer_prices(base, delivered, log_unit_cost)
    per_weight = spending * prices.per_spending
    received = flows if delivered.at_producer_prices is None else delivered.at_producer_prices
    output = output_value(received, prices.competitive, per_weight)
    before_duty = sourcing_sum(flows, prices.competitive) * per_weight
    import_revenue = jnp.sum(spending - before_duty, axis=(0, 1))
    export_rents = jnp.zeros_like(import_revenue)
    if delivered.at_producer_prices is not None:  # most runs have none, and are spared another pass
        earned = output_value(flows, prices.competitive, per_weight) - output
        export_rents = jnp.sum(earned, axis=1)
    return Trade(prices, output, import_revenue, export_rents)


def _group_by_group(
    base: BaseEconomy,
    delivered: Delivered,
    log_unit_cost: Float[Array, "sector exporter"],
    spending: Float[Array, "group sector importer"],
) -> Trade:
    """The same for many groups: weights leave main memory once an iteration, a group at a time, and not once a pass.

    A group's price index needs its weights alone, so its flows can be added to those of the others while they are in the cache.
    """
    competitive = _competitive(base, log_unit_cost)
    if delivered.before_duty is None:
        flows = (delivered.paid,)
    elif delivered.at_producer_prices is None:
        flows = (delivered.before_duty,)
    else:
        flows = (delivered.before_duty, delivered.at_producer_prices)

    def add(sums: tuple[Array, ...], group: Any) -> tuple[tuple[Array, ...], tuple[Array, Array | None]]:
        perceived, at_user_prices, parts, spent = group
        seen = sourcing_sum(perceived, competitive)
        paid = None if at_user_prices is None else sourcing_sum(at_user_prices, competitive)
        per_weight = (spent / (seen if paid is None else paid))[:, :, None]
        return tuple(total + per_weight * part for total, part in zip(sums, parts, strict=True)), (seen, paid)

    nothing = tuple(jnp.zeros(part.shape[1:]) for part in flows)
    groups = (delivered.perceived, delivered.at_user_prices, flows, spending)
    sums, (seen, paid) = jax.lax.scan(add, nothing, groups)
    before_duty = sums[0] if delivered.before_duty is not None else sums[0] / delivered.landed[0]
    if delivered.at_producer_prices is not None:
        received = sums[1]
    else:
        received = before_duty if delivered.rent is None else before_duty / delivered.rent[0]
    output = (competitive * jnp.sum(received, axis=1)).T
    value = sourcing_sum(before_duty, competitive)
    import_revenue = jnp.sum(spending, axis=(0, 1)) - jnp.sum(value, axis=0)
    export_rents = jnp.zeros_like(import_revenue)
    if delivered.rent is not None:
        export_rents = jnp.sum((competitive * jnp.sum(before_duty, axis=1)).T - output, axis=1)
    return Trade(_prices(base, delivered, competitive, seen, paid), output, import_revenue, export_rents)
