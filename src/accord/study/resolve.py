"""How much support it takes to replace imports: what is left open in a programme's shocks is solved for (METHODS section 9).

A project is to lower its buyers' purchases from outside by m. Users act as if the sites' products were cheaper by 1/f, and f is solved
for all projects together, in equilibrium, with everything that the projects do except their purchases of plant, whose imports are no
part of what they replace. Where a project has several sites, their sales rise in proportion to their stated shares. Projects in one
market (the same product, users and buyers) replace their sum together, and share the support of a site in proportion to what each
replaces there. `support_search` has the conditions and the search.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from accord.adapters import equilibrium as adapter
from accord.errors import Fault, ProgrammeError
from accord.frozen import changed
from accord.shocks import Flows, PurchaseShock, Shock, SupportShock
from accord.study.check import Checked
from accord.study.support_search import TOLERANCE, Nearby, Search

if TYPE_CHECKING:
    from accord.engines.equilibrium import Equilibrium


@dataclass(frozen=True)
class Replacement:
    """What all projects together replace in one market: purchases of one product by some users in some regions.

    Attributes:
        measures: Ids of the measures with a project there.
        places: For each site, positions of its supports among all shocks.
        amounts: For each site, what each of those supports is to replace, USD million at base prices: what the base does not hold yet. Of
            several draws, arrays (d,); then so are target and shares.
        sites: Flows of each site to the buyers.
        outside: Flows from outside to the buyers.
    """

    measures: tuple[str, ...]
    places: tuple[tuple[int, ...], ...]
    amounts: tuple[tuple[float, ...], ...]
    sites: tuple[Flows, ...]
    outside: Flows

    @property
    def target(self) -> float:
        """What is to be replaced in all, USD million at base prices."""
        return sum(map(sum, self.amounts))

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of each site in it."""
        return tuple(sum(amounts) / self.target for amounts in self.amounts)


@dataclass(frozen=True)
class Support:
    """What was found for one project.

    Attributes:
        measure: Id of its measure.
        target: Imports replaced, USD million at base prices.
        imports: Imports from outside before, USD million at base prices.
        factors: Support of each site: users act as if its products were cheaper by 1 / factor.
        shares: Share of each site in what is replaced.
        sites: Flows of each site to the buyers.
        outside: Flows from outside to the buyers.
    """

    measure: str
    target: float
    imports: float
    factors: tuple[float, ...]
    shares: tuple[float, ...]
    sites: tuple[Flows, ...]
    outside: Flows


class Solved(NamedTuple):
    """What a search for supports came to.

    Attributes:
        checked: The programme's shocks with every support.
        supports: What was found for each project.
        near: For searches like it; None where nothing was searched for, or the quick solver foretold it.
    """

    checked: Checked
    supports: tuple[Support, ...] = ()
    near: Nearby | None = None


def nearby(model: adapter.Model, checked: Checked) -> Nearby | None:
    """Return what `resolve_supports` of `checked` ends with, for programmes like it; None when no support is solved for."""
    projects = markets_of((*checked.context, *checked.decisions))
    if not projects:
        return None
    search = Search(model, checked, projects, beside_supports(checked, projects))
    logs, jacobian = search.solve_from(search.starts(), None, TOLERANCE)
    return Nearby(logs - search.starts(), jacobian, search.power)


def resolve_supports(
    model: adapter.Model, checked: Checked, near: Nearby | None = None, tolerance: float = TOLERANCE
) -> Checked:
    """Return `checked` with every support solved for; unchanged when there is none.

    Args:
        model: The calibrated World.
        checked: The programme's shocks.
        near: Where a similar programme's search ended.
        tolerance: Largest miss, as a share of what a project is to replace.
    """
    return solved_supports(model, checked, near, tolerance).checked


def solved_supports(
    model: adapter.Model,
    checked: Checked,
    near: Nearby | None = None,
    tolerance: float = TOLERANCE,
    *,
    context: Equilibrium | None = None,
) -> Solved:
    """Return `checked` with every support solved for, and what was found for each project.

    Args:
        model: The calibrated World.
        checked: The programme's shocks.
        near: Where a similar programme's search ended.
        tolerance: Largest miss, as a share of what a project is to replace.
        context: The equilibrium under the context alone, where it is known; of a context without supports to be solved for.

    Raises:
        ProgrammeError: A project is to replace more than is imported, or has a site that sells nothing to its buyers.
    """
    everything = (*checked.context, *checked.decisions)
    projects = markets_of(everything)
    if not projects:
        return Solved(checked)
    search = Search(model, checked, projects, beside_supports(checked, projects), context)
    logs, ended = search.solve(near, tolerance)
    found: dict[str, Support] = {}
    each = iter(logs)
    for project, imports in zip(projects, search.imports, strict=True):
        site_logs = [float(next(each)) for _ in project.sites]
        for measure in project.measures:
            found[measure] = _support_of(measure, project, everything, site_logs, imports)
    return Solved(with_supports(checked, projects, logs), tuple(found.values()), ended)


