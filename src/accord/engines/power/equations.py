"""The dispatch as a linear programme: balances, limits and cost, each a pure function of the arrays.

Unknowns, period by period: output of each plant, flow on each line forwards and backwards, load not served, and energy spilled.

    minimise   sum_t h[t] ( sum_p c[p] g[p,t] + sum_l w[l] (f[l,t] + r[l,t]) + sum_n V[n] u[n,t] )
    subject to sum_{p in n} g[p,t] + sum_l in + u[n,t] - s[n,t] = D[n,t]                    (price: its dual over h[t])
               b[p,t] K[p] <= g[p,t] <= a[p,t] K[p]
               0 <= f[l,t], r[l,t] <= F[l];   in = (1 - loss[l]) f arriving, less f leaving, and the reverse for r
               sum_t h[t] g[p,t] <= E[p]      where it is finite
               0 <= u[n,t] <= D[n,t] where V is finite, else u = 0;   s = 0 (only the relaxed problem may spill)

Source: the textbook merit order (Stoft 2002, chapter 3.1; Wood, Wollenberg and Sheble 2013, chapter 3) without unit commitment.
Units: MW, hours, USD per MWh; so cost is in USD and duals of balances in USD per MW and period.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import sparse

from accord.engines.power.inputs import PowerSystem


class Programme(NamedTuple):
    """A linear programme; unknowns are blocks over periods: output, forward flow, backward flow, unserved, spilled."""

    cost: np.ndarray
    balance: sparse.csr_array
    demand: np.ndarray
    limits: sparse.csr_array
    limit: np.ndarray
    low: np.ndarray
    high: np.ndarray


def programme_of(system: PowerSystem, *, relaxed: bool = False) -> Programme:
    """Return the dispatch of `system` as a linear programme.

    Args:
        system: What there is.
        relaxed: Whether energy may be missing and spilled everywhere at a cost of one a MWh and everything else is free: its
            optimum says how much is missing, and where.
    """
    regions, periods, plants, lines = system.size
    everywhere = np.isfinite(system.lost_load_value) | relaxed
    unserved = np.where(everywhere[:, None], system.demand, 0.0)
    spilled = np.full((regions, periods), np.inf if relaxed else 0.0)
    line_limit = np.repeat(system.lines.capacity, periods)
    free_of_limits = 2 * lines * periods + 2 * regions * periods
    limited = np.flatnonzero(np.isfinite(system.plants.energy_limit))
    energy = sparse.csr_array(
        (
            np.tile(system.hours, limited.size),
            (
                np.repeat(np.arange(limited.size), periods),
                (limited[:, None] * periods + np.arange(periods)).ravel(),
            ),
        ),
        shape=(limited.size, plants * periods + free_of_limits),
    )
    return Programme(
        cost=_cost(system, relaxed=relaxed),
        balance=_balance(system),
        demand=system.demand.ravel(),
        limits=energy,
        limit=system.plants.energy_limit[limited],
        low=np.concatenate([lowest_output(system).ravel(), np.zeros(free_of_limits)]),
        high=np.concatenate(
            [highest_output(system).ravel(), line_limit, line_limit, unserved.ravel(), spilled.ravel()]
        ),
    )


def highest_output(system: PowerSystem) -> Float[np.ndarray, "plant period"]:
    """A K, MW."""
    return system.plants.ceiling * system.plants.capacity[:, None]


def lowest_output(system: PowerSystem) -> Float[np.ndarray, "plant period"]:
    """B K, MW."""
    return system.plants.floor * system.plants.capacity[:, None]


def _cost(system: PowerSystem, *, relaxed: bool) -> np.ndarray:
    regions, _, plants, lines = system.size
    if relaxed:
        weights = np.concatenate([np.zeros(plants + 2 * lines), np.ones(2 * regions)])
    else:
        lost = np.where(np.isfinite(system.lost_load_value), system.lost_load_value, 0.0)
        charge = system.lines.charge
        weights = np.concatenate([system.plants.cost, charge, charge, lost, np.zeros(regions)])
    return np.outer(weights, system.hours).ravel()


def _balance(system: PowerSystem) -> sparse.csr_array:
    """Energy arriving in each region and period per unit of each unknown."""
    regions, periods, plants, lines = system.size
    arriving = 1.0 - system.lines.loss
    region = np.concatenate(
        [
            system.plants.region,
            *(system.lines.start, system.lines.end),
            *(system.lines.end, system.lines.start),
            *(np.arange(regions), np.arange(regions)),
        ]
    )
    wire = plants + np.arange(lines)
    last = plants + 2 * lines + np.arange(regions)
    unknown = np.concatenate(
        [np.arange(plants), wire, wire, wire + lines, wire + lines, last, last + regions]
    )
    value = np.concatenate(
        [
            np.ones(plants),
            *(-np.ones(lines), arriving),
            *(-np.ones(lines), arriving),
            *(np.ones(regions), -np.ones(regions)),
        ]
    )
    incidence = sparse.coo_array(
        (value, (region, unknown)), shape=(regions, plants + 2 * lines + 2 * regions)
    )
    return sparse.csr_array(sparse.kron(incidence, sparse.eye_array(periods)))
