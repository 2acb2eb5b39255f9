"""World and shocks to the arrays of the quick solver (`engines.equilibrium.quick`), for many draws of a few Worlds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from accord.adapters.equilibrium import Model, accounts_of
from accord.adapters.equilibrium_base import features_of_run, payers_of, use_groups
from accord.adapters.equilibrium_moved import flows_of
from accord.adapters.equilibrium_wedges import BaseWedges
from accord.adapters.index import flow_mask, positions
from accord.adapters.technology import at_horizon, factors_of, technology_of
from accord.engines.equilibrium import HOUSEHOLD, Options
from accord.engines.equilibrium import quick_fixed as bases
from accord.engines.equilibrium.quick_cells import united
from accord.engines.equilibrium.quick_layout import Layout
from accord.engines.equilibrium.quick_supports import Market
from accord.engines.equilibrium.quick_weights import of_economies
from accord.engines.equilibrium.recalibrate import Recalibration
from accord.errors import EngineError
from accord.programme.model import ModelOptions
from accord.shocks import Flows, Shock
from accord.world import World


class Drafts:
    """Calibrated models of a few Worlds, quickly and often.

    Args:
        worlds: The Worlds; draws differ from them in trade elasticities alone.
        choices: Options of the long-run engine.
    """

    def __init__(self, worlds: Sequence[World], choices: ModelOptions) -> None:
        self._choices, self._factors = choices, factors_of(worlds[0], choices)
        self._worlds = tuple(worlds)
        self._wedges = [BaseWedges(world) for world in worlds]
        self._known = [
            Recalibration(accounts_of(world, wedges.tariffs_alone, choices, self._factors))
            for world, wedges in zip(worlds, self._wedges, strict=True)
        ]
        self._technology = technology_of(worlds[0], choices, self._factors, len(worlds[0].uses))

    def models(
        self, variant: int, trade_elasticity: np.ndarray, shocks: Sequence[Shock]
    ) -> tuple[Model, Layout]:
        """Return a World calibrated for several draws so that every shock can act, before imbalances are taken away, and arranged.

        The model's base is in columns; its use groups' weights are those of the draws, (u, d).

        Args:
            variant: Position of the World.
            trade_elasticity: Those of the draws by sector (k, d), in the place of the World's.
            shocks: Every shock of the draws, in columns (`shock_columns`).

        Raises:
            UnlikeError: The draws differ in more than numbers.
            EngineError: The accounts of some draw are impossible.
        """
        world, choices, held = self._worlds[variant], self._choices, self._wedges[variant]
        many = trade_elasticity.shape[1]
        groups = use_groups(world, shocks, choices)
        weight = groups.weight_matrix
        weight = weight if weight.ndim > 2 else np.repeat(weight[..., None], many, axis=2)
        technology = self._technology._replace(trade=at_horizon(trade_elasticity, choices))
        shape = (len(groups), len(world.sectors), len(world.regions), len(world.regions))
        places = held.places(shocks, groups)
        # With all flows that any shock of the draws falls on, so that their scenarios are arranged alike.
        flat = flows_of(world, groups, shocks, shape)
        for more in places:
            cells, _, _ = united(flat.tobytes(), more.tobytes(), shape)
            flat = cells.flat
        known = self._known[variant]
        cells = known.cells(weight, flat)
        wedges, public = held.on_cells(shocks, groups, cells, many)
        paying = np.searchsorted(cells.flat, places.paid)
        base, layout = known.calibrated(wedges, technology, weight, cells, paying)
        if np.any(base.value_added_share < 0.0) or np.any(base.final_spending[:, HOUSEHOLD] <= 0.0):
            raise EngineError("the accounts of a draw are impossible")  # the general solver says why
        model = Model(
            world,
            base,
            groups.weighted(list(weight)),
            self._factors,
            choices,
            Options(),
            public,
            None,
            payers=payers_of(shocks),
            features=features_of_run(shocks),
        )
        return model, layout


def some_of(model: Model, chosen: np.ndarray) -> Model:
    """Return the models of some of several draws."""

    def some(array: np.ndarray) -> np.ndarray:
        return of_economies(array, chosen)

    groups = model.groups.weighted(list(map(some, model.groups.weights)))
    base = bases.some_of(model.base, chosen)
    return replace(model, base=base, groups=groups, public_wedge=some(model.public_wedge))


def of_one(model: Model) -> Model:
    """Return the model of one draw that a column is; wedges of its base are lists over cells (c,)."""
    groups = model.groups.weighted([weight[:, 0] for weight in model.groups.weights])
    return replace(model, base=bases.of_one(model.base), groups=groups, public_wedge=model.public_wedge[:, 0])


def market_of(
    model: Model,
    outside: Flows,
    sites: Sequence[Flows],
    target: np.ndarray,
    shares: np.ndarray,
    bought: np.ndarray,
) -> Market:
    """Return one market of import-substituting projects, of several draws.

    Args:
        model: The calibrated draws.
        outside: Flows that are to fall.
        sites: Flows of each site.
        target: What is to be replaced (d,), USD million at base prices.
        shares: Share of each site in it (s, d).
        bought: Quantities of the product (r, i, d) without the projects.
    """
    product = product_of(model, outside)

    def rows(flows: Flows) -> np.ndarray:
        mask = flow_mask(flows, model.world.regions, model.world.sectors)[product]
        chosen = model.groups.selected(flows.uses)
        return (chosen[:, None, None] & mask[None]).reshape(bought.shape[:2])

    from_outside, from_sites = rows(outside), np.stack([rows(site) for site in sites])
    imports = bought[from_outside].sum(axis=0)
    sales = np.stack([bought[site].sum(axis=0) for site in from_sites])
    return Market(product, from_outside, from_sites, target, shares, imports, sales)


def product_of(model: Model, outside: Flows) -> int:
    """Position of the product whose imports are to be replaced."""
    return int(positions(model.world.sectors, outside.sectors, "sector")[0])
