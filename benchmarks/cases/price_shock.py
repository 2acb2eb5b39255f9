"""One shock to the price of one flow, 80 x 50: the price model from the World to labelled prices, and its engine alone."""

from __future__ import annotations

from accord.adapters.prices import PriceModel, price_frame
from accord.shocks import ContractPriceShock, Flows
from benchmarks.cases.interdependence import made_up
from benchmarks.measure import Measure, timed

REGIONS, SECTORS = 80, 50
RUNS = 5
GOAL = 1000.0
TITLE = f"Prices at fixed quantities, {REGIONS} x {SECTORS}, one shock"


def measures() -> list[Measure]:
    world = made_up(REGIONS, SECTORS)
    shock = ContractPriceShock(
        measure="gas",
        flows=Flows(exporters=("R00",), importers=("R01",), sectors=("s000",)),
        base_factor=1.0,
        new_factor=1.5,
    )

    def everything():
        model = PriceModel(world, (shock,))
        end = model.solve((shock,))
        return price_frame(model, model.solve(), end), model, end

    whole, (_, model, end) = timed(everything, RUNS)
    alone, again = timed(lambda: model.system.solve(end.shock), RUNS)
    return [
        Measure(f"{TITLE}: engine alone, cost accounts given", alone, goal=GOAL, residual=again.residual),
        Measure(
            f"{TITLE}: from the World to prices and balances",
            whole,
            goal=GOAL,
            residual=end.change.residual,
            note="Cost accounts of 4,000 producers, wedges and incomes on 16 million flows, before and after.",
        ),
    ]
