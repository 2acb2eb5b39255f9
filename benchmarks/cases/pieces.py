"""Where an iteration and a solve at 80 x 50 spend their time: each piece compiled and timed alone.

Pieces run alone cost what they cost, plus one dispatch each; in the loop XLA fuses small ones, so they need not add up.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from accord.adapters import equilibrium as adapter
from accord.engines.equilibrium import Options, solve
from accord.engines.equilibrium import equations as eq
from accord.errors import AccordError
from accord.world import read_world
from benchmarks.measure import Measure, timed
from benchmarks.worlds import real_2022, world_rise

TITLE = "Pieces of a solve at 80 x 50"


def measures() -> list[Measure]:
    return [*of_an_iteration(), *of_a_study()]


def of_an_iteration(runs: int = 60) -> list[Measure]:
    """The equations, one by one."""
    economy = real_2022()
    state = solve(economy.base, world_rise(economy), Options(tolerance=1e-10))
    base, scenario = jax.tree.map(jnp.asarray, (economy.base, world_rise(economy)))
    delivered = jax.tree.map(jnp.asarray, state.delivered)
    log_cost, log_wage = jnp.log(state.unit_cost_hat), jnp.log(state.factor_price_hat)
    competitive, per_weight = jnp.asarray(state.competitive), jnp.asarray(state.spending_per_weight)
    spending, output = jnp.asarray(state.expenditure), jnp.asarray(state.output)
    log_price, final = jnp.log(state.price_hat), jnp.asarray(state.final_spending)
    history = jnp.ones((10, log_wage.size + log_cost.size + spending.size))
    pieces = {
        "nothing (one dispatch)": (lambda x: x + 1.0, (log_wage,)),
        "c_hat^-theta": (eq.competitiveness, (log_cost, base.trade_elasticity)),
        "sourcing sum (a pass over all pairs)": (eq.sourcing_sum, (delivered.at_user_prices, competitive)),
        "output (a pass over all pairs, transposed)": (
            eq.output_value,
            (delivered.at_producer_prices, competitive, per_weight),
        ),
        "income (a pass over all pairs)": (
            eq.national_income,
            (base, scenario, delivered, log_wage, competitive, per_weight, spending, output),
        ),
        "unit costs (a pass over cost shares)": (eq.log_unit_cost, (base, scenario, log_wage, log_price)),
        "spending (a pass over cost shares)": (eq.spending_rhs, (base, scenario, output, final)),
        "Anderson: one product with the history": (lambda h: h @ h[0], (history,)),
        "Anderson: one row of the history written": (
            lambda h: h.at[3].set(h[0]),
            (history,),
        ),
        "sourcing weights (once a solve)": (eq.delivered_shares, (base, scenario)),
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
    times, _ = timed(lambda: jax.tree.map(np.array, delivered), 15)
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
    rows.append(Measure(f"Study, {size}: shocks to arrays and one solve to 1e-11", times))
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
