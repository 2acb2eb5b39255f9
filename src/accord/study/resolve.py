"""How much support it takes to replace imports: what is left open in a programme's shocks is solved for (METHODS section 9).

A project is to lower its buyers' purchases from outside by m. Users act as if the sites' products were cheaper by 1/f, and f is solved
for all projects together, in equilibrium, with everything that the projects do except their purchases of plant, whose imports are no
part of what they replace. Where a project has several sites, their sales rise in proportion to their stated shares.

    start      at fixed prices, quantities from outside fall to 1 / (1 + pi_S (f^(theta+1) - 1)) of what they were, with pi_S the share
               of the supported sites in spending: solve for f
    then       quasi-Newton steps (Broyden 1965) on log f, from a Jacobian of differences
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from accord.adapters import equilibrium as adapter
from accord.adapters.index import flow_mask, positions
from accord.errors import EngineError, Fault, ProgrammeError
from accord.programme.measures import ImportSubstitution
from accord.shocks import Flows, PurchaseShock, Shock, SupportShock
from accord.study.check import Checked

TOLERANCE = 1e-9
"""Largest miss, as a share of what a project is to replace."""
MOST_STEPS = 40
LARGEST_LOG = 25.0
"""Largest log support tried in the closed form: beyond it nothing more can be replaced."""


@dataclass(frozen=True)
class Project:
    """One project whose support is solved for: the shocks of its sites, by position among all shocks.

    Attributes:
        measure: Id of its measure.
        places: Positions of the sites' shocks.
        sites: Flows of each site to the buyers.
        outside: Flows from outside to the buyers.
        shares: Share of each site in what is replaced.
        target: What is to be replaced, USD million at base prices: what the base does not hold yet.
    """

    measure: str
    places: tuple[int, ...]
    sites: tuple[Flows, ...]
    outside: Flows
    shares: tuple[float, ...]
    target: float


@dataclass(frozen=True)
class Support:
    """What was found for one project.

    Attributes:
        measure: Id of its measure.
        target: Imports replaced, USD million at base prices.
        imports: Imports from outside before, USD million at base prices.
        factors: Support of each site: users act as if its products were cheaper by 1 / factor.
        sites: Flows of each site to the buyers.
        outside: Flows from outside to the buyers.
    """

    measure: str
    target: float
    imports: float
    factors: tuple[float, ...]
    sites: tuple[Flows, ...]
    outside: Flows


def resolve_supports(model: adapter.Model, checked: Checked) -> Checked:
    """Return `checked` with every support solved for; unchanged when there is none."""
    return solved_supports(model, checked)[0]


def solved_supports(model: adapter.Model, checked: Checked) -> tuple[Checked, tuple[Support, ...]]:
    """Return `checked` with every support solved for, and what was found for each project.

    Raises:
        ProgrammeError: A project is to replace more than is imported, or has a site that sells nothing to its buyers.
    """
    everything = (*checked.context, *checked.decisions)
    projects = _projects(everything)
    if not projects:
        return checked, ()
    search = _Search(model, checked, projects)
    logs = search.solve()
    new = list(everything)
    factors = iter(np.exp(logs))
    found = []
    for project, imports in zip(projects, search.imports, strict=True):
        chosen = tuple(float(next(factors)) for _ in project.places)
        for place, factor in zip(project.places, chosen, strict=True):
            shock = new[place]
            assert isinstance(shock, SupportShock)
            new[place] = replace(shock, factor=factor)
        found.append(
            Support(project.measure, project.target, imports, chosen, project.sites, project.outside)
        )
    split = len(checked.context)
    return replace(checked, context=tuple(new[:split]), decisions=tuple(new[split:])), tuple(found)


def unresolved(checked: Checked) -> Checked:
    """Return `checked` with every support to be solved for again, as under other elasticities."""

    def opened(shock: Shock) -> Shock:
        return replace(shock, factor=None) if isinstance(shock, SupportShock) else shock

    return replace(
        checked, context=tuple(map(opened, checked.context)), decisions=tuple(map(opened, checked.decisions))
    )


def _projects(shocks: Sequence[Shock]) -> tuple[Project, ...]:
    """Supports of one measure on the same users of the same product are sites of one project."""
    places: dict[tuple[object, ...], list[int]] = {}
    for place, shock in enumerate(shocks):
        if isinstance(shock, SupportShock) and shock.factor is None and shock.weight * shock.amount > 0.0:
            key = (shock.measure, replace(shock.flows, exporters=None), shock.outside)
            places.setdefault(key, []).append(place)
    return tuple(_project(shocks, found) for found in places.values())


def _project(shocks: Sequence[Shock], places: Sequence[int]) -> Project:
    supports = [shock for shock in (shocks[place] for place in places) if isinstance(shock, SupportShock)]
    total = sum(support.amount for support in supports)
    first = supports[0]
    return Project(
        measure=first.measure,
        places=tuple(places),
        sites=tuple(support.flows for support in supports),
        outside=replace(first.flows, exporters=first.outside, home=False),
        shares=tuple(support.amount / total for support in supports),
        target=first.weight * total,
    )


class _Search:
    """The equations for the supports of all projects, and their solution."""

    def __init__(self, model: adapter.Model, checked: Checked, projects: Sequence[Project]) -> None:
        self.model, self.projects = model, projects
        shocks = (*checked.context, *checked.decisions)
        open_places = {place for project in projects for place in project.places}
        measures = {project.measure for project in projects}
        open_in_context = {place for place in open_places if place < len(checked.context)}
        self.before = [shock for place, shock in enumerate(checked.context) if place not in open_in_context]
        self.supports = [shocks[place] for project in projects for place in project.places]
        self.beside = [
            shock
            for shock in checked.decisions
            if shock.measure in measures and not isinstance(shock, SupportShock | PurchaseShock)
        ]
        start = model.solve(self.before)
        self.imports = tuple(adapter.purchases_of(model, start, project.outside) for project in projects)
        self.sales = [
            np.array([adapter.purchases_of(model, start, site) for site in project.sites])
            for project in projects
        ]
        self._refuse_the_impossible()

    def _refuse_the_impossible(self) -> None:
        faults = [
            Fault(
                f"measure '{project.measure}', imports_replaced",
                f"{project.target:.6g} USD million a year is to be replaced, and {imports:.6g} is imported from outside",
                "less than is imported by these users",
                "lower it, name more buyers or users, or a sector that holds the product",
            )
            for project, imports in zip(self.projects, self.imports, strict=True)
            if project.target >= imports
        ]
        faults += [
            Fault(
                f"measure '{project.measure}', sites",
                f"{', '.join(site.exporters or ())} sells nothing of {', '.join(site.sectors or ())} to these buyers in the base data",
                "a site with sales to start from: a flow of zero cannot grow in this model",
                "name a sector or a World in which it has some",
            )
            for project, sales in zip(self.projects, self.sales, strict=True)
            for site, sold in zip(project.sites, sales, strict=True)
            if sold <= 0.0
        ]
        if faults:
            raise ProgrammeError(faults)

    def misses(self, logs: np.ndarray) -> np.ndarray:
        """Of each project: what is left to replace, and how far each further site is off its share; over what is to be replaced."""
        supports = [
            replace(shock, factor=float(factor))
            for shock, factor in zip(self.supports, np.exp(logs), strict=True)
            if isinstance(shock, SupportShock)
        ]
        state = self.model.solve([*self.before, *self.beside, *supports])
        found: list[float] = []
        for project, imports, sales in zip(self.projects, self.imports, self.sales, strict=True):
            fallen = imports - adapter.purchases_of(self.model, state, project.outside)
            found.append(fallen / project.target - 1.0)
            rise = [
                adapter.purchases_of(self.model, state, site) - sold
                for site, sold in zip(project.sites, sales, strict=True)
            ]
            found += [
                (share * sum(rise) - own) / project.target
                for share, own in zip(project.shares[1:], rise[1:], strict=True)
            ]
        return np.array(found)

    def solve(self) -> np.ndarray:
        """Return log supports, in the order of the projects' sites."""
        logs = np.concatenate(
            [np.full(len(project.sites), self._start(project)) for project in self.projects]
        )
        miss = self.misses(logs)
        jacobian = self._differences(logs, miss)
        for _ in range(MOST_STEPS):
            worst = float(np.max(np.abs(miss)))
            if worst <= TOLERANCE:
                return logs
            step = np.linalg.lstsq(jacobian, -miss, rcond=None)[0]
            step *= min(1.0, 1.0 / max(float(np.max(np.abs(step))), 1e-300))
            new = self.misses(logs + step)
            while np.max(np.abs(new)) > 2.0 * worst and np.max(np.abs(step)) > 1e-6:
                step *= 0.5
                new = self.misses(logs + step)
            jacobian += np.outer(new - miss - jacobian @ step, step) / (step @ step)
            logs, miss = logs + step, new
        named = ", ".join(sorted({project.measure for project in self.projects}))
        raise EngineError(
            f"no support was found with which {named} replace what they are to: after {MOST_STEPS} steps the largest miss is "
            f"{100 * np.max(np.abs(miss)):.2g}%. Lower imports_replaced, or split projects that compete for the same buyers."
        )

    def _differences(self, logs: np.ndarray, miss: np.ndarray) -> np.ndarray:
        step = 1e-4
        columns = [(self.misses(logs + step * unit) - miss) / step for unit in np.eye(logs.size)]
        return np.stack(columns, axis=1)

    def _start(self, project: Project) -> float:
        """Log support at fixed prices that replaces the target."""
        return log_support_at_fixed_prices(self.model, project.sites, project.outside, project.target)


