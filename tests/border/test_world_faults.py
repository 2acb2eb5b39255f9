"""One broken World per fault; the whole message is asserted, for it is what the user has to go by."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from accord.errors import WorldError
from accord.world.build import build_world
from accord.world.checks import check_world, ensure_valid, notes_on
from accord.world.toy import toy_world
from accord.world.world import Provenance, World


def altered(change) -> World:
    """The toy World after `change(data)`, which may edit a deep copy in place or return another Dataset."""
    toy = toy_world()
    data = toy.data.copy(deep=True)
    result = change(data)
    return World("toy", 2020, data if result is None else result, toy.provenance)


def put(name: str, value: float, *position: int):
    def change(data: xr.Dataset) -> None:
        data[name].values[position] = value

    return change


def with_idle_sector(data: xr.Dataset) -> None:
    """Farming in ARC sells nothing to anyone but goes on buying; its buyers' value added is kept in step."""
    freed = data["intermediate"].values[0, 0].astype(float) * (
        1.0 + data["tariff_rate"].values[0, :, 0, None]
    )
    data["intermediate"].values[0, 0] = 0.0
    data["final_demand"].values[0, 0] = 0.0
    data["value_added"].values[..., 0] += freed


def with_cancelling_sales(data: xr.Dataset) -> None:
    """Household purchases of machines from COR at home outweigh, negatively, all other sales of them."""
    data["final_demand"].values[2, 2, 2, 0] = -300.0
    data["value_added"].values[2, 2] -= 330.0


def with_costly_inputs(data: xr.Dataset) -> None:
    """Food in BEL buys 300 more of farming from BEL than before, which is more than its value added."""
    data["intermediate"].values[1, 0, 1, 1] += 300.0
    data["value_added"].values[1, 1] -= 300.0
    data["value_added"].values[1, 0] += 300.0


def with_split_factors(data: xr.Dataset) -> xr.Dataset:
    """Labour and capital, the latter negative for food in COR."""
    total = data["value_added"].isel(factor=0, drop=True)
    capital = 0.4 * total
    capital.loc["COR", "food"] = -5.0
    split = xr.concat([total - capital, capital], xr.Variable("factor", ["labour", "capital"]))
    split = split.transpose("region", "sector", "factor").assign_attrs(data["value_added"].attrs)
    return data.drop_vars(["value_added", "factor"]).assign(value_added=split)


def without_final_purchases(data: xr.Dataset) -> None:
    """COR buys nothing for final use; sellers' value added is kept in step."""
    data["value_added"].values[..., 0] -= data["final_demand"].values[:, :, 2].sum(axis=2)
    data["final_demand"].values[:, :, 2] = 0.0


