"""Wedges are kept on the flows that shocks touch; here every cell is reckoned one by one, and must come to the same."""

from __future__ import annotations

from collections import defaultdict
from itertools import product

import numpy as np
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.adapters.prices import PriceModel
from accord.shocks import ContractPriceShock, Flows, RentWedgeShock, TariffShock, TradeCostShock
from economies import random_world

REGIONS, SECTORS = ("R00", "R01", "R02"), ("s00", "s01", "s02")
USERS = (*SECTORS, "household", "government", "investment")


def some(names: tuple[str, ...]) -> st.SearchStrategy:
    """All of them, or a choice in the World's order."""
    chosen = st.sets(st.sampled_from(names), min_size=1)
    return st.none() | chosen.map(lambda picked: tuple(name for name in names if name in picked))


flows = st.builds(
    Flows,
    exporters=some(REGIONS),
    importers=some(REGIONS),
    sectors=some(SECTORS),
    uses=some(USERS),
    home=st.booleans(),
)
factors, weights = st.floats(0.8, 1.25), st.sampled_from([1.0, 0.3])
recipients = st.sampled_from(["importer-government", "importer-firms", "exporter-firms"])
shocks = st.one_of(
    st.builds(TariffShock, measure=st.just("a"), flows=flows, new_rate=st.floats(0.0, 0.4), weight=weights),
    st.builds(TariffShock, measure=st.just("b"), flows=flows, change=st.floats(-0.3, 0.3), weight=weights),
    st.builds(TariffShock, measure=st.just("c"), flows=flows, schedule=st.just("bound"), weight=weights),
    st.builds(TradeCostShock, measure=st.just("d"), flows=flows, factor=factors, weight=weights),
    st.builds(
        RentWedgeShock,
        measure=st.just("e"),
        flows=flows,
        base_factor=factors,
        new_factor=factors,
        recipient=recipients,
        weight=weights,
    ),
    st.builds(
        ContractPriceShock,
        measure=st.just("f"),
        flows=flows,
        base_factor=factors,
        new_factor=factors,
        passed_to=st.sampled_from(["users", "government"]),
        weight=weights,
    ),
)


