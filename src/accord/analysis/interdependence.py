"""Who uses whose components: direct flows, requirements through chains, value added embodied, feedback loops.

Symbols as in `numerics.leontief` and `analysis.production`. Sources: Miller and Blair (2022), chapters 2, 3 and 6 (requirements,
interregional feedback); Johnson and Noguera (2012), "Accounting for intermediates" (value added by origin and destination).

Nothing here forms L. With p partners, m sectors and R regions, (p+1) m transposed solves give all requirements, R + 1 give all content,
and p give the feedback.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from accord.analysis.labelled import labelled
from accord.analysis.production import THIRD, Production, production_of
from accord.tables import Table
from accord.world import World


def interdependence(world: World, partners: Sequence[str]) -> tuple[Table, ...]:
    """Part 1 for `partners`: component flows and requirements, content by origin, value added flows, feedback."""
    return (
        component_flows(world, partners),
        value_added_content(world, partners),
        value_added_origins(world, partners),
        value_added_flows(world),
        feedback(world, partners),
    )


def component_flows(world: World, partners: Sequence[str]) -> Table:
    """Inputs that cross borders between partners, and between them and all third countries taken together.

    Rows with neither a direct flow nor a requirement are left out.

        direct[s,u] = sum Z[i,j] / sum x[j],   total[s,u] = sum (L - I)[i,j] x[j] / sum x[j],   over i in s, j in u
        required[s,u] = sum (L - I)[i,j] y[j]
    """
    production = production_of(world)
    partners = production.partners(partners)
    groups = (*partners, THIRD)
    flows = _between_groups(production, partners)  # exporter, supplying sector, importer, using sector
    inputs = flows.sum(axis=(0, 1), keepdims=True)
    of_product = flows.sum(axis=0, keepdims=True)
    output = _by_group(production, partners, production.output)
    total, required = _requirements(production, partners)
    shape = flows.shape
    axes = np.indices(shape).reshape(4, -1)
    columns = {
        "flow_usd": flows,
        "share_of_inputs": _ratio(flows, np.broadcast_to(inputs, shape)),
        "share_of_product": _ratio(flows, np.broadcast_to(of_product, shape)),
        "share_of_sales": _ratio(flows, np.broadcast_to(output[:, :, None, None], shape)),
        "direct_pct": 100.0 * _ratio(flows, np.broadcast_to(output, shape)),
        "total_pct": 100.0 * _ratio(total, np.broadcast_to(output, shape)),
        "required_usd": required,
    }
    crosses = axes[0] != axes[2]
    used = crosses & ((flows != 0.0) | (total != 0.0)).ravel()
    frame = pd.DataFrame(
        {
            "exporter": np.array(groups, dtype=object)[axes[0][used]],
            **_sector_columns(world, "supplying_sector", axes[1][used]),
            "importer": np.array(groups, dtype=object)[axes[2][used]],
            **_sector_columns(world, "using_sector", axes[3][used]),
            **{name: values.ravel()[used] for name, values in columns.items()},
        }
    )
    return labelled(
        world,
        "component_flows",
        f"Inputs across the borders of {' and '.join(partners)}",
        frame,
        ("exporter", "supplying_sector", "importer", "using_sector"),
    )


def value_added_content(world: World, partners: Sequence[str]) -> Table:
    """Whose value added is in each product of each partner; shares of own, partners', third countries' and taxes add up to one.

    Output and final product are priced alike, so the shares hold for both; amounts in output are counted again by each user.
    """
    production = production_of(world)
    partners = production.partners(partners)
    content = production.content
    positions = [production.regions.index(partner) for partner in partners]
    third = np.setdiff1d(np.arange(len(production.regions)), positions)
    frames = []
    for own, partner in zip(positions, partners, strict=True):
        rows = production.at(partner)
        shares = content[rows]
        others = [position for position in positions if position != own]
        partner_share, third_share = shares[:, others].sum(axis=1), shares[:, third].sum(axis=1)
        final, output = production.final_products[rows], production.output[rows]
        frames.append(
            pd.DataFrame(
                {
                    "region": partner,
                    **_sector_columns(world, "sector", np.arange(len(rows))),
                    "output_usd": output,
                    "final_product_usd": final,
                    "home_share": shares[:, own],
                    "partner_share": partner_share,
                    "third_share": third_share,
                    "tax_share": shares[:, -1],
                    **_largest(production, shares, third),
                    "partner_in_final_usd": partner_share * final,
                    "third_in_final_usd": third_share * final,
                    "partner_in_output_usd": partner_share * output,
                    "third_in_output_usd": third_share * output,
                }
            )
        )
    return labelled(
        world,
        "value_added_content",
        f"Whose value added is in the products of {' and '.join(partners)}",
        pd.concat(frames, ignore_index=True),
        ("region", "sector"),
    )


def value_added_origins(world: World, partners: Sequence[str]) -> Table:
    """Share of every region's value added, and of duties and taxes, in each product of each partner."""
    production = production_of(world)
    partners = production.partners(partners)
    origins = (*production.regions, "duties and taxes")
    frames = []
    for partner in partners:
        rows = production.at(partner)
        sector, origin = np.indices((len(rows), len(origins))).reshape(2, -1)
        share = production.content[rows].ravel()
        frames.append(
            pd.DataFrame(
                {
                    "region": partner,
                    **_sector_columns(world, "sector", sector),
                    "origin": np.array(origins, dtype=object)[origin],
                    "share": share,
                    "value_added_usd": share * np.repeat(production.final_products[rows], len(origins)),
                }
            )
        )
    return labelled(
        world,
        "value_added_origins",
        f"Origins of the value added in final products of {' and '.join(partners)}",
        pd.concat(frames, ignore_index=True),
        ("region", "sector", "origin"),
    )


