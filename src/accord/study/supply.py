"""Supply terms on a World: which part of its flows is the product, which part of that is under the contract, and at what price.

    s_u        product's share of user u's purchases F_u from the seller (data)
    lambda     value of the contract's volume at the base price / sum of s_u F_u; one where the whole flow is meant
    sigma_u    s_u lambda, the share of F_u that is repriced
    f0, f1     contract price over reference price, before and after
    cell       base factor  b_u = 1 / (1 - sigma_u + sigma_u / f0),   new factor  b_u (1 - sigma_u + sigma_u f1 / f0)

so that payments for a cell change by sigma_u F_u (f1 / f0 - 1) = price change x volume, and the base flow F_u would be F_u / b_u at the
reference price. METHODS section 10; docs/methods/energy-supply.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from accord.adapters.index import positions
from accord.errors import Fault, ProgrammeError
from accord.frozen import changed
from accord.shocks import ContractPriceShock, Flows, Shock, SupplyTermsShock
from accord.world import World

ROUNDING = 1e-3
"""Share by which a contract may exceed the World's flow: volumes and prices are written with three digits."""


Bought = dict[Flows, dict[str, float]]
"""What each user buys, by flows, for those who ask about the same flows of one World again and again."""


def contracts_of(world: World, shocks: Sequence[Shock], known: Bought | None = None) -> tuple[Shock, ...]:
    """Return `shocks` with supply terms replaced by contract prices of cells; a `ProgrammeError` lists every fault.

    Args:
        world: The data.
        shocks: Shocks in the World's labels.
        known: Remembers what was bought of this World's flows; a memory of this call alone by default.
    """
    known = {} if known is None else known
    found: list[Shock] = []
    faults: list[Fault] = []
    for shock in shocks:
        if isinstance(shock, SupplyTermsShock):
            flow = product_flow(world, shock, known)
            fault = _fault(world, shock, flow)
            if fault is None:
                found += _contracts(world, shock, min(1.0, _share_of(flow, shock)))
            else:
                faults.append(fault)
        else:
            found.append(shock)
    if faults:
        raise ProgrammeError(faults)
    return tuple(found)


def flows_by_user(world: World, shock: SupplyTermsShock, known: Bought | None = None) -> dict[str, float]:
    """Base value before duty of what each user buys from the seller in the product's sectors, USD million."""
    if known is not None and shock.flows in known:
        return known[shock.flows]
    cells = np.ix_(
        positions(world.regions, shock.flows.exporters, "exporter"),
        positions(world.sectors, shock.flows.sectors, "sector"),
        positions(world.regions, shock.flows.importers, "importer"),
    )
    found: dict[str, float] = {}
    for name, users in (("intermediate", world.sectors), ("final_demand", world.uses)):
        values = np.asarray(world.data[name])[cells].reshape(-1, len(users))
        found |= dict(zip(users, values.sum(axis=0, dtype=np.float64).tolist(), strict=True))
    if known is not None:
        known[shock.flows] = found
    return found


def product_flow(world: World, shock: SupplyTermsShock, known: Bought | None = None) -> float:
    """Base value before duty of the product's part of the flows, USD million."""
    shares = dict(shock.product_share)
    other = shock.other_share
    return sum(
        [shares.get(user, other) * value for user, value in flows_by_user(world, shock, known).items()]
    )


def contract_share(world: World, shock: SupplyTermsShock, known: Bought | None = None) -> float:
    """lambda: share of the product's flow that is under the contract; above one where the contract is larger than the flow."""
    return 1.0 if shock.value_at_reference is None else _share_of(product_flow(world, shock, known), shock)


def _share_of(flow: float, shock: SupplyTermsShock) -> float:
    if shock.value_at_reference is None:
        return 1.0
    return float("inf") if flow == 0.0 else shock.value_at_reference * shock.base_factor / flow


def _fault(world: World, shock: SupplyTermsShock, flow: float) -> Fault | None:
    """What is wrong with a contract on so much of the product, USD million."""
    share = _share_of(flow, shock)
    if flow > 0.0 and share <= 1.0 + ROUNDING:
        return None
    where = f"measure '{shock.measure}'"
    pair = f"{', '.join(shock.flows.exporters or ())} to {', '.join(shock.flows.importers or ())}"
    if flow <= 0.0:
        return Fault(
            where=where,
            found=f"World '{world.name}' has no flow of this product from {pair}",
            expected="a flow whose price can change",
            remedy="name another sector, product_shares above zero, or a World that has the flow",
        )
    return Fault(
        where=f"{where}, volume",
        found=f"volume x base price is USD {share * flow:,.0f} million, {share:.2f} times the World's flow of the product "
        f"from {pair} (USD {flow:,.0f} million)",
        expected="a contract within the World's flow: what does not flow in the data cannot change its price there",
        remedy='check units and product_shares; or write volume_rule = "world", which reprices the World\'s own flow and '
        "shows the gap",
    )


def _contracts(world: World, shock: SupplyTermsShock, scale: float) -> list[ContractPriceShock]:
    """Contract prices of the users, of whose purchases of the product the share `scale` is under the contract."""
    shares, other = {user: scale * share for user, share in shock.product_share}, scale * shock.other_share
    users: dict[float, list[str]] = {}
    for user in (*world.sectors, *world.uses):
        users.setdefault(shares.get(user, other), []).append(user)
    return [
        contract
        for share, members in users.items()
        if share > 0.0
        for contract in _contract(shock, share, tuple(members), everyone=len(users) == 1)
    ]


def _contract(
    shock: SupplyTermsShock, share: float, users: tuple[str, ...], *, everyone: bool
) -> list[ContractPriceShock]:
    """The contract price of cells of which `share` is under the contract: what is inframarginal, then what is chosen freely."""
    ratio = shock.new_factor / shock.base_factor
    whole = 1.0 - share + share * ratio
    free = shock.marginal_share if shock.passed_to == "users" else 0.0
    chosen = 1.0 - share * free + share * free * ratio
    base = 1.0 / (1.0 - share + share / shock.base_factor)
    part = ContractPriceShock(
        measure=shock.measure,
        weight=shock.weight,
        flows=changed(shock.flows, uses=None if everyone else users),
        base_factor=base,
        new_factor=base * whole / chosen,
        passed_to=shock.passed_to,
    )
    found = [] if free == 1.0 else [part]
    if free == 1.0:
        found.append(changed(part, new_factor=base * whole, marginal=True))
    elif free > 0.0:
        found.append(changed(part, base_factor=1.0, new_factor=chosen, marginal=True))
    return found
