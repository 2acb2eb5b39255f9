"""What supply terms mean: price times volume beside the World's flow, who gives to whom against each reference, budgets, variants."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from accord.adapters import equilibrium as adapter
from accord.engines.equilibrium import HOUSEHOLD
from accord.programme.measures import EnergySupply
from accord.shocks import SupplyTermsShock
from accord.study.check import check_programme, matched_terms
from accord.study.energy_columns import supply_table
from accord.study.resolve import resolve_supports
from accord.study.supply import contract_share, flows_by_user, product_flow

if TYPE_CHECKING:
    from accord.engines.equilibrium import Guide
    from accord.programme import Programme
    from accord.programme.measures.energy_supply import PassedTo
    from accord.programme.model import ModelOptions
    from accord.shocks import Shock
    from accord.study.check import Checked
    from accord.tables import Table
    from accord.world import World

PASSED_TO: tuple[PassedTo, ...] = ("users", "government")
LARGE_GAP = 0.1
"""From this relative gap between contract and World on, a note says so."""


def supplies(programme: Programme) -> tuple[EnergySupply, ...]:
    """Measures of supply terms that make shocks."""
    return tuple(
        measure
        for measure in programme.measures
        if isinstance(measure, EnergySupply) and measure.status != "dropped"
    )


def supply_tables(
    programme: Programme,
    world: World,
    choices: ModelOptions,
    *,
    variants: bool = True,
    guide: Guide | None = None,
) -> tuple[dict[str, Table], list[str]]:
    """Return the tables of supply terms, and notes on what does not fit; both empty where there are none.

    Args:
        programme: What is proposed.
        world: The data.
        choices: Options of the long-run engine.
        variants: Whether every reference and who has the difference are run in equilibrium.
        guide: What foretells equilibria of the World, where the programme's model has it.
    """
    found = [(measure, matched_terms(programme, world, measure)) for measure in supplies(programme)]
    if not found:
        return {}, []
    frames: dict[str, tuple[str, pd.DataFrame, tuple[str, ...]]] = {
        "energy_reconciliation": (
            "Supply terms: price times volume beside the World's flow",
            pd.DataFrame([_reconciled(world, measure, terms) for measure, terms in found]),
            ("measure",),
        ),
        "energy_references": (
            "Supply terms: who gives to whom against each reference price, a year",
            pd.DataFrame([row for measure, terms in found for row in _against(world, measure, terms)]),
            ("measure", "reference"),
        ),
        "energy_path": (
            "Supply terms: transfer by year",
            pd.DataFrame([row for measure, terms in found for row in _by_year(world, measure, terms)]),
            ("measure", "year"),
        ),
        "energy_budgets": (
            "Supply terms: government budgets, by who has the price difference",
            pd.DataFrame([row for measure, terms in found for row in _budgets(world, measure, terms)]),
            ("measure", "passed_to", "party", "budget_item"),
        ),
    }
    if variants:
        rows = [row for measure, _ in found for row in _variants(programme, world, measure, choices, guide)]
        frames["energy_variants"] = (
            "Supply terms: household welfare in the long run, by reference and by who has the price difference",
            pd.DataFrame(rows),
            ("measure", "reference", "passed_to", "region"),
        )
    tables = {
        name: supply_table(name, title, frame, keys=keys)
        for name, (title, frame, keys) in frames.items()
        if len(frame)
    }
    notes = [note for measure, terms in found for note in _gap_note(world, measure, terms)]
    if variants:
        frame = frames["energy_variants"][1]
        notes += [note for measure, terms in found for note in _volume_note(world, measure, terms, frame)]
    return tables, notes


def repriced(world: World, terms: SupplyTermsShock) -> float:
    """Value of the part of the World's flow under the contract, USD million."""
    return product_flow(world, terms) * min(1.0, contract_share(world, terms))


def _terms(measure: EnergySupply) -> dict[str, str]:
    return {
        "measure": measure.id,
        "seller": measure.seller,
        "buyer": measure.buyer,
        "product": measure.product,
        "price_unit": measure.unit,
    }


def _volume_value(world: World, measure: EnergySupply, terms: SupplyTermsShock, price: float) -> float:
    """USD million a year at `price`: the stated volume, or the World's own flow repriced."""
    stated = measure.value(price)
    return repriced(world, terms) * price / _price_in_base(measure) if stated is None else stated


