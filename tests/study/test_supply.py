"""Supply terms: cells, transfers, reconciliation, variants, break-even prices and zones, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from accord.adapters.prices import PriceModel
from accord.errors import ProgrammeError
from accord.programme import read_programme
from accord.programme.measures import EnergySupply
from accord.shocks import ContractPriceShock, Flows, SupplyTermsShock, TransferShock
from accord.study import run
from accord.study.breakeven import Root, break_even, root_of, whole_programme, zone_row
from accord.study.check import check_programme
from accord.study.energy import PASSED_TO, effects_of, supply_tables, with_measure
from accord.study.energy_columns import WITHOUT, prices_of
from accord.study.prepare import prepare
from accord.study.supply import contracts_of, product_flow
from accord.world import read_world
from programme.examples import SUBSTITUTION, programme_table

GAS = {
    "id": "gas",
    "title": "Fuel for farms",
    "area": "energy",
    "kind": "energy-supply",
    "seller": "ARC",
    "buyer": "BEL",
    "product": "gas",
    "sector": "machines",
    "product_shares": {"farming": 0.5, "household": 0.0},
    "base_price": 100.0,
    "price": 80.0,
    "references": [
        {"name": "elsewhere", "of": "buyer-alternative", "price": 150.0},
        {"name": "netback", "of": "seller-netback", "price": 90.0},
    ],
}


def programme(**changes):
    table = {key: value for key, value in {**GAS, **changes}.items() if value is not None}
    return read_programme(
        {
            "name": "Fuel",
            "partners": ["ARC", "BEL"],
            "world": "toy",
            "base_year": 2020,
            "measure": [table],
        }
    )


def contracts(**changes) -> tuple[ContractPriceShock, ...]:
    checked = check_programme(programme(**changes), read_world("toy"))
    return tuple(shock for shock in checked.decisions if isinstance(shock, ContractPriceShock))


# The toy World: ARC sells BEL machines, 20 to farming, 20 to food, 60 to machines, 60 to households, 20 and 80 to the other uses.
PRODUCT = 0.5 * 20 + 20 + 60 + 20 + 80


def test_only_the_products_share_of_a_cell_is_repriced():
    found = {shock.flows.uses: shock.new_factor / shock.base_factor for shock in contracts()}
    assert found[("farming",)] == pytest.approx(1.0 - 0.5 * 0.2)
    assert found[("food", "machines", "government", "investment")] == pytest.approx(0.8)
    assert not any("household" in users for users in found)


def test_a_whole_cell_at_the_reference_price_has_the_discounts_of_the_contract():
    (shock,) = contracts(product_shares=None)
    assert shock.base_factor == pytest.approx(100 / 150)
    assert shock.new_factor == pytest.approx(80 / 150)


@given(
    share=st.floats(0.05, 1.0),
    before=st.floats(0.3, 2.0),
    after=st.floats(0.3, 2.0),
    free=st.floats(0.0, 1.0),
    part=st.floats(0.1, 1.0),
)
def test_payments_change_by_price_change_times_volume(share, before, after, free, part):
    world = read_world("toy")
    terms = SupplyTermsShock(
        measure="gas",
        flows=Flows(exporters=("ARC",), importers=("BEL",), sectors=("machines",)),
        base_factor=before,
        new_factor=after,
        other_share=share,
        marginal_share=free,
    )
    flow = product_flow(world, terms)
    assert flow == pytest.approx(260 * share)
    stated = SupplyTermsShock(**{**_fields(terms), "value_at_reference": part * flow / before})
    shocks = contracts_of(world, (stated,))
    ratio = np.prod([shock.new_factor / shock.base_factor for shock in shocks])
    assert 260 * (ratio - 1.0) == pytest.approx(part * flow * (after / before - 1.0), abs=1e-9)
    model = PriceModel(world, shocks)
    gift = (
        model.solve(shocks).cell_change.sum() / 1.1
    )  # less the duty of 10% on it... machines from ARC pay 10% in BEL
    assert gift == pytest.approx(part * flow * (after / before - 1.0), abs=1e-6)


def _fields(shock):
    return {name: getattr(shock, name) for name in shock.__dataclass_fields__}


def test_a_duty_that_moves_is_a_transfer_between_the_parties():
    duty = {"rate": 0.3, "new_rate": 0.2, "revenue_to": "seller", "new_revenue_to": "buyer"}
    made = programme(volume=0.5, volume_rule="world", export_duty=duty).measures[0].effects()
    transfer = next(shock for shock in made if isinstance(shock, TransferShock))
    # 0.5 bcm at 80 USD/1000 m3 are 40 million, and 20% of them move to the buyer's budget.
    assert (transfer.payer, transfer.recipient, transfer.amount) == ("ARC", "BEL", pytest.approx(8.0))


def test_tables_say_who_gives_to_whom_and_how_the_contract_fits_the_world():
    plan = programme(
        volume=0.5,
        volume_rule="world",
        prices=[{"year": 2021, "price": 90}, {"year": 2025, "price": 80}],
        price=None,
    )
    world = read_world("toy")
    tables, notes = supply_tables(plan, world, plan.model, variants=False)
    row = tables["energy_reconciliation"].frame.iloc[0]
    assert row["contract_value_usd"] == pytest.approx(50.0)
    assert row["world_product_usd"] == pytest.approx(PRODUCT)
    assert row["contract_over_world"] == pytest.approx(50.0 / PRODUCT)
    assert "price x volume is USD 50 million" in notes[0]
    against = tables["energy_references"].frame.set_index("reference")
    assert against.loc["elsewhere", "gift_after_usd"] == pytest.approx(0.5 * 70)
    assert against.loc["elsewhere", "who_gives"] == "ARC gives to BEL"
    assert against.loc["netback", "gift_before_usd"] == pytest.approx(-0.5 * 10)
    assert against.loc["netback", "transfer_usd"] == pytest.approx(0.5 * 20)
    assert against.loc["netback", "modelled_transfer_usd"] == pytest.approx(PRODUCT * 0.2)
    path = tables["energy_path"].frame
    assert list(path["transfer_usd"]) == pytest.approx([5.0, 10.0])


@pytest.mark.medium
def test_a_run_has_both_horizons_and_every_reference_and_receiver():
    outcome = run(programme())
    assert set(outcome["energy_variants"]["passed_to"]) == {"users", "government"}
    assert set(outcome["energy_variants"]["reference"]) == {"elsewhere", "netback"}
    welfare = outcome["regions"].set_index("region")["household_ev_usd"]
    assert welfare["BEL"] > 0 > welfare["ARC"]
    short = outcome["one_year"].set_index("region")
    assert short.loc["ARC", "contracts_usd"] == pytest.approx(-PRODUCT * 0.2, rel=0.05)
    assert abs(short["one_year_usd"].sum()) < 1e-7  # a pure transfer


@pytest.mark.parametrize("terms", [{}, {"take_or_pay": 0.6}, {"role": "context", "in_base": 0.0}])
def test_one_calibration_serves_whoever_has_the_price_difference(terms):
    """Each variant by itself, on a World calibrated for it alone."""
    world, plan = read_world("toy"), programme(**terms)
    for reference in ("elsewhere", "netback"):
        both = [
            check_programme(
                with_measure(plan, "gas", lambda m, r=reference, to=passed_to: m.against(r).passing_to(to)),
                world,
            )
            for passed_to in PASSED_TO
        ]
        effects, base = effects_of(both, world, plan.model)
        for checked, effect in zip(both, effects, strict=True):
            (alone,), own_base = effects_of([checked], world, plan.model)
            assert effect == pytest.approx(alone, abs=1e-9 * max(base.values()))
            assert base == pytest.approx(own_base, rel=1e-12)
        if terms.get("role") != "context":
            assert abs(effects[0]["BEL"] - effects[1]["BEL"]) > 1e-4


@pytest.mark.medium
def test_a_project_in_the_context_has_its_support_in_every_table_of_a_contract():
    """The contract is the only decision, so that each table repeats the central run at its price."""
    project = {**SUBSTITUTION, "role": "context", "in_base": 0.0}
    outcome = run({**programme_table(project, GAS), "world": "toy"})
    welfare = outcome["regions"].set_index("region")["household_ev_usd"]
    variants = outcome["energy_variants"].set_index(["reference", "passed_to", "region"])["supply_ev_usd"]
    curve = outcome["energy_price_curve"].set_index(["contract_price", "region"])["supply_ev_usd"]
    for party in ("ARC", "BEL"):
        assert variants["elsewhere", "users", party] == pytest.approx(welfare[party], abs=1e-6)
        assert curve[80.0, party] == pytest.approx(welfare[party], abs=1e-6)


@pytest.mark.medium
def test_a_run_has_break_even_prices_that_solving_again_confirms():
    outcome = run(programme())
    found = outcome["energy_break_even"].set_index(["party_role", "reference"])["break_even_price"]
    assert found[("buyer", "elsewhere")] == pytest.approx(150.0, rel=1e-5)
    # The measure is the whole programme, so without it means at the price that the data hold.
    for side, place in (("seller", "ARC"), ("buyer", "BEL")):
        price = found[(side, WITHOUT)]
        assert price == pytest.approx(100.0, rel=1e-5)
        again = run(programme(price=price), variants=False)["regions"].set_index("region")
        assert again.loc[place, "household_ev_pct"] == pytest.approx(0.0, abs=1e-5)
    zones = outcome["energy_zones"].set_index(["buyer_reference", "seller_reference"])["zone"]
    assert zones[("elsewhere", "netback")] == "not empty"
    assert zones[(WITHOUT, WITHOUT)] == "empty"
    assert "energy_break_even" not in run(programme(role="context", in_base=0.0), variants=False).tables
    # Beside a gift from the buyer the seller gains at lower prices, and the zone opens or not as the gift is worth.
    gift = {"id": "gift", "title": "A gift", "area": "other", "kind": "transfer", "payer": "BEL"}
    given_too = read_programme(
        {
            "name": "Fuel and a gift",
            "partners": ["ARC", "BEL"],
            "world": "toy",
            "base_year": 2020,
            "measure": [GAS, {**gift, "recipient": "ARC", "usd_million_per_year": 10.0}],
        }
    )
    rows, zone = whole_programme(prepare(given_too, read_world("toy")), given_too.measures[0])
    moved = rows.set_index("party_role")["break_even_price"]
    assert moved["seller"] < 97.0
    assert moved["buyer"] < 97.0
    assert zone["zone"].item() in {"empty", "not empty"}


def test_a_side_that_gains_at_every_price_sets_no_bound():
    measure = programme().measures[0]
    always, never = Root(np.nan, "gains"), Root(np.nan, "loses")
    assert zone_row(measure, "a", "b", Root(90.0), always)["zone"] == "not empty"
    assert zone_row(measure, "a", "b", always, Root(90.0))["zone"] == "not empty"
    assert zone_row(measure, "a", "b", always, always)["zone"] == "not empty"
    assert zone_row(measure, "a", "b", never, always)["zone"] == "empty"
    assert zone_row(measure, "a", "b", Root(90.0), never)["zone"] == "empty"
    assert prices_of(zone_row(measure, "a", "b", Root(90.0), always)) == "from 90.0 USD/1000 m3 up"
    assert prices_of(zone_row(measure, "a", "b", always, Root(90.0))) == "up to 90.0 USD/1000 m3"


@pytest.mark.parametrize("slope", [3.0, -3.0])
def test_the_root_is_found_where_the_secant_strays_too(slope):
    found = root_of(lambda price: slope * (np.log(price) - np.log(40.0)), [100.0, 120.0, 60.0], 1e-6)
    assert found.price == pytest.approx(40.0, abs=1e-4)
    assert root_of(lambda price: slope * (price + 1.0), [100.0, 120.0], 1e-6).always == (
        "gains" if slope > 0 else "loses"
    )


@pytest.mark.medium
def test_break_even_prices_and_zones():
    plan = programme(product_shares={"farming": 1.0}, volume=0.2, volume_rule="world")
    found = break_even(plan, read_world("toy"), "gas")
    prices = found.tables["break_even"].frame.set_index(["party_role", "reference"])["break_even_price"]
    # Nothing but the price is agreed: each side is as well off as at a reference at that reference.
    assert_allclose(prices[("buyer", "elsewhere")], 150.0, rtol=1e-5)
    assert_allclose(prices[("seller", "netback")], 90.0, rtol=1e-5)
    zones = found.tables["zones"].frame.set_index(["buyer_reference", "seller_reference"])["zone"]
    assert zones[("elsewhere", "netback")] == "not empty"
    assert zones[("elsewhere", "elsewhere")] == "empty"
    curve = found.tables["price_curve"].frame
    buyer = curve[curve["party_role"] == "buyer"].sort_values("contract_price")["supply_ev_usd"]
    assert (buyer.diff().dropna() < 0).all()

    duty = {"rate": 0.0, "new_rate": 0.1, "new_revenue_to": "buyer"}
    moved = break_even(
        programme(product_shares={"farming": 1.0}, volume=0.2, volume_rule="world", export_duty=duty),
        read_world("toy"),
        "gas",
    )
    dearer = moved.tables["break_even"].frame.set_index(["party_role", "reference"])["break_even_price"]
    # The seller must earn more by the price what the buyer's budget takes.
    assert dearer[("seller", "netback")] > 90.5
    assert dearer[("buyer", "elsewhere")] > 150.5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"volume": 5.0}, r"volume x base price is USD 500 million, 2\.63 times the World's flow"),
        ({"base_price": -5.0}, "-5 is out of range"),
        ({"price_unit": "USD/barrel"}, '"USD/barrel" does not measure gas'),
        ({"buyer": "ARC"}, "ARC supplies itself"),
        ({"references": []}, "no reference price is named"),
        ({"prices": [{"year": 2025, "price": 1.0}]}, "`price` and `prices` are given"),
        (
            {"price": None, "prices": [{"year": 2026, "price": 1.0}, {"year": 2025, "price": 1.0}]},
            "2025 follows 2026",
        ),
        ({"price": None, "prices": [{"year": 1850, "price": 1.0}]}, "1850 is out of range"),
        ({"volume_rule": "world"}, "`volume_rule` is given without `volume`"),
        ({"marginal": True, "take_or_pay": 0.8}, "marginal = true beside `take_or_pay`"),
        ({"product_shares": {"foods": 0.5}}, "unknown sector 'foods'"),
        ({"other_users_share": 0.0, "product_shares": None}, "has no flow of this product from ARC to BEL"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(changes, message):
    with pytest.raises(ProgrammeError, match=message):
        check_programme(programme(**changes), read_world("toy"))


def test_the_measure_lists_every_number_with_its_evidence():
    measure = programme().measures[0]
    assert isinstance(measure, EnergySupply)
    assert {"references.elsewhere", "product_shares.farming", "base_price", "price"} <= set(
        measure.estimates()
    )


def test_two_contracts_cannot_reprice_more_than_a_user_buys():
    """Gas and crude lie in one sector: shares left at one would count every purchase twice."""
    crude = {
        **GAS,
        "id": "crude",
        "product": "crude",
        "product_shares": {"farming": 0.7},
        "other_users_share": 0.0,
    }
    both = {
        "name": "Fuel",
        "partners": ["ARC", "BEL"],
        "world": "toy",
        "base_year": 2020,
        "measure": [GAS, crude],
    }
    with pytest.raises(
        ProgrammeError, match="together they reprice 120% of what farming buys of machines from ARC to BEL"
    ):
        check_programme(read_programme(both), read_world("toy"))


def test_contracts_on_one_purchase_say_what_multiplying_their_prices_leaves_out():
    """Half of it at half the price, twice: added up payments halve; the factors multiply to 0.75 squared."""
    world, half = (
        read_world("toy"),
        {"product_shares": {"farming": 0.5}, "other_users_share": 0.0, "price": 50.0},
    )
    both = {
        "name": "Fuel",
        "partners": ["ARC", "BEL"],
        "world": "toy",
        "base_year": 2020,
        "measure": [{**GAS, **half}, {**GAS, **half, "id": "crude", "product": "crude"}],
    }
    checked = check_programme(read_programme(both), world)
    flow = float(
        world.data["intermediate"].sel(
            exporter="ARC", importer="BEL", supplying_sector="machines", using_sector="farming"
        )
    )
    (note,) = [note for note in checked.notes if "price factors multiply" in note]
    assert (
        f"{(0.75**2 - 1.0) * flow:+,.1f} million; added up, contract by contract, by {-0.5 * flow:+,.1f}"
        in note
    )
    apart = check_programme(programme(), world)
    assert not any("price factors multiply" in note for note in apart.notes)