def value_added_flows(world: World) -> Table:
    """Value added of each region that ends in the final purchases of each region, all pairs; duties and taxes as one origin.

    F[a,b] = sum_j content[j,a] Y[j,b];   sum_a F[a,b] = final purchases of b,   sum_b F[a,b] = value added of a
    """
    production = production_of(world)
    flows = np.nan_to_num(production.content).T @ production.final_demand
    origins = (*production.regions, "duties and taxes")
    origin, destination = np.indices(flows.shape).reshape(2, -1)
    frame = pd.DataFrame(
        {
            "origin": np.array(origins, dtype=object)[origin],
            "destination": np.array(production.regions, dtype=object)[destination],
            "value_added_usd": flows.ravel(),
            "share_of_origin": _ratio(
                flows, np.broadcast_to(flows.sum(axis=1)[:, None], flows.shape)
            ).ravel(),
            "share_of_absorption": _ratio(flows, np.broadcast_to(flows.sum(axis=0), flows.shape)).ravel(),
        }
    )
    return labelled(
        world, "value_added_flows", "Value added by origin and absorption", frame, ("origin", "destination")
    )


def feedback(world: World, partners: Sequence[str]) -> Table:
    """Own output that a partner's final products call forth through foreign chains that come back.

        feedback = 1' (L[r,r] - (I - A[r,r])^-1)
        through partners alone: the same with L of the partners' own block of A

    Source: Miller and Blair (2022), section 3.3.2, interregional feedback effects.
    """
    production = production_of(world)
    partners = production.partners(partners)
    coefficients = production.system.coefficients
    union = np.concatenate([production.at(partner) for partner in partners])
    count = len(production.sectors)
    # Own output per unit of each product: the column sums of L[r,r], for all partners by one transposed solve.
    own = np.zeros((production.size, len(partners)))
    for position, partner in enumerate(partners):
        own[production.at(partner), position] = 1.0
    multipliers = production.system.solve_transposed(own)
    within_union = np.linalg.solve(np.eye(len(union)) - coefficients[np.ix_(union, union)].T, own[union])
    frames = []
    for position, partner in enumerate(partners):
        rows = production.at(partner)
        home = np.linalg.solve(np.eye(count) - coefficients[np.ix_(rows, rows)].T, np.ones(count))
        inside = slice(position * count, (position + 1) * count)
        multiplier, with_partners = multipliers[rows, position], within_union[inside, position]
        frames.append(
            pd.DataFrame(
                {
                    "region": partner,
                    **_sector_columns(world, "sector", np.arange(count)),
                    "multiplier": multiplier,
                    "home_multiplier": home,
                    "partner_feedback_pct": 100.0 * (with_partners - home),
                    "feedback_pct": 100.0 * (multiplier - home),
                    "feedback_usd": (multiplier - home) * production.final_products[rows],
                }
            )
        )
    return labelled(
        world,
        "feedback",
        f"Own output that comes back through foreign chains: {' and '.join(partners)}",
        pd.concat(frames, ignore_index=True),
        ("region", "sector"),
    )


