"""The one-year horizon of a study: what a programme does to costs and prices before quantities move.

The balance of a region is the first-order change of what its households have at base quantities and factor prices: what baskets cost
less, plus every income and transfer that changes. It is no welfare effect of the long run: nobody substitutes, no factor price moves,
and no producer enters or leaves (docs/methods/prices.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from accord.adapters import prices as adapter
from accord.shocks import RentWedgeShock
from accord.study.check import Checked, check_programme
from accord.study.columns import table_of
from accord.study.outcome import Verdict
from accord.study.variants import AS_STATED, GAIN_PCT, RENT_SHARES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from accord.programme import Programme
    from accord.tables import Table
    from accord.world import World

METHOD = "Leontief price model at base quantities and factor prices: first order; nobody substitutes, no factor price and no quantity moves"
LESS_PASSED_ON = 0.5
"""Pass-through of the variant beside the central one."""
MOVERS = 5
"""Sectors of each partner whose price changes are taken apart, beside the household's basket."""
PARTS = 12
"""Channels listed for each price change; the rest is one row."""
CHAINS = 5
REST = "all others"


@dataclass(frozen=True)
class OneYear:
    """What the one-year horizon adds to an outcome.

    Attributes:
        verdict: Do all partners gain within a year, at fixed quantities?
        tables: Its tables by name.
        notes: Measures that it cannot represent, one sentence each.
        residual: Largest residual of a price equation.
    """

    verdict: Verdict
    tables: Mapping[str, Table]
    notes: tuple[str, ...]
    residual: float


@dataclass(frozen=True)
class _Run:
    model: adapter.PriceModel
    start: adapter.PriceOutcome
    end: adapter.PriceOutcome


def represents_any(checked: Checked) -> bool:
    """Whether the price engine can represent any shock of a programme."""
    return any(adapter.accepts(shock) for shock in (*checked.context, *checked.decisions))


def one_year(
    programme: Programme, world: World, checked: Checked, *, pass_through: float = 1.0, variants: bool = True
) -> OneYear:
    """Return the one-year horizon of `programme` on `world`.

    Args:
        programme: What is proposed.
        world: The data.
        checked: The programme's shocks in the World's labels.
        pass_through: Share of cost changes that producers pass on.
        variants: Whether other rents and a lower pass-through are tried.
    """
    central = _run(world, checked, pass_through)
    rows = [_rows(central, checked.partners, AS_STATED, pass_through)]
    if variants:
        less = central.model.with_pass_through(LESS_PASSED_ON)
        rows.append(_rows(_solved(less, checked), checked.partners, AS_STATED, LESS_PASSED_ON))
        if any(isinstance(shock, RentWedgeShock) for shock in (*checked.context, *checked.decisions)):
            for share in RENT_SHARES:
                rented = check_programme(programme.with_rent_share(share), world)
                run = central if rented == checked else _run(world, rented, pass_through)
                rows.append(_rows(run, checked.partners, f"{share:g}", pass_through))
    frame = pd.concat(rows, ignore_index=True)
    tables = {
        "one_year": (
            "One year: what costs, prices and transfers do to each region at fixed quantities",
            with_roles(
                world, adapter.account_frame(central.model, central.start, central.end), checked.partners
            ),
            ("region",),
        ),
        "one_year_prices": (
            "One year: producer prices by region and sector",
            named(world, adapter.price_frame(central.model, central.start, central.end)),
            ("region", "sector"),
        ),
        "one_year_baskets": (
            "One year: cost of the base basket by region and final use",
            named(world, adapter.basket_frame(central.model, central.start, central.end)),
            ("region", "use"),
        ),
        **explained(central.model, central.start, central.end, checked.partners),
        "one_year_variants": (
            "One year: the same under other rents and pass-through",
            frame,
            ("rent_share", "pass_through", "region"),
        ),
    }
    return OneYear(
        verdict=_verdict(frame, world),
        tables={
            name: table_of(name, title, table, keys=keys)
            for name, (title, table, keys) in tables.items()
            if len(table)
        },
        notes=tuple(_unrepresented(checked)),
        residual=max(central.start.change.residual, central.end.change.residual),
    )


def _run(world: World, checked: Checked, pass_through: float) -> _Run:
    everything = (*checked.context, *checked.decisions)
    return _solved(adapter.PriceModel(world, everything, pass_through=pass_through), checked)


def _solved(model: adapter.PriceModel, checked: Checked) -> _Run:
    return _Run(model, model.solve(checked.context), model.solve((*checked.context, *checked.decisions)))


def _rows(run: _Run, partners: Sequence[str], rents: str, pass_through: float) -> pd.DataFrame:
    accounts = adapter.account_frame(run.model, run.start, run.end).set_index("region")
    rows = [
        {
            "rent_share": rents,
            "pass_through": f"{pass_through:.0%}",
            "region": partner,
            "region_name": run.model.world.region_names[partner],
            "one_year_pct": float(accounts.loc[partner, "one_year_pct"]),
            "one_year_usd": float(accounts.loc[partner, "one_year_usd"]),
            "gains": "yes" if accounts.loc[partner, "one_year_pct"] > GAIN_PCT else "no",
        }
        for partner in partners
    ]
    return pd.DataFrame(rows)


