"""The search for the supports of all projects: the conditions on them, where it begins, and its steps (METHODS section 9).

foretold   where the model has a guide, the quick solver finds supports and equilibrium together, and one equilibrium of the general
solver decides whether they hold
otherwise  at fixed prices, quantities from outside fall to 1 / (1 + pi_S (f^(theta+1) - 1)) of what they were, with pi_S the share
of the supported sites in spending: solve for f
then       quasi-Newton steps (Broyden 1965) on log f, from a Jacobian of differences; each equilibrium begins where the last ended
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from accord.adapters import equilibrium as adapter
from accord.adapters.equilibrium_quick import market_of, product_of
from accord.adapters.index import flow_mask, positions
from accord.errors import EngineError, Fault, ProgrammeError
from accord.shocks import Flows, SupportShock

if TYPE_CHECKING:
    from accord.engines.equilibrium import Equilibrium
    from accord.shocks import Shock
    from accord.study.check import Checked
    from accord.study.resolve import Replacement

TOLERANCE = 1e-9
"""Largest miss, as a share of what a project is to replace."""
MOST_STEPS = 40
LARGEST_LOG = 25.0
"""Largest log support tried in the closed form: beyond it nothing more can be replaced."""


class Nearby(NamedTuple):
    """A solution from which similar ones are found in few steps: draws of the same programme.

    Attributes:
        beyond: Log supports less those at fixed prices, in the order of the projects' sites.
        jacobian: Of the misses in log supports.
        power: theta + 1 of each support's product: what misses respond to is the log support times this.
    """

    beyond: np.ndarray
    jacobian: np.ndarray
    power: np.ndarray


class Search:
    """The equations for the supports of all projects, and their solution.

    Args:
        model: The calibrated World.
        checked: The programme's shocks.
        projects: Markets in which supports are open.
        beside: What else these projects do meanwhile.
        context: The equilibrium under the context alone, where it is known.
    """

    def __init__(
        self,
        model: adapter.Model,
        checked: Checked,
        projects: Sequence[Replacement],
        beside: Sequence[Shock],
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
        self.beside = beside
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

    def solve(
        self, near: Nearby | None = None, tolerance: float = TOLERANCE
    ) -> tuple[np.ndarray, Nearby | None]:
        """Return log supports, in the order of the projects' sites, and where the search ended; None where there was none."""
        foretold = self.foretold()
        if foretold is not None and np.max(np.abs(self.misses(foretold))) <= tolerance:
            return foretold, None
        starts = self.starts()

        def ended(logs: np.ndarray, jacobian: np.ndarray) -> tuple[np.ndarray, Nearby]:
            return logs, Nearby(logs - starts, jacobian, self.power)

        if near is None or near.beyond.size != starts.size:
            return ended(*self.solve_from(starts, None, tolerance))
        stronger = self.power / near.power
        try:
            return ended(
                *self.solve_from(starts + near.beyond / stronger, near.jacobian * stronger, tolerance)
            )
        except EngineError:  # not near enough
            return ended(*self.solve_from(starts, None, tolerance))

    @property
    def power(self) -> np.ndarray:
        """Power with which each support acts: theta + 1 of its product."""
        theta = np.asarray(self.model.base.technology.trade)
        products = [
            product_of(self.model, project.outside) for project in self.projects for _ in project.sites
        ]
        return theta[products] + 1.0

    def foretold(self) -> np.ndarray | None:
        """Log supports that the quick solver finds with the equilibrium; None where it does not fit or finds none."""
        foretelling = self.model.solver.foretelling
        if foretelling is None:
            return None
        theta, markets, logs = self.model.base.technology.trade, [], []
        for project in self.projects:
            product = product_of(self.model, project.outside)
            bought = self.start.quantities[:, product].reshape(-1, len(self.model.world.regions), 1)
            target, shares = np.array([project.target]), np.array(project.shares)[:, None]
            market = market_of(self.model, project.outside, project.sites, target, shares, bought)
            markets.append(market)
            logs.append(market.at_fixed_prices(theta[product])[:, 0])
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
    from scipy.optimize import brentq  # a fifth of a second to load

    return float(brentq(missing, 0.0, most))
