"""Indicators of dependence beside their published thresholds: value, threshold, source, and what the value does not show.

Thresholds, directions and caveats stand in thresholds.toml; here stands how each value is computed. An indicator that the World has
no data for is listed with a blank value and the reason, never left out.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from accord.analysis.labelled import labelled
from accord.analysis.production import Production, production_of
from accord.analysis.suppliers import concentration, members_of
from accord.errors import AccordError, nearest
from accord.tables import Table
from accord.units import check_unit
from accord.world import World

PARTNERSHIP = "partners together"
"""Label of the partners taken as one economy."""


class Value(NamedTuple):
    """One value of an indicator: of whom, of what, and how much (blank when the World cannot say)."""

    region: str
    item: str
    value: float


def indicators(
    world: World, partners: Sequence[str], *, given: Mapping[str, Mapping[str, float]] | None = None
) -> Table:
    """Every indicator for every partner, one row a value and threshold; without a threshold the row says so.

    Args:
        world: The World.
        partners: Two regions or more.
        given: Values from elsewhere, indicator -> region -> value in the indicator's unit, for what the World does not hold
            ({"gas_in_electricity": {"BLR": 58.0}}); their source is the caller's to state.
    """
    production = production_of(world)
    partners = production.partners(partners)
    declared = thresholds()
    rows = []
    for name, compute in INDICATORS.items():
        entry = declared[name]
        stated = _given(given, name, partners)
        values = [
            value._replace(value=stated[value.region], item="as given") if value.region in stated else value
            for value in compute(production, partners, tuple(entry.get("codes", ())))
        ]
        limits = entry.get("threshold") or [
            {"value": np.nan, "name": "none published that we know", "source": "", "quality": "none"}
        ]
        for value in dict.fromkeys(values):  # several published values give way to the one that is given
            rows += [_row(name, entry, value, limit) for limit in limits]
    unknown = set(given or {}) - set(INDICATORS)
    if unknown:
        first = min(unknown)
        raise AccordError(f"unknown indicator '{first}'. {nearest(first, INDICATORS)}".strip())
    return labelled(
        world,
        "indicators",
        f"Indicators of dependence of {' and '.join(partners)}",
        pd.DataFrame(rows),
        ("indicator", "region", "item", "threshold_name"),
    )


@cache
def thresholds() -> dict[str, Any]:
    """What thresholds.toml says, by indicator; its units are known ones."""
    text = resources.files("accord.analysis").joinpath("thresholds.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    for entry in content.values():
        check_unit(entry["unit"])
    return content


def _row(name: str, entry: Mapping[str, Any], value: Value, limit: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "indicator": name,
        "title": entry["title"],
        "region": value.region,
        "item": value.item,
        "value": value.value,
        "value_unit": entry["unit"],
        "threshold": float(limit["value"]),
        "threshold_name": limit["name"],
        "direction": entry["direction"],
        "passes": _verdict(value.value, float(limit["value"]), entry["direction"]),
        "threshold_source": limit["source"],
        "quality": limit["quality"],
        "not_shown": entry["not_shown"],
    }


def _verdict(value: float, threshold: float, direction: str) -> str:
    if np.isnan(threshold):
        return "no threshold"
    if np.isnan(value):
        return "no data"
    return "yes" if (value <= threshold if direction == "lower" else value >= threshold) else "no"


def _given(
    given: Mapping[str, Mapping[str, float]] | None, name: str, partners: Sequence[str]
) -> Mapping[str, float]:
    stated = (given or {}).get(name, {})
    strangers = [region for region in stated if region not in partners]
    if strangers:
        raise AccordError(
            f"indicator '{name}' is given for {', '.join(strangers)}, but partners are {', '.join(partners)}."
        )
    return stated


# --- values, in the order in which they are shown ------------------------------------------------------------------------

Codes = tuple[str, ...]


def _direct_reliance(production: Production, partners: Sequence[str], _: Codes) -> Iterator[Value]:
    for partner, own, friends, others in _positions(production, partners):
        inputs = production.flows[:, :, own].sum(axis=(1, 2), dtype=np.float64)
        yield from _three(partner, inputs, own, friends, others, inputs.sum())


def _total_reliance(production: Production, partners: Sequence[str], _: Codes) -> Iterator[Value]:
    content = np.nan_to_num(production.content[:, :-1]).T @ production.final_demand
    for partner, own, friends, others in _positions(production, partners):
        yield from _three(
            partner, content[:, own], own, friends, others, production.final_demand[:, own].sum()
        )


def _three(
    partner: str, amounts: np.ndarray, own: int, friends: list[int], others: np.ndarray, whole: float
) -> Iterator[Value]:
    yield Value(partner, "all foreign", _percent(amounts.sum() - amounts[own], whole))
    yield Value(partner, "from partners", _percent(amounts[friends].sum(), whole))
    yield Value(partner, "from third countries", _percent(amounts[others].sum(), whole))


def _commission(production: Production, partners: Sequence[str]) -> dict[str, dict[str, np.ndarray]]:
    """The three criteria by goods sector, for each partner and for the partners as one; blank where nothing is imported."""
    sales = _sales(production)
    insiders = [production.regions.index(partner) for partner in partners]
    outside = np.setdiff1d(np.arange(len(production.regions)), insiders)
    members = members_of(production.world)[outside]
    goods = _goods(production)
    found = {}
    for name, buyers in [
        *((p, [i]) for p, i in zip(partners, insiders, strict=True)),
        (PARTNERSHIP, insiders),
    ]:
        bought = sales[:, :, buyers].sum(axis=2)
        extra = bought[outside]
        # For the partners together, trade among themselves is import too, as trade inside the Union is for the Commission.
        imports = bought.sum(axis=0) - sum(sales[buyer, :, buyer] for buyer in buyers)
        # All exports, those to one another too: they stand for what could be made (docs/methods/interdependence.md).
        exports = np.sum([sales[buyer].sum(axis=1) - sales[buyer, :, buyer] for buyer in buyers], axis=0)
        hhi = concentration(_over(extra, extra.sum(axis=0)), members)[0]
        found[name] = {
            "ec_concentration": hhi[goods],
            "ec_extra_share": _over(extra.sum(axis=0), imports)[goods],
            "ec_substitution": _over(extra.sum(axis=0), exports)[goods],
        }
    return found


def _criterion(name: str) -> Callable[[Production, Sequence[str], Codes], Iterator[Value]]:
    def values(production: Production, partners: Sequence[str], _: Codes) -> Iterator[Value]:
        sectors = np.array(production.sectors, dtype=object)[_goods(production)]
        for region, criteria in _commission(production, partners).items():
            for sector, value in zip(sectors, criteria[name], strict=True):
                yield Value(region, str(sector), float(value))

    return values


def _all_three(production: Production, partners: Sequence[str], _: Codes) -> Iterator[Value]:
    declared = thresholds()
    sectors = np.array(production.sectors, dtype=object)[_goods(production)]
    for region, criteria in _commission(production, partners).items():
        above = [values > declared[name]["threshold"][0]["value"] for name, values in criteria.items()]
        found = sectors[np.logical_and.reduce(above)]
        yield Value(region, ", ".join(found) or "none", float(len(found)))


def _dominant_supplier(production: Production, partners: Sequence[str], _: Codes) -> Iterator[Value]:
    kinds = production.world.data["sector_kind"].to_numpy().astype(str)
    energy = kinds == "energy"
    sales, members = _sales(production), members_of(production.world)
    for partner, own, _friends, _others in _positions(production, partners):
        imports = np.delete(sales[:, energy, own].sum(axis=1), own)
        supplier = np.delete(np.array(production.regions, dtype=object), own)[imports.argmax()]
        share = _percent(imports.max(), imports.sum())
        count = int(members[production.regions.index(supplier)])
        merged = f" (an aggregate of {count})" if count > 1 else ""
        yield Value(partner, "no imports of energy" if np.isnan(share) else f"from {supplier}{merged}", share)


def _published(name: str) -> Callable[[Production, Sequence[str], Codes], Iterator[Value]]:
    """Values of an indicator that no World holds, as published; blank for a partner without one."""

    def values(_: Production, partners: Sequence[str], __: Codes) -> Iterator[Value]:
        known = thresholds()[name].get("published", [])
        for partner in partners:
            own = [entry for entry in known if entry["region"] == partner]
            for entry in own:
                said = (
                    f"published for {entry['year']}: {entry['what']}, {entry['source']} ({entry['quality']})"
                )
                yield Value(partner, said, float(entry["value"]))
            if not own:
                yield Value(partner, "not in this World", np.nan)

    return values


def _domestic(production: Production, partners: Sequence[str], codes: Codes) -> Iterator[Value]:
    chosen = _chosen(production, codes)
    sales = _sales(production)
    for partner, own, _friends, _others in _positions(production, partners):
        bought = sales[:, chosen, own].sum(axis=1)
        yield Value(partner, _items(production, chosen), _percent(bought[own], bought.sum()))


def _food_imports(production: Production, partners: Sequence[str], codes: Codes) -> Iterator[Value]:
    chosen = _chosen(production, codes)
    world = production.world
    use = "household" if "household" in world.uses else world.uses[0]
    bought = world.data["final_demand"].sel(use=use).to_numpy()[:, chosen].sum(axis=1, dtype=np.float64)
    for partner, own, _friends, _others in _positions(production, partners):
        imports = bought[:, own].sum() - bought[own, own]
        yield Value(partner, _items(production, chosen), _percent(imports, bought[:, own].sum()))


def _machinery_in_industry(production: Production, partners: Sequence[str], codes: Codes) -> Iterator[Value]:
    chosen, goods = _chosen(production, codes), _goods(production)
    farming = thresholds()["machinery_in_industry"]["codes_outside_industry"]
    output = production.output.reshape(len(production.regions), -1)
    for partner, own, _friends, _others in _positions(production, partners):
        industry = [k for k in goods if production.sectors[k] not in farming]
        yield Value(
            partner,
            _items(production, chosen),
            _percent(output[own, chosen].sum(), output[own, industry].sum()),
        )


def _investment_rate(production: Production, partners: Sequence[str], _: Codes) -> Iterator[Value]:
    world = production.world
    value = production.value_added.reshape(len(production.regions), -1).sum(axis=1)
    for partner, own, _friends, _others in _positions(production, partners):
        if "investment" not in world.uses:
            yield Value(partner, "investment is not told apart", np.nan)
            continue
        final = world.data["final_demand"].sel(use="investment").to_numpy()[:, :, own]
        yield Value(partner, "all sectors", _percent(float(final.sum(dtype=np.float64)), value[own]))


INDICATORS: dict[str, Callable[[Production, Sequence[str], Codes], Iterator[Value]]] = {
    "import_reliance_direct": _direct_reliance,
    "import_reliance_total": _total_reliance,
    "ec_concentration": _criterion("ec_concentration"),
    "ec_extra_share": _criterion("ec_extra_share"),
    "ec_substitution": _criterion("ec_substitution"),
    "ec_all_three": _all_three,
    "dominant_supplier": _dominant_supplier,
    "gas_in_electricity": _published("gas_in_electricity"),
    "domestic_machinery": _domestic,
    "domestic_machine_tools": _published("domestic_machine_tools"),
    "domestic_electronics": _domestic,
    "food_imports": _food_imports,
    "machinery_in_industry": _machinery_in_industry,
    "investment_rate": _investment_rate,
}
"""Indicator of thresholds.toml -> how it is computed."""


def _positions(
    production: Production, partners: Sequence[str]
) -> Iterator[tuple[str, int, list[int], np.ndarray]]:
    """Each partner with its position, those of the other partners, and those of third countries."""
    inside = [production.regions.index(partner) for partner in partners]
    others = np.setdiff1d(np.arange(len(production.regions)), inside)
    for partner, own in zip(partners, inside, strict=True):
        yield partner, own, [position for position in inside if position != own], others


def _sales(production: Production) -> np.ndarray:
    """Sales to all users (exporter, sector, importer), USD million."""
    shape = len(production.regions), len(production.sectors), len(production.regions)
    return production.flows.sum(axis=3, dtype=np.float64) + production.final_demand.reshape(shape)


def _goods(production: Production) -> np.ndarray:
    """Positions of sectors that make goods, energy among them."""
    kinds = production.world.data["sector_kind"].to_numpy().astype(str)
    return np.flatnonzero(kinds != "services")


def _chosen(production: Production, codes: Codes) -> list[int]:
    return [position for position, sector in enumerate(production.sectors) if sector in codes]


def _items(production: Production, chosen: Sequence[int]) -> str:
    return ", ".join(production.sectors[position] for position in chosen) or "no such sector in this World"


def _percent(part: float, whole: float) -> float:
    return 100.0 * float(part) / float(whole) if whole > 0.0 else np.nan


def _over(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(
        part, whole, out=np.full(part.shape, np.nan), where=np.broadcast_to(whole, part.shape) > 0.0
    )