def _price_in_base(measure: EnergySupply) -> float:
    """The price at which the base data value the flow: what the base holds of the move is in them."""
    held = measure.in_base or 0.0
    return measure.base_price.central ** (1.0 - held) * measure.new_price**held


def _reconciled(world: World, measure: EnergySupply, terms: SupplyTermsShock) -> dict[str, object]:
    stated, flow = measure.value(_price_in_base(measure)), product_flow(world, terms)
    paid = 1.0 if measure.take_or_pay is None else measure.take_or_pay.central
    return {
        **_terms(measure),
        "base_price": measure.base_price.central,
        "contract_price": measure.new_price,
        "volume": np.nan if measure.volume is None else measure.volume.central,
        "volume_unit": measure.unit_of_volume,
        "contract_value_usd": np.nan if stated is None else stated,
        "world_cell_usd": sum(flows_by_user(world, terms).values()),
        "world_product_usd": flow,
        "contract_over_world": np.nan if stated is None else stated / flow,
        "repriced_usd": repriced(world, terms),
        "take_or_pay_usd": 0.0
        if measure.marginal
        else paid * _volume_value(world, measure, terms, measure.new_price),
    }


def _against(world: World, measure: EnergySupply, terms: SupplyTermsShock) -> list[dict[str, object]]:
    def value(price: float) -> float:
        return _volume_value(world, measure, terms, price)

    before, after = measure.base_price.central, measure.new_price
    rows = []
    for one in measure.references:
        price = one.price.central
        gift = value(price) - value(after)
        giver, taker = (measure.seller, measure.buyer) if gift > 0.0 else (measure.buyer, measure.seller)
        rows.append(
            {
                **_terms(measure),
                "reference": one.name,
                "reference_of": one.of,
                "reference_price": price,
                "base_price": before,
                "contract_price": after,
                "discount_before_pct": 100.0 * (1.0 - before / price),
                "discount_after_pct": 100.0 * (1.0 - after / price),
                "gift_before_usd": value(price) - value(before),
                "gift_after_usd": gift,
                "transfer_usd": value(before) - value(after),
                "modelled_transfer_usd": repriced(world, terms)
                * (1.0 - terms.new_factor / terms.base_factor),
                "who_gives": "neither gives" if abs(gift) < 1e-9 else f"{giver} gives to {taker}",
            }
        )
    return rows


def _by_year(world: World, measure: EnergySupply, terms: SupplyTermsShock) -> list[dict[str, object]]:
    base = _volume_value(world, measure, terms, measure.base_price.central)
    return [
        {
            **_terms(measure),
            "year": point.year,
            "base_price": measure.base_price.central,
            "contract_price": point.price.central,
            "transfer_usd": base - _volume_value(world, measure, terms, point.price.central),
        }
        for point in measure.prices or ()
    ]


def _budgets(world: World, measure: EnergySupply, terms: SupplyTermsShock) -> list[dict[str, object]]:
    """Changes of the two governments' revenue under either rule of who has the difference."""
    difference = repriced(world, terms) * (1.0 - terms.new_factor / terms.base_factor)
    duty = measure.duty_moved()
    held = 1.0 - (measure.in_base or 0.0)
    rows = []
    for passed_to in PASSED_TO:
        parts = [
            (measure.seller, "export duty", held * duty["seller"]),
            (measure.buyer, "export duty", held * duty["buyer"]),
            (measure.buyer, "price difference kept", difference if passed_to == "government" else 0.0),
        ]
        rows += [
            {
                "measure": measure.id,
                "passed_to": passed_to,
                "party": party,
                "budget_item": item,
                "budget_usd": value,
            }
            for party, item, value in parts
        ]
    return rows


def _variants(
    programme: Programme, world: World, measure: EnergySupply, choices: ModelOptions, guide: Guide | None
) -> list[dict[str, object]]:
    """The measure alone on top of the context, for each reference and for each who has the difference."""
    rows = []
    for one in measure.references:
        both = [
            check_programme(
                with_measure(
                    programme, measure.id, lambda m, r=one.name, p=passed_to: m.against(r).passing_to(p)
                ),
                world,
            )
            for passed_to in PASSED_TO
        ]
        effects, base = effects_of(both, world, choices, guide)
        rows += [
            {
                "measure": measure.id,
                "reference": one.name,
                "passed_to": passed_to,
                "region": region,
                "region_name": world.region_names[region],
                "supply_ev_usd": effect[region],
                "supply_ev_pct": 100.0 * effect[region] / base[region],
                "gains": "yes" if effect[region] > 0.0 else "no",
            }
            for passed_to, checked, effect in zip(PASSED_TO, both, effects, strict=True)
            for region in checked.partners
        ]
    return rows


