"""Supply terms that fall on the same purchases: shares of products that add up to more than the whole, and prices that multiply.

A sector such as oil and gas holds several products, each with a contract of its own. With sigma_c the share of a user's purchases that
contract c reprices, and r_c its price over the old one, payments become 1 + sum_c sigma_c (r_c - 1) of what they were. The model
multiplies the factors of contracts instead, prod_c (1 + sigma_c (r_c - 1)): the same where no user has two of them, and near it where
shares or changes are small.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import prod

from accord.errors import Fault
from accord.shocks import Flows, Shock, SupplyTermsShock
from accord.study.supply import contract_share, flows_by_user
from accord.world import World

SLACK = 0.1
"""Share by which products may exceed what a user buys: values from within their ranges (0.05 of gas beside 1.0 of crude) may do so."""
APART = 0.01
"""From this share of the change of payments on, contracts that multiply are worth a note."""


def more_than_all(world: World, shocks: Sequence[Shock]) -> Iterator[Fault]:
    """Yield a fault for each flow of which contracts together reprice more than the whole, for some user."""
    for flows, terms in _together(shocks):
        bought, shares = flows_by_user(world, terms[0]), [_shares(world, one) for one in terms]
        over = {
            user: total
            for user, value in bought.items()
            if value > 0.0 and (total := sum(share[user] for share in shares)) > 1.0 + SLACK
        }
        if not over:
            continue
        worst = max(over, key=lambda user: over[user])
        named = " and ".join(f"'{one.measure}'" for one in terms)
        yield Fault(
            f"measures {named}, product_shares",
            f"together they reprice {100.0 * over[worst]:.0f}% of what {worst} buys of {_said(flows)}"
            + (f", and more than all of it for {len(over) - 1} other users" if len(over) > 1 else ""),
            "shares of one user's purchases that add up to 1 at most",
            "State product_shares and other_users_share in each: which part of a user's purchases is that product.",
        )


def multiplied(world: World, shocks: Sequence[Shock]) -> Iterator[str]:
    """Yield a note where the contracts of several measures multiply on the same purchases and that moves payments."""
    for flows, terms in _together(shocks):
        bought, shares = flows_by_user(world, terms[0]), [_shares(world, one) for one in terms]
        changes = [one.weight * (one.new_factor / one.base_factor - 1.0) for one in terms]
        added = multiplied_by = 0.0
        for user, value in bought.items():
            parts = [share[user] * change for share, change in zip(shares, changes, strict=True)]
            added += value * sum(parts)
            multiplied_by += value * (prod(1.0 + part for part in parts) - 1.0)
        if abs(multiplied_by - added) > APART * abs(added):
            named = " and ".join(f"'{one.measure}'" for one in terms)
            yield (
                f"measures {named} reprice the same users' purchases of {_said(flows)}: their price factors multiply, so that payments at "
                f"base quantities change by USD {multiplied_by:+,.1f} million; added up, contract by contract, by {added:+,.1f}"
            )


def _together(shocks: Sequence[Shock]) -> Iterator[tuple[Flows, list[SupplyTermsShock]]]:
    """Contracts of several measures on the same flows."""
    found: dict[Flows, list[SupplyTermsShock]] = {}
    for shock in shocks:
        if isinstance(shock, SupplyTermsShock):
            found.setdefault(shock.flows, []).append(shock)
    for flows, terms in found.items():
        if any(one.measure != other.measure for one, other in combinations(terms, 2)):
            yield flows, terms


def _shares(world: World, terms: SupplyTermsShock) -> dict[str, float]:
    """Share of each user's purchases that a contract reprices."""
    under, named = min(1.0, contract_share(world, terms)), dict(terms.product_share)
    return {user: under * named.get(user, terms.other_share) for user in (*world.sectors, *world.uses)}


def _said(flows: Flows) -> str:
    seller, buyer, sector = (
        ", ".join(labels or ("all",)) for labels in (flows.exporters, flows.importers, flows.sectors)
    )
    return f"{sector} from {seller} to {buyer}"
