"""What the equilibrium engine cannot solve, said with labels before it is tried: impossible accounts, users without a supplier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from accord.engines.equilibrium import HOUSEHOLD, BaseEconomy, Scenario
from accord.errors import EngineError, Fault, WorldError
from accord.world import World

if TYPE_CHECKING:
    from accord.adapters.equilibrium import Model


NEVER_REVIVES = 1e-12
"""A user whose remaining suppliers had less than this share of its spending has lost its last supplier."""


def refuse_impossible_accounts(world: World, base: BaseEconomy) -> None:
    """Value added must be positive once duties and rents are taken out (METHODS section 5)."""
    faults = [
        Fault(
            where=f"World '{world.name}', {world.regions[region]} {world.sectors[sector]}",
            found=f"value added is {100 * base.value_added_share[region, sector]:.2f}% of cost once duties and rents are taken out",
            expected="a positive share",
            remedy="lower the stated barrier or rent on its inputs or exports, or mend the table: accord world check",
        )
        for region, sector in np.argwhere(base.value_added_share < 0.0)
    ]
    faults += [
        Fault(
            where=f"World '{world.name}', {world.regions[region]}",
            found="household spending is not positive",
            expected="a household that consumes",
            remedy="check final demand: accord world check",
        )
        for region in np.flatnonzero(base.final_spending[:, HOUSEHOLD] <= 0.0)
    ]
    if faults:
        raise WorldError(faults)


def refuse_cut_off_users(model: Model, scenario: Scenario) -> None:
    """An embargo that takes a user's last supplier is an error that names user and product (METHODS section 12)."""
    if np.all(scenario.availability == 1.0):
        return
    left = np.einsum(
        "gkni,gkni->gkn",
        model.base.expenditure_share,
        np.broadcast_to(scenario.availability, model.base.expenditure_share.shape),
    )
    cut = np.argwhere((left < NEVER_REVIVES) & (model.base.expenditure > 0.0))
    faults = [
        Fault(
            where=f"{model.world.region_names[model.world.regions[region]]} ({model.world.regions[region]})",
            found=f"the embargo cuts it off its last supplier of {model.world.sectors[sector]} "
            f"({model.world.sector_names[model.world.sectors[sector]]})",
            expected="at least one supplier left for every product that is bought",
            remedy="lower the intensity below 1, leave that product out, or use a World with finer regions",
        )
        for _, sector, region in cut
    ]
    if faults:
        raise EngineError(faults)