def _between_groups(production: Production, partners: tuple[str, ...]) -> np.ndarray:
    """Z between partners and third countries taken together: (exporter, supplying sector, importer, using sector), float64."""
    flows = production.flows
    rows = [production.regions.index(partner) for partner in partners]
    third = np.setdiff1d(np.arange(len(production.regions)), rows)
    count, sectors = len(partners) + 1, len(production.sectors)
    grouped = np.zeros((count, sectors, count, sectors))
    for group, members in enumerate([*([row] for row in rows), third]):
        for exporter in members:
            sold = flows[exporter]
            grouped[group][:, :-1] += sold[:, rows]
            grouped[group][:, -1] += sold[:, third].sum(axis=1, dtype=np.float64)
    return grouped


def _by_group(production: Production, partners: tuple[str, ...], amounts: np.ndarray) -> np.ndarray:
    """Amounts (n,) as (partner or third countries, sector)."""
    table = amounts.reshape(len(production.regions), -1)
    rows = [production.regions.index(partner) for partner in partners]
    return np.vstack([table[rows], np.delete(table, rows, axis=0).sum(axis=0)])


def _requirements(production: Production, partners: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """(L - I) x and (L - I) y between groups: (exporter, supplying sector, importer, using sector), USD million."""
    count, sectors = len(partners) + 1, len(production.sectors)
    group = np.full(len(production.regions), count - 1)
    group[[production.regions.index(partner) for partner in partners]] = np.arange(count - 1)
    seller = (group[:, None] * sectors + np.arange(sectors)).ravel()
    members = np.zeros((production.size, count * sectors))
    members[np.arange(production.size), seller] = 1.0
    reached = production.system.solve_transposed(members) - members
    shape = (count, sectors, count, sectors)
    by_region = reached.reshape(len(production.regions), sectors, -1)
    total, required = (
        _by_group_of_users(by_region * amounts.reshape(-1, sectors, 1), group, count).T.reshape(shape)
        for amounts in (production.output, production.final_products)
    )
    return total, required


def _by_group_of_users(by_region: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    """(region, sector, k) added up over the regions of each group: (group and sector, k)."""
    total = np.stack([by_region[group == position].sum(axis=0) for position in range(count)])
    return total.reshape(-1, by_region.shape[2])


def _largest(production: Production, shares: np.ndarray, third: np.ndarray) -> dict[str, object]:
    """The third country with the largest share in each row, and that share."""
    if not len(third):
        return {"largest_third": "none", "largest_third_share": np.nan}
    known = np.nan_to_num(shares[:, third], nan=-1.0)
    best = known.argmax(axis=1)
    names = np.array(production.regions, dtype=object)[third[best]]
    empty = np.isnan(shares[:, 0])
    return {
        "largest_third": np.where(empty, "none", names),
        "largest_third_share": shares[np.arange(len(shares)), third[best]],
    }


def _sector_columns(world: World, name: str, positions: np.ndarray) -> dict[str, np.ndarray]:
    """Code and name of sectors as two columns."""
    return {
        name: np.array(world.sectors, dtype=object)[positions],
        f"{name}_name": np.array(list(world.sector_names.values()), dtype=object)[positions],
    }


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part over whole; blank where there is no whole."""
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0.0)