FAULTS = {
    "a variable is missing": (
        lambda data: data.drop_vars("trade_elasticity"),
        """World 'toy', variable 'trade_elasticity': it is missing.
  Expected: theta > 0: CES elasticity of substitution between origins minus one; the default set, by sector (number).
  Make Worlds with accord.world.build_world, which puts every variable in its place.""",
    ),
    "a name for readers is missing": (
        lambda data: data.drop_vars("sector_name"),
        """World 'toy', coordinate 'sector_name': it is missing or has other axes.
  Expected: name of each sector for readers, by sector.
  Give it to accord.world.build_world.""",
    ),
    "axes in another order": (
        lambda data: data.assign(tariff_rate=data["tariff_rate"].transpose("importer", "exporter", "sector")),
        """World 'toy', variable 'tariff_rate': axes importer, exporter, sector.
  Expected: axes exporter, importer, sector, in this order.
  Reorder them: data['tariff_rate'].transpose('exporter', 'importer', 'sector').""",
    ),
    "another unit": (
        lambda data: data["value_added"].attrs.update(unit="USD billion"),
        """World 'toy', variable 'value_added': unit 'USD billion'.
  Expected: unit 'USD million'.
  Convert the values and their unit together.""",
    ),
    "an axis without labels": (
        lambda data: data.drop_vars("use"),
        """World 'toy', variable 'final_demand': no labels along use.
  Expected: a label for every position of every axis.
  Make Worlds with accord.world.build_world, which labels every axis.""",
    ),
    "an unknown variable": (
        lambda data: data.assign(tarif_rate=data["tariff_rate"]),
        (
            """World 'toy', variable 'tarif_rate': no variable of a World has this name.
  Expected: one of intermediate, final_demand, value_added, tariff_rate, output_tax_rate, trade_elasticity, """
            """trade_elasticity_sets, tariff_schedules, tariff_source.
  Did you mean 'tariff_rate' or 'tariff_source'? Rename or drop it."""
        ),
    ),
    "other labels on one axis": (
        lambda data: data.assign_coords(importer=["ARC", "BEL", "DOR"]),
        """World 'toy', axis 'importer': other labels than 'region': COR, DOR.
  Expected: the labels of 'region', in the same order.
  Rename or reorder the axis; accord never reorders in silence.""",
    ),
    "another order of labels on one axis": (
        lambda data: data.assign_coords(using_sector=["food", "farming", "machines"]),
        """World 'toy', axis 'using_sector': another order of labels.
  Expected: the labels of 'sector', in the same order.
  Rename or reorder the axis; accord never reorders in silence.""",
    ),
    "an unknown use": (
        lambda data: data.assign_coords(use=["household", "army", "investment"]),
        """World 'toy', axis 'use': uses household, army, investment.
  Expected: 'household' among uses from household, government, investment, final, or a single use.
  Rename the uses, or add them up into one called 'final'.""",
    ),
    "an unknown kind of sector": (
        lambda data: data.assign_coords(sector_kind=("sector", ["goods", "good", "goods"])),
        """World 'toy', coordinate 'sector_kind': kinds good.
  Expected: one of goods, energy, services.
  Give each sector one of these kinds.""",
    ),
    "a blank cell": (
        put("tariff_rate", np.nan, 0, 1, 2),
        """World 'toy', variable 'tariff_rate': 1 cell is blank or infinite: ARC BEL machines (exporter, importer, sector).
  Expected: a number in every cell: blank is not zero.
  Fill the cells with what is known, write 0 where nothing is traded, and note it in the provenance.""",
    ),
    "many blank cells": (
        put("trade_elasticity_sets", np.inf),
        (
            """World 'toy', variable 'trade_elasticity_sets': 6 cells are blank or infinite: toy farming, toy food, toy machines, """
            """toy-low farming, toy-low food, toy-low machines (elasticity_set, sector).
  Expected: a number in every cell: blank is not zero.
  Fill the cells with what is known, write 0 where nothing is traded, and note it in the provenance."""
        ),
    ),
    "a tariff in per cent": (
        put("tariff_schedules", 40.0, 0, 2, 0, 1),
        (
            """World 'toy', variable 'tariff_schedules': 1 cell is above 30 (that is 3,000%): arc-bel-union COR ARC food """
            """(schedule, exporter, importer, sector).
  Expected: a share of the import value: 0.05 means 5%.
  These look like per cent: divide them by 100."""
        ),
    ),
    "a tariff at home": (
        put("tariff_schedules", 0.1, 0, 1, 1, 1),
        (
            """World 'toy', variable 'tariff_schedules': 1 cell is not zero though exporter and importer are the same region: """
            """arc-bel-union BEL BEL food (schedule, exporter, importer, sector).
  Expected: no tariff inside a region.
  Set them to zero; if the tariff was transposed, check the order exporter, importer, sector."""
        ),
    ),
    "a tariff without a source": (
        put("tariff_source", 3, 0, 1, 1),
        """World 'toy', variable 'tariff_source': 1 cell is an index of no source: ARC BEL food (exporter, importer, sector).
  Expected: 0 to 0, the positions in the provenance's list of tariff sources.
  Add the source to Provenance.tariff_sources.""",
    ),
    "a negative elasticity": (
        put("trade_elasticity", -4.0, 1),
        """World 'toy', variable 'trade_elasticity': 1 cell is zero or negative: food (sector).
  Expected: theta > 0 (the elasticity of substitution between origins minus one).
  Published elasticities are often negative: give their absolute value.""",
    ),
    "value added out of step": (
        put("value_added", 320.0, 0, 0, 0),
        (
            """World 'toy', variable 'value_added': 1 cell is different from output less inputs with duties less taxes, """
            """by up to USD 5.000 million: ARC farming (region, sector).
  Expected: equality to 1e-06 of output.
  Let accord.world.build_world derive it from the flows."""
        ),
    ),
    "value added not positive": (
        with_costly_inputs,
        """World 'toy', variable 'value_added': 1 cell is not positive in an active sector: BEL food (region, sector).
  Expected: positive value added: output above the cost of inputs, duties and taxes.
  Check its tariffs and inputs; scale its column down, or merge it with a sector near it (accord world aggregate).""",
    ),
    "a sector that buys but does not sell": (
        with_idle_sector,
        """World 'toy', gross output: 1 cell is zero though the sector uses inputs or has value added: ARC farming (region, sector).
  Expected: sales that cover its costs, or a sector that is wholly empty.
  Give its output a user, or set its inputs and its value added to zero.""",
    ),
    "a negative factor": (
        with_split_factors,
        """World 'toy', variable 'value_added': 1 cell is negative for a factor: COR food capital (region, sector, factor).
  Expected: zero or more for every factor.
  Add the factors up into one called 'all', or mend the split.""",
    ),
    "a region that consumes nothing": (
        without_final_purchases,
        """World 'toy', variable 'final_demand': no final purchases by COR.
  Expected: final purchases by every region.
  Merge these regions with others (accord world aggregate), or complete their final demand.""",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_says_where_what_and_how_to_mend_it(name):
    change, message = FAULTS[name]
    messages = [str(fault) for fault in check_world(altered(change))]
    assert message in messages


ALONE = [
    name
    for name in FAULTS
    if name
    not in {
        "an axis without labels",
        "a sector that buys but does not sell",
        "a region that consumes nothing",
    }
]


@pytest.mark.parametrize("name", ALONE)
def test_one_fault_gives_one_message(name):
    assert len(check_world(altered(FAULTS[name][0]))) == 1


def test_negative_inputs_are_listed_with_their_sum_and_long_lists_are_cut():
    def change(data):
        data["intermediate"].values[0, 0, :, :] = -2.0

    (first, *_) = check_world(altered(change))
    assert str(first) == (
        """World 'toy', variable 'intermediate': 9 cells are negative (USD -18.000 million in all): ARC farming ARC farming, """
        """ARC farming ARC food, ARC farming ARC machines, ARC farming BEL farming, ARC farming BEL food, ARC farming BEL machines, """
        """ARC farming COR farming, ARC farming COR food and 1 more (exporter, supplying_sector, importer, using_sector).
  Expected: zero or more.
  Inputs cannot be negative: set the cells to zero and keep row and column totals by rebalancing."""
    )


def test_negative_final_demand_and_sales_that_cancel_are_both_listed():
    messages = [str(fault) for fault in check_world(altered(with_cancelling_sales))]
    assert (
        """World 'toy', variable 'final_demand': 1 cell is negative (USD -300.000 million in all): COR machines COR household """
        """(exporter, supplying_sector, importer, use).
  Expected: zero or more.
  These are usually drawdowns of inventories: move them to the home use of the same product, or add uses up."""
        in messages
    )
    assert (
        """World 'toy', gross output: 1 cell is not positive though the product is sold: negative sales outweigh the others: """
        """COR machines (region, sector).
  Expected: positive output wherever a product is used.
  Mend the negative cells of its row first.""" in messages
    )


def test_a_negative_tariff_is_told_from_a_tariff_in_per_cent():
    messages = [str(fault) for fault in check_world(altered(put("tariff_schedules", -0.1, 0, 2, 0, 1)))]
    assert messages == [
        (
            """World 'toy', variable 'tariff_schedules': 1 cell is below zero: arc-bel-union COR ARC food """
            """(schedule, exporter, importer, sector).
  Expected: a rate of zero or more.
  Write import subsidies as a measure, not as a tariff of the base."""
        )
    ]


def test_repeated_labels_are_named():
    data = toy_world().data
    axes = ("exporter", "importer", "region")
    repeated = data.drop_vars(axes).assign_coords({axis: ["ARC", "BEL", "ARC"] for axis in axes})
    messages = [str(fault) for fault in check_world(World("toy", 2020, repeated, toy_world().provenance))]
    assert (
        """World 'toy', axis 'importer': repeated labels ARC.
  Expected: every label once.
  Add repeated rows and columns together, or give them labels of their own."""
        in messages
    )


def test_all_faults_come_at_once():
    def change(data):
        for edit in (
            put("tariff_schedules", 40.0, 0, 2, 0, 1),
            put("trade_elasticity", 0.0, 0),
            put("value_added", 0.0, 1, 1, 0),
        ):
            edit(data)

    with pytest.raises(WorldError) as raised:
        ensure_valid(altered(change))
    assert len(raised.value.faults) == 4  # value added is out of step as well as not positive
    assert raised.value.exit_code == 3


def test_the_toy_has_no_fault_and_a_wholly_empty_sector_is_only_noted():
    toy = toy_world()
    assert check_world(toy) == ()
    assert ensure_valid(toy) is toy

    def without_food_in_cor(data):
        data["intermediate"].values[2, 1] = data["intermediate"].values[:, :, 2, 1] = 0.0
        data["final_demand"].values[2, 1] = 0.0

    emptied = altered(without_food_in_cor)
    flows = {name: emptied.data[name].values for name in ("intermediate", "final_demand")}
    legal = build_world(
        "toy",
        2020,
        regions=toy.regions,
        sectors=toy.sectors,
        uses=toy.uses,
        region_names=toy.regions,
        sector_names=toy.sectors,
        sector_kinds=["goods"] * 3,
        trade_elasticity=toy.trade_elasticity(),
        elasticity_set="toy",
        provenance=Provenance("a test", "", "", imputed=("Something was guessed.",)),
        **flows,
    )
    assert check_world(legal) == ()
    assert notes_on(legal) == (
        "1 of 9 sectors are empty (no output, no inputs): COR food.",
        "Something was guessed.",
    )


def test_building_lists_every_array_of_a_wrong_shape():
    toy = toy_world()
    with pytest.raises(WorldError) as raised:
        build_world(
            "odd",
            2020,
            regions=toy.regions,
            sectors=toy.sectors,
            uses=toy.uses,
            region_names=["Arcadia"],
            sector_names=toy.sectors,
            sector_kinds=["goods"] * 3,
            intermediate=np.ones((3, 3, 3, 2)),
            final_demand=np.ones((3, 3, 3, 3)),
            trade_elasticity=np.ones(3),
            elasticity_set="toy",
            provenance=replace(toy.provenance),
        )
    assert str(raised.value) == (
        """World 'odd', variable 'intermediate': an array of shape (3, 3, 3, 2).
  Expected: shape (3, 3, 3, 3): exporter, supplying_sector, importer, using_sector.
  Check the order of its axes and the number of labels.

World 'odd', coordinate 'region_name': 1 entries.
  Expected: 3, one for each region: name of each region for readers.
  Give one entry for each region, in the same order."""
    )
