"""How much support it takes to replace imports: what is left open in a programme's shocks is solved for (METHODS section 9).

A project is to lower its buyers' purchases from outside by m. Users act as if the sites' products were cheaper by 1/f, and f is solved
for all projects together, in equilibrium, with everything that the projects do except their purchases of plant, whose imports are no
part of what they replace. Where a project has several sites, their sales rise in proportion to their stated shares. Projects in one
market (the same product, users and buyers) replace their sum together, and share the support of a site in proportion to what each
replaces there.

    foretold   where the model has a guide, the quick solver finds supports and equilibrium together, and one equilibrium of the general
               solver decides whether they hold
    otherwise  at fixed prices, quantities from outside fall to 1 / (1 + pi_S (f^(theta+1) - 1)) of what they were, with pi_S the share
               of the supported sites in spending: solve for f
    then       quasi-Newton steps (Broyden 1965) on log f, from a Jacobian of differences; each equilibrium begins where the last ended
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import brentq

from accord.adapters import equilibrium as adapter
from accord.adapters.equilibrium_quick import market_of, product_of
from accord.adapters.index import flow_mask, positions
from accord.errors import EngineError, Fault, ProgrammeError
from accord.programme.measures import ImportSubstitution, Measure
from accord.shocks import Flows, PurchaseShock, Shock, SupportShock
from accord.study.check import Checked

if TYPE_CHECKING:
    from accord.engines.equilibrium import Equilibrium

TOLERANCE = 1e-9
"""Largest miss, as a share of what a project is to replace."""
DISAGREES = 2.0
"""A gap implied by the elasticity that is more than this many times the stated one, or less than one part in it, is worth a warning."""
MOST_STEPS = 40
LARGEST_LOG = 25.0
"""Largest log support tried in the closed form: beyond it nothing more can be replaced."""


@dataclass(frozen=True)
class Replacement:
    """What all projects together replace in one market: purchases of one product by some users in some regions.

    Attributes:
        measures: Ids of the measures with a project there.
        places: For each site, positions of its supports among all shocks.
        amounts: For each site, what each of those supports is to replace, USD million at base prices: what the base does not hold yet.
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
        return float(sum(map(sum, self.amounts)))

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


class Nearby(NamedTuple):
    """A solution from which similar ones are found in few steps: draws of the same programme.

    Attributes:
        beyond: Log supports less those at fixed prices, in the order of the projects' sites.
        jacobian: Of the misses in log supports.
    """

    beyond: np.ndarray
    jacobian: np.ndarray


def nearby(model: adapter.Model, checked: Checked) -> Nearby | None:
    """Return what `resolve_supports` of `checked` ends with, for programmes like it; None when no support is solved for."""
    projects = markets_of((*checked.context, *checked.decisions))
    if not projects:
        return None
    search = _Search(model, checked, projects)
    logs, jacobian = search.solve_from(search.starts(), None, TOLERANCE)
    return Nearby(logs - search.starts(), jacobian)


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
    return solved_supports(model, checked, near, tolerance)[0]


def solved_supports(
    model: adapter.Model,
    checked: Checked,
    near: Nearby | None = None,
    tolerance: float = TOLERANCE,
    *,
    context: Equilibrium | None = None,
) -> tuple[Checked, tuple[Support, ...]]:
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
        return checked, ()
    search = _Search(model, checked, projects, context)
    logs = search.solve(near, tolerance)
    found: dict[str, Support] = {}
    each = iter(logs)
    for project, imports in zip(projects, search.imports, strict=True):
        site_logs = [float(next(each)) for _ in project.sites]
        for measure in project.measures:
            found[measure] = _support_of(measure, project, everything, site_logs, imports)
    return with_supports(checked, projects, logs), tuple(found.values())


def with_supports(checked: Checked, markets: Sequence[Replacement], logs: Iterable[float]) -> Checked:
    """Return `checked` with the log support of each site of each market, in their order."""
    new = [*checked.context, *checked.decisions]
    each = iter(logs)
    for market in markets:
        for places, amounts in zip(market.places, market.amounts, strict=True):
            log = float(next(each))
            for place, amount in zip(places, amounts, strict=True):
                # Measures that support the same site share its support in proportion to what they replace there.
                shock = new[place]
                assert isinstance(shock, SupportShock)
                new[place] = replace(shock, factor=float(np.exp(log * amount / sum(amounts) / shock.weight)))
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
        return replace(shock, factor=None) if isinstance(shock, SupportShock) else shock

    return replace(
        checked, context=tuple(map(opened, checked.context)), decisions=tuple(map(opened, checked.decisions))
    )