def log_support_at_fixed_prices(
    model: adapter.Model, sites: Sequence[Flows], outside: Flows, target: float, *, of_imports: float = 1.0
) -> float:
    """Log support of `sites` at which purchases from `outside` fall by `target` while every price stays (see the module).

    Args:
        model: The calibrated World.
        sites: Flows from each supported site.
        outside: Flows from outside to the same buyers.
        target: USD million at base prices.
        of_imports: Share of those imports that is the product meant, its sources being those of the whole sector.
    """
    world, base = model.world, model.base
    chosen = model.groups.selected(outside.uses)
    foreign = flow_mask(outside, world.regions, world.sectors)
    supported = np.any([flow_mask(site, world.regions, world.sectors) for site in sites], axis=0)
    spending = base.expenditure[chosen] * of_imports
    share = np.asarray(base.expenditure_share)[chosen]
    landed = np.broadcast_to(base.wedges.landed_factor, base.expenditure_share.shape)[chosen]
    imports = spending * (share * foreign / landed).sum(axis=3)
    home = (share * supported).sum(axis=3)
    power = np.asarray(base.technology.trade)[None, :, None] + 1.0
    most = LARGEST_LOG / float(power[0, positions(world.sectors, outside.sectors, "sector")].max())

    def missing(log: float) -> float:
        left = imports / (1.0 + home * np.expm1(np.minimum(log * power, LARGEST_LOG)))
        return float((imports - left).sum()) - target

    if missing(most) <= 0.0:  # more than there is of the product, or than can be had at these prices
        return float("inf") if of_imports < 1.0 else 1.0
    return float(brentq(missing, 0.0, most))


def implied_gaps(model: adapter.Model, measure: ImportSubstitution, support: Support) -> tuple[float, float]:
    """Return the cost gaps that the trade elasticity implies: of the whole sector as solved, and of the product at fixed prices.

    A support f makes up for a cost that is f times the import's: the gap is f - 1. The sites' mean is taken at their shares. The product's
    gap uses its part of the sector's imports, with the sector's shares of sources.
    """
    weights = [share for share in measure.sites.values() if share > 0.0]
    logs = np.log(support.factors)
    sector = float(np.expm1(np.average(logs, weights=weights)))
    share = 1.0 if measure.product_share is None else measure.product_share.central
    log = log_support_at_fixed_prices(model, support.sites, support.outside, support.target, of_imports=share)
    return sector, float(np.expm1(log))