def factors_on(shocks: tuple, duty: float, bound: float, cell: tuple[int, int, int, int], *, moved: bool):
    """Factors on one cell in the base or after the shocks, in the order in which they are stated."""
    exporter, sector, importer, user = cell
    on = defaultdict(lambda: 1.0, tariff=1.0 + duty)
    recipient = {
        "importer-government": "public",
        "importer-firms": "import_rent",
        "exporter-firms": "export_rent",
    }
    for later in (False, True) if moved else (False,):
        for shock in shocks:
            chosen = shock.flows
            if exporter == importer and not chosen.home:
                continue
            labels = REGIONS[exporter], REGIONS[importer], SECTORS[sector], USERS[user]
            asked = chosen.exporters, chosen.importers, chosen.sectors, chosen.uses
            if any(
                names is not None and label not in names for label, names in zip(labels, asked, strict=True)
            ):
                continue
            ratio = None
            if isinstance(shock, RentWedgeShock | ContractPriceShock):
                ratio = (shock.new_factor / shock.base_factor) ** shock.weight if later else shock.base_factor
            if isinstance(shock, RentWedgeShock):
                on[recipient[shock.recipient]] *= ratio
            elif isinstance(shock, ContractPriceShock):
                on["contract"] *= ratio
                if later and shock.passed_to == "government":
                    on["public"] /= ratio
            elif later and isinstance(shock, TradeCostShock):
                on["trade_cost"] *= shock.factor**shock.weight
            elif later and isinstance(shock, TariffShock):
                if shock.schedule is not None:
                    target = 1.0 + bound
                elif shock.change is not None:
                    target = max(on["tariff"] + shock.change, 1.0)
                else:
                    target = 1.0 + shock.new_rate
                on["tariff"] += shock.weight * (target - on["tariff"])
    return on


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**12),
    stated=st.lists(shocks, max_size=8).map(tuple),
    others=st.lists(shocks, max_size=2).map(tuple),
)
def test_incomes_and_cost_changes_are_those_of_every_cell_reckoned_alone(seed, stated, others):
    """`others` are no shocks of the model, so that the base holds nothing of theirs, but are solved for: no cell may be missed."""
    others = tuple(shock for shock in others if isinstance(shock, TariffShock | TradeCostShock))
    world = random_world(seed)
    bound = np.random.default_rng(seed).uniform(0.0, 0.5, (1, *world.data["tariff_rate"].shape))
    dims = ("schedule", *world.data["tariff_rate"].dims)
    labels = {name: world.data.indexes[name] for name in dims[1:]}
    schedules = xr.DataArray(bound, dims=dims, coords={"schedule": ["bound"], **labels})
    world = world.with_data({"tariff_schedules": schedules}, step="schedules for a test")
    model = PriceModel(world, stated)
    outcome = model.solve((*stated, *others))

    order = ("exporter", "sector", "importer")
    duty = world.data["tariff_rate"].transpose(*order).to_numpy()
    target = schedules.sel(schedule="bound").transpose(*order).to_numpy()
    bought = np.concatenate(
        [world.data[name].to_numpy().astype(float) for name in ("intermediate", "final_demand")], axis=3
    )
    dp = outcome.change.producer.reshape(3, 3)
    output, paid, paid_more = np.zeros((3, 3)), np.zeros((3, 6)), np.zeros((3, 6))
    public, import_rents, export_rents, contracts = (np.zeros(3) for _ in range(4))
    trade_costs = 0.0
    for cell in product(range(3), range(3), range(3), range(6)):
        i, k, n, u = cell
        old, new = (
            factors_on(
                tuple(one for one in (*stated, *others) if moved or one in stated),
                duty[i, k, n],
                target[i, k, n],
                cell,
                moved=moved,
            )
            for moved in (False, True)
        )
        made = bought[cell] / (old["export_rent"] * old["contract"])
        output[i, k] += made

        def parts(on):
            fob = on["trade_cost"] * on["export_rent"] * on["contract"]
            with_duty = fob * on["tariff"] * on["public"]
            return np.array(
                [
                    with_duty - fob,
                    with_duty * (on["import_rent"] - 1.0),
                    on["trade_cost"] * (on["export_rent"] - 1.0),
                    fob - on["trade_cost"] * on["export_rent"],
                    with_duty * on["import_rent"],
                ]
            )

        # Ad-valorem wedges earn at their base rates on what the producer's price moves by.
        earned = made * (parts(new) - parts(old) * (1.0 - dp[i, k]))
        public[n] += earned[0]
        import_rents[n] += earned[1]
        export_rents[i] += earned[2]
        contracts[i] += earned[3]
        trade_costs += made * (new["trade_cost"] - old["trade_cost"])
        paid[n, u] += made * parts(old)[4]
        paid_more[n, u] += made * (parts(new)[4] - parts(old)[4])

    close = {"rtol": 1e-10, "atol": 1e-10 * bought.sum()}
    assert_allclose(model.output, output, **close)
    assert_allclose(model.spending, paid[:, 3:], **close)
    assert_allclose(outcome.shock.cost_change.reshape(3, 3) * output, paid_more[:, :3], **close)
    assert_allclose(outcome.shock.basket_change.reshape(3, 3) * paid[:, 3:], paid_more[:, 3:], **close)
    assert_allclose(outcome.accounts.taxes, public, **close)
    assert_allclose(outcome.accounts.rents, import_rents + export_rents, **close)
    assert_allclose(outcome.accounts.contracts, contracts, **close)
    assert_allclose(outcome.resources, trade_costs, **close)
    for user in range(6):
        payments = sum(model.payments_of(n, user).sum() for n in range(3))
        assert_allclose(payments, paid[:, user].sum(), **close)
        moved = sum(outcome.paid_more(n, user, (3, 3)).sum() for n in range(3))
        assert_allclose(moved, paid_more[:, user].sum(), **close)