def markets_of(shocks: Sequence[Shock]) -> tuple[Replacement, ...]:
    """Return the markets in which supports are left open: one for each product, set of users and set of buying regions."""
    places: dict[tuple[Flows, object], dict[tuple[str, ...], list[int]]] = {}
    for place, shock in enumerate(shocks):
        if isinstance(shock, SupportShock) and shock.factor is None and shock.weight * shock.amount > 0.0:
            market = places.setdefault((replace(shock.flows, exporters=None), shock.outside), {})
            market.setdefault(shock.flows.exporters or (), []).append(place)
    found = tuple(
        _replacement(shocks, flows, outside, sites)  # pyright: ignore[reportArgumentType]
        for (flows, outside), sites in places.items()
    )
    _refuse_overlaps(found)
    return found


def _replacement(
    shocks: Sequence[Shock],
    flows: Flows,
    outside: tuple[str, ...] | None,
    sites: dict[tuple[str, ...], list[int]],
) -> Replacement:
    def amount(place: int) -> float:
        shock = shocks[place]
        return shock.weight * shock.amount if isinstance(shock, SupportShock) else 0.0

    return Replacement(
        measures=tuple(dict.fromkeys(shocks[place].measure for found in sites.values() for place in found)),
        places=tuple(tuple(found) for found in sites.values()),
        amounts=tuple(tuple(map(amount, found)) for found in sites.values()),
        sites=tuple(replace(flows, exporters=site) for site in sites),
        outside=replace(flows, exporters=outside, home=False),
    )


