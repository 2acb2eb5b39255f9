"""Where an iteration and a solve at 80 x 50 spend their time: each piece compiled and timed alone.

Pieces run alone cost what they cost, plus one dispatch each; in the loop XLA fuses small ones, so they need not add up.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from accord.adapters import equilibrium as adapter
from accord.engines.equilibrium import attempt, markets, solve, system
from accord.engines.equilibrium import equations as eq
from accord.engines.equilibrium.features import features_of
from accord.errors import AccordError
from accord.world import read_world
from benchmarks.measure import Measure, timed
from benchmarks.solving import to_tolerance
from benchmarks.worlds import real_2022, world_rise

TITLE = "Pieces of a solve at 80 x 50"


def measures() -> list[Measure]:
    return [*of_an_iteration(), *of_a_study()]


def of_an_iteration(runs: int = 60) -> list[Measure]:
    """The equations, one by one."""
    economy = real_2022()
    state = solve(economy.base, world_rise(economy), to_tolerance(1e-10))
    base, scenario = jax.tree.map(jnp.asarray, (economy.base, world_rise(economy)))
    features = features_of(base, scenario)
    prepared = jax.jit(eq.prepare)(base, scenario, features)
    unknowns = system.unpack(base, jnp.asarray(state.point))
    now = system.evaluate(base, scenario, prepared, unknowns)
    prices, bundles, delivered = now.prices, now.bundles, prepared.delivered
    cost = eq.sector_cost(scenario, now.output)
    per_weight = now.spending * prices.per_spending
    history = jnp.ones((attempt.MEMORY, state.point.size))
    pieces = {
        "nothing (one dispatch)": (lambda x: x + 1.0, (cost,)),
        "one evaluation of the whole system": (system.evaluate, (base, scenario, prepared, unknowns)),
        "one pass over all pairs": (markets.sourcing_sum, (delivered.paid, prices.competitive)),
        "buyers' prices": (markets.buyer_prices, (base, delivered, unknowns.unit_cost)),
        "output": (markets.output_value, (delivered.before_duty, prices.competitive, per_weight)),
        "prices, output and revenues of wedges together": (
            markets.trade,
            (base, delivered, unknowns.unit_cost, now.spending),
        ),
        "prices of input and final bundles": (
            eq.bundle_prices,
            (base, prepared, unknowns.factor_price, prices.log_index),
        ),
        "unit costs": (eq.log_unit_cost, (base, scenario, prepared, bundles.costs.total, now.output)),
        "spending": (eq.spending_rhs, (base, prepared, bundles, prices.log_index, cost, now.final)),
        "Anderson: one product with the history": (lambda h: h @ h[0], (history,)),
        "Anderson: one row of the history written": (lambda h: h.at[3].set(h[0]), (history,)),
        "what is prepared once a solve": (eq.prepare, (base, scenario, features)),
    }
    rows = []
    for name, (function, arguments) in pieces.items():
        compiled = partial(jax.jit(function), *arguments)
        jax.block_until_ready(compiled())
        times, _ = timed(lambda run=compiled: jax.block_until_ready(run()), runs)
        rows.append(Measure(f"Piece: {name}", times))
    arrays = (economy.base, world_rise(economy))
    times, _ = timed(lambda: jax.block_until_ready(jax.tree.map(jnp.asarray, arrays)), 15)
    rows.append(Measure("Piece: NumPy arrays to the device", times))
    times, _ = timed(lambda: np.array(delivered.paid), 15)
    rows.append(Measure("Piece: sourcing weights back as copies", times))
    return rows


def of_a_study(runs: int = 3) -> list[Measure]:
    """What a study does around its solves, on the real table when it is at hand."""
    try:
        world = read_world("icio-2022")
    except AccordError:
        world = read_world("embedded")
    size = f"{len(world.regions)} x {len(world.sectors)}"
    partners = tuple(code for code in ("BLR", "RUS") if code in world.regions)
    times, _ = timed(lambda: read_world(world.name), runs)
    rows = [Measure(f"Study, {size}: read the World", times)]
    times, model = timed(lambda: adapter.build_model(world, []), runs)
    rows.append(Measure(f"Study, {size}: calibrate and balance", times))
    start = model.unchanged
    from accord.shocks import Flows, TradeCostShock

    shock = TradeCostShock(measure="cut", flows=Flows(exporters=partners, importers=partners), factor=0.9)
    times, scenario = timed(lambda: adapter.scenario_of(model, [shock]), runs)
    rows.append(Measure(f"Study, {size}: shocks to arrays", times))
    end = model.solve([shock])
    times, _ = timed(lambda: model.solve([shock]), runs)
    rows.append(Measure(f"Study, {size}: shocks to arrays and one solve (default options)", times))
    tables = {
        "regions": lambda: adapter.region_frame(
            model, start, solve(model.base, scenario, model.options), partners
        ),
        "sectors": lambda: adapter.sector_frame(model, start, end),
        "trade": lambda: adapter.trade_frame(model, start, end),
        "partner trade": lambda: adapter.trade_frame(model, start, end, by_sector_of=partners),
        "decomposition (solves along the path)": lambda: adapter.decomposition_frame(model, start, end),
    }
    for name, make in tables.items():
        times, _ = timed(make, runs)
        note = (
            "One solve included, since a solved state keeps its flows once they are computed."
            if name == "regions"
            else ""
        )
        rows.append(Measure(f"Study, {size}: table of {name}", times, note=note))
    return rows
