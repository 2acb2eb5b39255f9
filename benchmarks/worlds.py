"""The Worlds and shocks that the cases share: real data where they are at hand, made-up data of the same size elsewhere, and said so."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from accord.adapters import equilibrium as adapter
from accord.engines.equilibrium import (
    Accounts,
    BaseEconomy,
    Scenario,
    Wedges,
    calibrate,
    cobb_douglas,
    no_change,
)
from accord.errors import AccordError
from accord.programme.model import ModelOptions
from accord.shocks import Flows, TariffShock
from accord.world import World, read_world
from benchmarks.large import large

ROOT = Path(__file__).resolve().parents[1]
NOT_FETCHED = "The real table was skipped (not fetched: accord data fetch icio-2022); made-up data of its size stand in."
NO_REFERENCE_DATA = (
    "The NAFTA data were skipped (no ../shared/data/cp2015/nafta.npz and no $ACCORD_SHARED); "
    "made-up data of their size stand in."
)


@dataclass(frozen=True)
class Economy:
    """A calibrated, balanced base economy with the codes of its regions, and what to say about it."""

    base: BaseEconomy
    regions: tuple[str, ...]
    note: str = ""

    def position(self, code: str, instead: int) -> int:
        """Position of a region; of any region in made-up data."""
        return self.regions.index(code) if code in self.regions else instead


def real_2022() -> Economy:
    """OECD ICIO 2022, 80 economies x 50 sectors, balanced; made-up data of its size when it has not been fetched."""
    try:
        world = read_world("icio-2022")
    except AccordError:
        return synthetic(80, 50, note=NOT_FETCHED)
    return Economy(adapter.build_model(world, []).base, world.regions, _data(world))


def four_groups() -> Economy:
    """The same table with four use groups: intermediate, household, government, investment; made-up data if it is not fetched."""
    try:
        world = read_world("icio-2022")
    except AccordError:
        base = large(80, 50, "uses")
        return Economy(base, tuple(f"region {number}" for number in range(80)), NOT_FETCHED)
    model = adapter.build_model(world, [], ModelOptions(use_groups="uses"))
    return Economy(model.base, world.regions, _data(world))


def _data(world: World) -> str:
    return f"Data: World '{world.name}', content {world.content_hash[:12]}."


def nafta() -> tuple[Economy, Scenario]:
    """Caliendo and Parro's data and the NAFTA tariffs of 2005."""
    folder = Path(os.environ.get("ACCORD_SHARED") or ROOT.parent / "shared" / "data")
    file = folder / "cp2015" / "nafta.npz"
    if file.is_file():
        from accord.world.sources.cp2015 import read_cp2015

        world = read_cp2015(file)
        shock = TariffShock(measure="nafta", flows=Flows(), schedule="nafta-2005")
        model = adapter.build_model(world, [shock])
        return Economy(model.base, world.regions, _data(world)), adapter.scenario_of(model, [shock])
    economy = synthetic(31, 40, tariffs=True, note=NO_REFERENCE_DATA)
    tariff = np.array(economy.base.wedges.tariff)
    tariff[:, :, :3, :3] = 0.0
    return economy, no_change(economy.base)._replace(wedges=economy.base.wedges._replace(tariff=tariff))


def bilateral_cut(economy: Economy, factor: float = 0.9) -> Scenario:
    """A 10% cut of the trade cost between Belarus and Russia, both ways, all products."""
    one, other = economy.position("BLR", 0), economy.position("RUS", 1)
    cost = np.ones((1, *economy.base.expenditure_share.shape[1:]))
    cost[:, :, one, other] = cost[:, :, other, one] = factor
    return no_change(economy.base)._replace(trade_cost_hat=cost)


def world_rise(economy: Economy, factor: float = 1.3) -> Scenario:
    """A 30% rise of every international trade cost."""
    _, _, regions, _ = economy.base.expenditure_share.shape
    cost = np.ones((1, *economy.base.expenditure_share.shape[1:]))
    cost[..., ~np.eye(regions, dtype=bool)] = factor
    return no_change(economy.base)._replace(trade_cost_hat=cost)


def embargo(economy: Economy, one: str, other: str) -> Scenario:
    """No trade at all between two economies."""
    first, second = economy.position(one, 0), economy.position(other, 1)
    availability = np.ones((1, *economy.base.expenditure_share.shape[1:]))
    availability[:, :, first, second] = availability[:, :, second, first] = 0.0
    return no_change(economy.base)._replace(availability=availability)


def synthetic(regions: int, sectors: int, *, seed: int = 1, tariffs: bool = False, note: str = "") -> Economy:
    """Made-up accounts with unequal regions and home bias; household, government and investment."""
    draw = np.random.default_rng(seed)
    size = np.sqrt(draw.lognormal(0.0, 1.5, regions))
    home = 1.0 + 4.0 * regions * np.eye(regions)
    pattern = size[:, None] * size[None, :] * home  # (exporter, importer)
    product = draw.gamma(1.0, 1.0, (regions, sectors, regions))  # who sells what to whom
    technology = draw.gamma(1.0, 1.0, (sectors, regions, sectors))
    intermediate = (pattern[:, None, :] * product)[..., None] * technology[None]
    final = (pattern[:, None, :] * product)[..., None] * draw.gamma(1.0, 1.0, (sectors, regions, 3))[None]
    output = intermediate.sum(axis=(2, 3)) + final.sum(axis=(2, 3))
    for _ in range(30):  # inputs with duties stay near half of output
        intermediate *= np.minimum(1.0, 0.5 * output / intermediate.sum(axis=(0, 1)))
        output = intermediate.sum(axis=(2, 3)) + final.sum(axis=(2, 3))
    tariff = np.zeros((1, sectors, regions, regions))
    if tariffs:
        tariff += draw.uniform(0.0, 0.2, tariff.shape) * ~np.eye(regions, dtype=bool)
    accounts = accounts_of(intermediate, final, tariff, draw.uniform(2.0, 10.0, sectors))
    base = calibrate(accounts, [np.ones(sectors + 3)])
    return Economy(base, tuple(f"region {number}" for number in range(regions)), note)


def accounts_of(
    intermediate: np.ndarray, final: np.ndarray, tariff: np.ndarray, theta: np.ndarray
) -> Accounts:
    """Accounts with tariffs and no other wedge, Cobb-Douglas costs and one mobile factor."""
    regions, sectors = intermediate.shape[:2]
    none = np.zeros_like(tariff)
    return Accounts(
        intermediate=intermediate,
        final=final,
        wedges=Wedges(*(tariff if name == "tariff" else none for name in Wedges._fields)),
        output_tax=np.zeros((regions, sectors)),
        technology=cobb_douglas(sectors, final.shape[3], theta),
        factor_split=np.ones((regions, 1, sectors)),
    )
