"""The smallest set of foreign suppliers whose loss takes a given share of what a region makes: greedy, with a proved bound.

Each unit of value of a region's final products, or of its output, travels along one chain of producers, from the maker back to where
it is earned. f(S) is
the share of the value whose chain meets a supplier in S (`extraction.value_through`). The chains that meet S or i are those that meet S
and those that meet i but not S: f is the measure of a union of sets of chains, hence **monotone and submodular**. (That holds
because chains have weights of zero or more, which needs inputs, what is earned and final products to be so; it would not hold for
losses when users could substitute.) From this follow

- greedy choice: each step takes the supplier with the largest gain. Nemhauser, Wolsey and Fisher (1978), Wolsey (1982): it needs at most
  1 + ln(f(all) / (f(all) - f(last set but one))) times as many suppliers as the smallest set;
- a bound for the case at hand, which is what the table gives: any set T with f(T) >= t has t <= f(S) + sum over T of gain(i | S), so T has
  at least as many members as the fewest largest gains that fill t - f(S), for each S on the way.

With S taken out, q = L d (d final products, positions as users), m = value earned along chains that avoid S, and by first passage

    gain(i | S) = q[i] m[i] / L[i,i],   all three in the system without S

and taking i out changes L by one rank: two solves a step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from accord.analysis.labelled import labelled
from accord.analysis.production import Production, production_of
from accord.errors import AccordError
from accord.tables import Table
from accord.world import World


def smallest_supplier_set(
    world: World,
    region: str,
    *,
    share: float = 0.1,
    partners: Sequence[str] = (),
    most: int = 40,
    of: Literal["final products", "output"] = "final products",
) -> Table:
    """Foreign suppliers, in greedy order, through which together a `share` of the value of a region's products passes.

    Args:
        world: The World.
        region: Whose final products.
        share: Share of their value to reach, above 0 and below 1.
        partners: Regions whose producers are no candidates; the region itself never is.
        most: Stop after so many suppliers, reached or not.
        of: The value of its final products, or of its output; a unit of output that is an input is counted again in its user's.
    """
    production = production_of(world)
    own = production.known("region", [region, *partners])
    if not 0.0 < share < 1.0:
        raise AccordError(f"the share to reach lies above 0 and below 1; got {share}.")
    candidates = np.setdiff1d(np.arange(production.size), production.positions(own))
    demand = np.zeros(production.size)
    rows = production.at(region)
    made = {"final products": production.final_products, "output": production.output}
    if of not in made:
        raise AccordError(f"the smallest set is sought for 'final products' or 'output', not for '{of}'.")
    demand[rows] = np.maximum(made[of][rows], 0.0)
    if not demand.any():
        raise AccordError(f"{region} makes no {of} in World '{world.name}'.")
    chosen, alone, together, gains = _greedy(production, demand / demand.sum(), candidates, share, most)
    proved = not (production.system.coefficients.sum(axis=0) > 1.0).any()
    bounds = _least_counts(together, gains) if proved else np.full(len(chosen), np.nan)
    sectors = len(production.sectors)
    names = list(world.sector_names.values())
    frame = pd.DataFrame(
        {
            "region": region,
            "step": np.arange(1, len(chosen) + 1),
            "exporter": [production.regions[position // sectors] for position in chosen],
            "supplying_sector": [production.sectors[position % sectors] for position in chosen],
            "supplying_sector_name": [names[position % sectors] for position in chosen],
            "alone_pct": 100.0 * np.array(alone),
            "together_pct": 100.0 * np.array(together),
            "least_count": bounds,
        }
    )
    return labelled(
        world,
        f"critical_suppliers_{region}"
        if of == "final products"
        else f"critical_suppliers_of_output_{region}",
        f"Foreign suppliers through which the value of {of} of {region} passes",
        frame,
        ("region", "step"),
    )


def _greedy(
    production: Production, demand: np.ndarray, candidates: np.ndarray, share: float, most: int
) -> tuple[list[int], list[float], list[float], list[np.ndarray]]:
    """Positions chosen, what each takes alone and with those before, and all gains before each step, largest first."""
    system = production.system
    blocks = system.diagonal_blocks([np.array([position]) for position in candidates])
    diagonal = np.array([block[0, 0] for block in blocks])
    reached = system.solve(demand)  # q
    earned = np.where(production.output > 0.0, 1.0, 0.0)  # m
    first = reached[candidates] * earned[candidates] / diagonal
    columns: list[
        tuple[np.ndarray, np.ndarray]
    ] = []  # (L[:,i] / L[i,i], L[i,:]) of those taken out, in their turn
    chosen: list[int] = []
    alone, together, gains = [], [], []
    while len(chosen) < min(most, len(candidates)):
        gain = np.maximum(reached[candidates] * earned[candidates] / diagonal, 0.0)
        gain[np.isin(candidates, chosen)] = 0.0
        best = int(gain.argmax())
        if gain[best] <= 0.0 or (together and together[-1] >= share):
            break
        gains.append(np.sort(gain)[::-1])
        position = int(candidates[best])
        column, row = _row_and_column(production, position, columns)
        pivot = column[position]
        together.append((together[-1] if together else 0.0) + float(gain[best]))
        alone.append(float(first[best]))
        chosen.append(position)
        reached = reached - column * (reached[position] / pivot)
        earned = earned - row * (earned[position] / pivot)
        diagonal = diagonal - column[candidates] * row[candidates] / pivot
        diagonal[np.isin(candidates, chosen)] = 1.0
        columns.append((column / pivot, row))
    return chosen, alone, together, gains


def _row_and_column(
    production: Production, position: int, taken: list[tuple[np.ndarray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """L[:,i] and L[i,:] of the system without the producers taken out already."""
    unit = np.zeros(production.size)
    unit[position] = 1.0
    column, row = production.system.solve(unit), production.system.solve_transposed(unit)
    for scaled, across in taken:
        # L - L[:,k] L[k,:] / L[k,k], applied in the order in which they were taken out.
        column_weight, row_weight = across[position], scaled[position]
        column = column - scaled * column_weight
        row = row - across * row_weight
    return column, row


def _least_counts(together: Sequence[float], gains: Sequence[np.ndarray]) -> np.ndarray:
    """For what is reached at each step, the fewest suppliers that any set needs for it: the largest bound over the steps before."""
    before = [0.0, *together[:-1]]
    totals = [np.cumsum(gain) for gain in gains]
    least = []
    for step, target in enumerate(together):
        bounds = [
            int(np.searchsorted(totals[past], (target - before[past]) * (1.0 - 1e-12))) + 1
            for past in range(step + 1)
        ]
        least.append(float(max(bounds)))
    return np.array(least)