def _refuse_overlaps(found: Sequence[Replacement]) -> None:
    """Two projects that share part of their buyers only: which replaced what could not be told."""

    def common(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> bool:
        return one is None or other is None or bool(set(one) & set(other))

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


class _Search:
    """The equations for the supports of all projects, and their solution."""

    def __init__(
        self,
        model: adapter.Model,
        checked: Checked,
        projects: Sequence[Replacement],
        context: Equilibrium | None = None,
    ) -> None:
        self.model, self.projects = model, projects
        self._point: np.ndarray | None = None
        open_places = {place for project in projects for found in project.places for place in found}
        open_in_context = {place for place in open_places if place < len(checked.context)}
        self.before = [shock for place, shock in enumerate(checked.context) if place not in open_in_context]
        # One support for each site of each market while the search goes on; measures divide it afterwards.
        self.supports = [
            SupportShock(
                measure=project.measures[0],
                flows=site,
                outside=project.outside.exporters,
                amount=project.target,
            )
            for project in projects
            for site in project.sites
        ]
        self.beside = beside_supports(checked, projects)
        self.start = start = context or model.solve(self.before)
        self.imports = tuple(adapter.purchases_of(model, start, project.outside) for project in projects)
        self.sales = [
            np.array([adapter.purchases_of(model, start, site) for site in project.sites])
            for project in projects
        ]
        self._refuse_the_impossible()

    def _refuse_the_impossible(self) -> None:
        faults = [
            Fault(
                f"measure '{', '.join(project.measures)}', imports_replaced",
                f"{project.target:.6g} USD million a year is to be replaced, and {imports:.6g} is imported from outside",
                "less than is imported by these users",
                "lower it, name more buyers or users, or a sector that holds the product",
            )
            for project, imports in zip(self.projects, self.imports, strict=True)
            if project.target >= imports
        ]
        faults += [
            Fault(
                f"measure '{', '.join(project.measures)}', sites",
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
        ]
        state = self.model.solve([*self.before, *self.beside, *supports], self._point)
        if self.model.guide is None:
            self._point = state.point
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

    def solve(self, near: Nearby | None = None, tolerance: float = TOLERANCE) -> np.ndarray:
        """Return log supports, in the order of the projects' sites."""
        foretold = self.foretold()
        if foretold is not None and np.max(np.abs(self.misses(foretold))) <= tolerance:
            return foretold
        starts = self.starts()
        if near is None or near.beyond.size != starts.size:
            return self.solve_from(starts, None, tolerance)[0]
        try:
            return self.solve_from(starts + near.beyond, near.jacobian, tolerance)[0]
        except EngineError:  # not near enough
            return self.solve_from(starts, None, tolerance)[0]

    def foretold(self) -> np.ndarray | None:
        """Log supports that the quick solver finds with the equilibrium; None where it does not fit or finds none."""
        foretelling = self.model.solver.foretelling
        if foretelling is None:
            return None
        theta, markets, logs = self.model.base.technology.trade, [], []
        for project in self.projects:
            product = product_of(self.model, project.outside)
            bought = self.start.quantities[:, product].reshape(-1, len(self.model.world.regions))
            market = market_of(
                self.model, project.outside, project.sites, project.target, project.shares, bought
            )
            markets.append(market)
            logs.append(market.at_fixed_prices(theta[product]))
        scenario = adapter.scenario_of(self.model, [*self.before, *self.beside])
        found = foretelling.solution(scenario, markets, np.concatenate(logs))
        return None if found is None else found[1].state.support

    def starts(self) -> np.ndarray:
        """Return log supports at fixed prices."""
        return np.concatenate(
            [np.full(len(project.sites), self._start(project)) for project in self.projects]
        )

    def solve_from(
        self, logs: np.ndarray, jacobian: np.ndarray | None, tolerance: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return log supports found from `logs`, and the last Jacobian; by differences where none is given."""
        miss = self.misses(logs)
        if jacobian is None:
            jacobian = self._differences(logs, miss)
        for _ in range(MOST_STEPS):
            worst = float(np.max(np.abs(miss)))
            if worst <= tolerance:
                return logs, jacobian
            step = np.linalg.lstsq(jacobian, -miss, rcond=None)[0]
            step *= min(1.0, 1.0 / max(float(np.max(np.abs(step))), 1e-300))
            new = self.misses(logs + step)
            while np.max(np.abs(new)) > 2.0 * worst and np.max(np.abs(step)) > 1e-6:
                step *= 0.5
                new = self.misses(logs + step)
            jacobian = jacobian + np.outer(new - miss - jacobian @ step, step) / (step @ step)
            logs, miss = logs + step, new
        named = ", ".join(sorted({measure for project in self.projects for measure in project.measures}))
        raise EngineError(
            f"no support was found with which {named} replace what they are to: after {MOST_STEPS} steps the largest miss is "
            f"{100 * np.max(np.abs(miss)):.2g}%. Lower imports_replaced, or split projects that compete for the same buyers."
        )

    def _differences(self, logs: np.ndarray, miss: np.ndarray) -> np.ndarray:
        step = 1e-4
        columns = [(self.misses(logs + step * unit) - miss) / step for unit in np.eye(logs.size)]
        return np.stack(columns, axis=1)

    def _start(self, project: Replacement) -> float:
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
    sector = float(np.expm1(np.average(np.log(support.factors), weights=support.shares)))
    share = 1.0 if measure.product_share is None else measure.product_share.central
    log = log_support_at_fixed_prices(model, support.sites, support.outside, support.target, of_imports=share)
    return sector, float(np.expm1(log))


def beyond_the_product(measures: Iterable[Measure], supports: Iterable[Support]) -> Iterator[Fault]:
    """Yield a fault for each project that is to replace more than is imported of its product (`product_share` of the sector's imports)."""
    found = {support.measure: support for support in supports}
    for measure in measures:
        if (
            not isinstance(measure, ImportSubstitution)
            or measure.product_share is None
            or measure.id not in found
        ):
            continue
        support, share = found[measure.id], measure.product_share.central
        if support.target >= share * support.imports:
            yield Fault(
                f"measure '{measure.id}', imports_replaced",
                f"{support.target:g} USD million a year is to be replaced, and {share * support.imports:g} of the product is imported from "
                f"outside ({100.0 * share:g}% of {support.imports:g})",
                "less than is imported of the product by these users",
                "lower it, or raise product_share; name more buyers or users",
            )


def agrees(stated: float, implied: float) -> bool:
    """Whether a stated gap and the one that the trade elasticity implies are of the same size."""
    return stated / DISAGREES <= implied <= stated * DISAGREES


def disagreements(
    model: adapter.Model, measures: Iterable[Measure], supports: Iterable[Support]
) -> Iterator[str]:
    """Yield a warning for each project whose stated cost gap and trade elasticity disagree (METHODS section 9)."""
    found = {support.measure: support for support in supports}
    for measure in measures:
        if isinstance(measure, ImportSubstitution) and measure.id in found:
            stated, (_, implied) = measure.cost_gap.central, implied_gaps(model, measure, found[measure.id])
            if not agrees(stated, implied):
                size = "no finite one" if np.isinf(implied) else f"one of {100 * implied:.0f}%"
                yield (
                    f"measure '{measure.id}': the stated cost gap is {100 * stated:.0f}%, and the trade elasticity implies {size} for "
                    "replacing that much of the product; what is paid follows the stated one, what users do the elasticity"
                )