def explained(
    model: adapter.PriceModel,
    start: adapter.PriceOutcome,
    end: adapter.PriceOutcome,
    partners: Sequence[str],
) -> dict[str, tuple[str, pd.DataFrame, tuple[str, ...]]]:
    """Channels and chains of the household baskets of the partners and of their prices that move most."""
    household = model.world.uses[model.household]
    prices = adapter.price_frame(model, start, end)
    targets = []
    for partner in partners:
        own = prices[prices["region"] == partner]
        moved = own.reindex(own["producer_price_pct"].abs().sort_values(ascending=False, kind="stable").index)
        sectors = moved[moved["producer_price_pct"].abs() > GAIN_PCT]["sector"].head(MOVERS)
        targets += [(partner, household), *((partner, str(sector)) for sector in sectors)]
    channels = adapter.channel_frame(model, start, end, targets)
    chains = adapter.chain_frame(model, start, end, targets, top=CHAINS)
    return {
        "one_year_channels": (
            "One year: where the partners' price changes come from, by channel and supplier",
            _largest_parts(channels),
            ("region", "item", "channel", "exporter", "supplying_sector"),
        ),
        "one_year_chains": (
            "One year: the chains that carry most of the partners' price changes",
            chains,
            ("region", "item", "rank"),
        ),
    }


def _largest_parts(channels: pd.DataFrame) -> pd.DataFrame:
    """The largest parts of each price change and one row for the rest, so that they still add up."""
    kept = []
    for (region, item), rows in channels.groupby(["region", "item"], sort=False):
        order = rows["contribution_pct"].abs().sort_values(ascending=False, kind="stable").index
        kept.append(rows.loc[order[:PARTS]])
        if len(order) > PARTS:
            rest = float(rows.loc[order[PARTS:], "contribution_pct"].sum())
            row = {
                "region": region,
                "item": item,
                "channel": REST,
                "exporter": REST,
                "supplying_sector": REST,
            }
            kept.append(pd.DataFrame([{**row, "contribution_pct": rest}]))
    return pd.concat(kept, ignore_index=True) if kept else channels


def with_roles(world: World, frame: pd.DataFrame, partners: Sequence[str]) -> pd.DataFrame:
    """Add names and roles of regions."""
    frame = named(world, frame)
    frame.insert(2, "role", frame["region"].isin(partners).map({True: "partner", False: "third country"}))
    return frame


def named(world: World, frame: pd.DataFrame) -> pd.DataFrame:
    """Add names beside the codes of regions and sectors."""
    frame.insert(1, "region_name", frame["region"].map(world.region_names))
    if "sector" in frame:
        frame.insert(3, "sector_name", frame["sector"].map(world.sector_names))
    return frame


def _verdict(rows: pd.DataFrame, world: World) -> Verdict:
    runs = rows.groupby(["rent_share", "pass_through"], sort=False)["gains"].agg(
        lambda gains: (gains == "yes").all()
    )
    central = bool(runs.iloc[0])
    agree = int((runs == central).sum())
    answer = ("yes" if central else "no") if agree == len(runs) else "not established"
    ranges = []
    for partner, own in rows.groupby("region", sort=False):
        low, high, value = own["one_year_pct"].min(), own["one_year_pct"].max(), own["one_year_pct"].iloc[0]
        spread = "" if len(runs) == 1 else f" ({low:+.3f} to {high:+.3f})"
        ranges.append(f"{world.region_names[str(partner)]} {value:+.3f}%{spread}")
    opening = {
        "yes": "Within a year all partners gain.",
        "no": "Within a year not all partners gain.",
        "not established": "Whether all partners gain within a year is not established.",
    }[answer]
    sentence = (
        f"{opening} Cost of base baskets plus incomes and transfers, % of household consumption, first order at fixed quantities: "
        f"{', '.join(ranges)}. Not in it: substitution, factor prices, output and jobs."
    )
    return Verdict(central, answer, sentence)


def _unrepresented(checked: Checked) -> list[str]:
    """A measure that this engine cannot represent is named, never dropped in silence."""
    kinds: dict[str, list[str]] = {}
    for shock in (*checked.context, *checked.decisions):
        if not adapter.accepts(shock):
            kinds.setdefault(shock.measure, []).append(type(shock).__name__)
    taken = {shock.measure for shock in (*checked.context, *checked.decisions) if adapter.accepts(shock)}
    return [
        f"one-year horizon (prices): measure '{measure}' is {'only partly' if measure in taken else 'not'} in it: its "
        f"{', '.join(dict.fromkeys(names))} acts on quantities or choices, which are fixed there"
        for measure, names in kinds.items()
    ]