def with_supports(
    checked: Checked, markets: Sequence[Replacement], logs: Iterable[float | np.ndarray]
) -> Checked:
    """Return `checked` with the log support of each site of each market, in their order; of several draws, each an array (d,)."""
    new = [*checked.context, *checked.decisions]
    each = iter(logs)
    for market in markets:
        for places, amounts in zip(market.places, market.amounts, strict=True):
            log = next(each)
            for place, amount in zip(places, amounts, strict=True):
                # Measures that support the same site share its support in proportion to what they replace there.
                shock = new[place]
                assert isinstance(shock, SupportShock)
                factor = np.exp(log * amount / sum(amounts) / shock.weight)
                new[place] = changed(shock, factor=factor if np.ndim(factor) else float(factor))
    split = len(checked.context)
    return replace(checked, context=tuple(new[:split]), decisions=tuple(new[split:]))


def beside_supports(checked: Checked, markets: Sequence[Replacement]) -> list[Shock]:
    """Return what else the measures of these markets do while their supports are solved for: all but their purchases of plant."""
    measures = {measure for market in markets for measure in market.measures}
    return [
        shock
        for shock in checked.decisions
        if shock.measure in measures and not isinstance(shock, SupportShock | PurchaseShock)
    ]


def _support_of(
    measure: str, project: Replacement, shocks: Sequence[Shock], site_logs: Sequence[float], imports: float
) -> Support:
    """What was found for one measure in its market."""
    rows: list[tuple[Flows, float, float]] = []
    for site, log, places, amounts in zip(
        project.sites, site_logs, project.places, project.amounts, strict=True
    ):
        own = sum(
            amount for place, amount in zip(places, amounts, strict=True) if shocks[place].measure == measure
        )
        if own > 0.0:
            rows.append((site, log, own))
    target = sum(own for _, _, own in rows)
    return Support(
        measure=measure,
        target=target,
        imports=imports,
        factors=tuple(float(np.exp(log)) for _, log, _ in rows),
        shares=tuple(own / target for _, _, own in rows),
        sites=tuple(site for site, _, _ in rows),
        outside=project.outside,
    )


def unresolved(checked: Checked) -> Checked:
    """Return `checked` with every support to be solved for again, as under other elasticities."""

    def opened(shock: Shock) -> Shock:
        return changed(shock, factor=None) if isinstance(shock, SupportShock) else shock

    return replace(
        checked, context=tuple(map(opened, checked.context)), decisions=tuple(map(opened, checked.decisions))
    )


def markets_of(shocks: Sequence[Shock]) -> tuple[Replacement, ...]:
    """Return the markets in which supports are left open: one for each product, set of users and set of buying regions."""
    markets: dict[tuple[object, ...], dict[tuple[str, ...], list[tuple[int, SupportShock]]]] = {}
    for place, shock in enumerate(shocks):
        if isinstance(shock, SupportShock) and shock.factor is None and shock.weight * shock.amount > 0.0:
            flows = shock.flows
            buyers = flows.importers, flows.sectors, flows.uses, flows.home, shock.outside
            sites = markets.setdefault(buyers, {})
            sites.setdefault(flows.exporters or (), []).append((place, shock))
    found = tuple([_replacement(sites) for sites in markets.values()])
    _refuse_overlaps(found)
    return found


def _replacement(sites: dict[tuple[str, ...], list[tuple[int, SupportShock]]]) -> Replacement:
    """What the supports in one market replace together; each is given by its site, with its position among all shocks."""
    supports = [shock for found in sites.values() for _, shock in found]
    flows, outside = supports[0].flows, supports[0].outside
    return Replacement(
        measures=tuple(dict.fromkeys([shock.measure for shock in supports])),
        places=tuple([tuple([place for place, _ in found]) for found in sites.values()]),
        amounts=tuple(
            [tuple([shock.weight * shock.amount for _, shock in found]) for found in sites.values()]
        ),
        sites=tuple([changed(flows, exporters=site) for site in sites]),
        outside=changed(flows, exporters=outside, home=False),
    )


def _refuse_overlaps(found: Sequence[Replacement]) -> None:
    """Two projects that share part of their buyers only: which replaced what could not be told."""

    def common(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> bool:
        return one is None or other is None or not set(one).isdisjoint(other)

    faults = [
        Fault(
            f"measures '{', '.join(one.measures)}' and '{', '.join(other.measures)}'",
            "they replace imports of the same sector for buyers or users that are partly the same",
            "the same buyers, users and `outside` for both, or none in common",
            "write the same `buyers`, `using_sectors` and `outside` in both; use `product_share` to tell the products apart",
        )
        for place, one in enumerate(found)
        for other in found[:place]
        if common(one.outside.sectors, other.outside.sectors)
        and common(one.outside.importers, other.outside.importers)
        and common(one.outside.uses, other.outside.uses)
    ]
    if faults:
        raise ProgrammeError(faults)
