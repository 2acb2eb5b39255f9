"""World and shocks to the arrays of the quick solver (`engines.equilibrium.quick`), for many draws of a few Worlds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from accord.adapters.equilibrium import Model, accounts_of, refuse_impossible_accounts
from accord.adapters.equilibrium_base import features_of_run, payers_of, use_groups
from accord.adapters.equilibrium_moved import flows_of
from accord.adapters.equilibrium_wedges import BaseWedges
from accord.adapters.index import flow_mask, positions
from accord.adapters.technology import at_horizon, factors_of, technology_of
from accord.engines.equilibrium import Options
from accord.engines.equilibrium.quick_cells import united
from accord.engines.equilibrium.quick_layout import Layout
from accord.engines.equilibrium.quick_supports import Market
from accord.engines.equilibrium.recalibrate import Recalibration
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

    def model(
        self, variant: int, trade_elasticity: np.ndarray, shocks: Sequence[Shock]
    ) -> tuple[Model, Layout]:
        """Return a World calibrated so that every shock can act, before its imbalances are taken away, and its base arranged.

        Args:
            variant: Position of the World.
            trade_elasticity: Those of the draw by sector (k,), in the place of the World's.
            shocks: Every shock of the draw.
        """
        world, choices = self._worlds[variant], self._choices
        groups = use_groups(world, shocks, choices)
        held = self._wedges[variant].under(shocks, groups)
        technology = self._technology._replace(trade=at_horizon(trade_elasticity, choices))
        shape = (len(groups), len(world.sectors), len(world.regions), len(world.regions))
        # With all flows that any shock of the draw falls on, so that its scenarios are arranged alike.
        cells, _, _ = united(
            held.chosen_otherwise.tobytes(), flows_of(world, groups, shocks, shape).tobytes(), shape
        )
        base, layout = self._known[variant].calibrated(
            held.wedges, technology, groups.weights, held.paid_otherwise, cells.flat
        )
        refuse_impossible_accounts(world, base)
        model = Model(
            world,
            base,
            groups,
            self._factors,
            choices,
            Options(),
            layout.weights.cells.of(held.public),
            None,
            payers=payers_of(shocks),
            features=features_of_run(shocks),
        )
        return model, layout


def market_of(
    model: Model,
    outside: Flows,
    sites: Sequence[Flows],
    target: float,
    shares: Sequence[float],
    bought: np.ndarray,
) -> Market:
    """Return one market of import-substituting projects.

    Args:
        model: The calibrated draw.
        outside: Flows that are to fall.
        sites: Flows of each site.
        target: What is to be replaced, USD million at base prices.
        shares: Share of each site in it.
        bought: Quantities of the product (r, i) without the projects.
    """
    product = product_of(model, outside)

    def rows(flows: Flows) -> np.ndarray:
        mask = flow_mask(flows, model.world.regions, model.world.sectors)[product]
        chosen = model.groups.selected(flows.uses)
        return (chosen[:, None, None] & mask[None]).reshape(bought.shape)

    from_outside, from_sites = rows(outside), np.stack([rows(site) for site in sites])
    return Market(
        product,
        from_outside,
        from_sites,
        target,
        np.array(shares),
        float(bought[from_outside].sum()),
        (bought * from_sites).sum(axis=(1, 2)),
    )


def product_of(model: Model, outside: Flows) -> int:
    """Position of the product whose imports are to be replaced."""
    return int(positions(model.world.sectors, outside.sectors, "sector")[0])