def with_measure(
    programme: Programme, name: str, change: Callable[[EnergySupply], EnergySupply]
) -> Programme:
    """Return the programme's context and the one measure `name`, changed, as its only decision or context."""
    kept = [
        change(measure) if measure.id == name and isinstance(measure, EnergySupply) else measure
        for measure in programme.measures
        if measure.role == "context" or measure.id == name
    ]
    return programme.model_copy(update={"measures": tuple(kept)})


def effects_of(
    several: Sequence[Checked], world: World, choices: ModelOptions, guide: Guide | None = None
) -> tuple[list[Mapping[str, float]], Mapping[str, float]]:
    """Household equivalent variation of the decisions of each against its context, and base consumption, USD million by region.

    Args:
        several: Programmes that differ in who has the price difference alone, those in which users have it first: the base holds the
            same contract prices in all of them, users buy in the same groups, and no wedge is missing in the first.
        world: The data.
        choices: Options of the long-run engine.
        guide: What foretells equilibria of the World.
    """
    first = several[0]
    model = adapter.build_model(world, (*first.context, *first.decisions), choices, guide=guide)
    several = [resolve_supports(model, checked) for checked in several]  # of projects in the context
    known: dict[tuple[Shock, ...], np.ndarray] = {}

    def under(shocks: tuple[Shock, ...]) -> np.ndarray:
        if shocks not in known:
            known[shocks] = model.solve(shocks).household_consumption
        return known[shocks]

    effects = [
        under((*checked.context, *checked.decisions)) - under(tuple(checked.context)) for checked in several
    ]
    base = model.base.final_spending[:, HOUSEHOLD] - model.base.resource_cost
    return (
        [dict(zip(world.regions, effect.tolist(), strict=True)) for effect in effects],
        dict(zip(world.regions, base.tolist(), strict=True)),
    )


def _gap_note(world: World, measure: EnergySupply, terms: SupplyTermsShock) -> list[str]:
    stated, flow = measure.value(_price_in_base(measure)), product_flow(world, terms)
    if stated is None or measure.volume_rule == "volume" or abs(stated / flow - 1.0) <= LARGE_GAP:
        return []
    said = (
        f"measure '{measure.id}': price x volume is USD {stated:,.0f} million and the World's flow of the product USD {flow:,.0f} "
        f"million ({stated / flow:.2f} times); the model reprices the World's flow, so its transfer is "
        f"{flow / stated:.2f} times that of price change x volume (tables energy_reconciliation and energy_references)"
    )
    return [said]


def _volume_note(
    world: World, measure: EnergySupply, terms: SupplyTermsShock, variants: pd.DataFrame
) -> list[str]:
    """What a volume that follows the price means to the seller, where users have the difference."""
    if measure.passed_to != "users":
        return []
    reference = measure.references[0].name
    own = variants[(variants["measure"] == measure.id) & (variants["reference"] == reference)]
    sellers = own[own["region"].isin(terms.flows.exporters or ())]
    found = dict(zip(sellers["passed_to"], sellers["supply_ev_usd"], strict=False))
    if set(found) != set(PASSED_TO):
        return []
    moved = repriced(world, terms) * (terms.new_factor / terms.base_factor - 1.0)
    sourcing = (
        "they choose their sources at the contract price" if measure.marginal else "their sources do not move"
    )
    said = (
        f"measure '{measure.id}': users have the price difference, so the volume they use follows the price ({sourcing}). The seller's "
        f"welfare changes by USD {found['users']:+,.0f} million so, and by {found['government']:+,.0f} where the buyer's budget has the "
        f"difference and the volume stays (price change x base volume: {moved:+,.0f}). The two differ by what is used beyond the base "
        f"volume at the contract price instead of '{reference}' (table energy_variants)"
    )
    return [said]
