"""Options of a model, in labels, to the technology and factors of the equilibrium engine, in arrays."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from accord.adapters.index import positions
from accord.engines.equilibrium import Technology
from accord.errors import Fault, ProgrammeError, nearest
from accord.programme.model import Mobility, ModelOptions
from accord.world import World

LABOUR, CAPITAL, RESOURCE, EVERYTHING = "labour", "capital", "resource", "all"

SHORT_RUN = 0.76 / 2.0
"""Short-run over long-run trade elasticity. Boehm, Levchenko and Pandalai-Nayar (2023), "The Long and Short (Run) of Trade Elasticities",
American Economic Review 113(4), abstract: 0.76 in the short run, about 2 (1.75 to 2.25: ratios 0.34 to 0.43) in the long run."""


class Factors(NamedTuple):
    """Factors of a model.

    Attributes:
        names: Names of factors (v).
        split: Share of each in value added (n, v, j); adds up to one over factors.
        specificity: 1 / (1 + elasticity of transformation) of each (v,): 0 mobile, 1 specific.
        rigid: Whether its real price is fixed (v,).
    """

    names: tuple[str, ...]
    split: np.ndarray
    specificity: np.ndarray
    rigid: np.ndarray


def factors_of(world: World, options: ModelOptions) -> Factors:
    """Return the factors of `world` under `options`; every fault of the options at once."""
    _refuse_faults(_factor_faults(world, options))
    split = _recorded_split(world, options)
    if options.resource_share:
        chosen = positions(world.sectors, tuple(options.resource_sectors or ()), "sector")
        rent = np.zeros(next(iter(split.values())).shape)
        rent[:, chosen] = options.resource_share
        split = {name: share * (1.0 - rent) for name, share in split.items()} | {RESOURCE: rent}
    mobility = {LABOUR: options.labour, CAPITAL: options.capital, RESOURCE: "specific"}
    return Factors(
        names=tuple(split),
        split=np.stack(list(split.values()), axis=1),
        specificity=np.array([_specificity(mobility.get(name) or options.factors) for name in split]),
        rigid=np.array([options.rigid_wages and name == LABOUR for name in split]),
    )


def technology_of(world: World, options: ModelOptions, factors: Factors, uses: int) -> Technology:
    """Return the elasticities of `world` under `options`."""
    sectors = len(world.sectors)
    kinds = world.data["sector_kind"].to_numpy()
    pairs = [pair.split(">") for pair in options.fixed_inputs or ()]
    _refuse_faults([*_fixed_input_faults(world, options), *_sector_faults(world, options)])
    fixed = np.zeros((sectors, sectors), dtype=bool)
    for supplying, using in pairs:
        fixed[world.sectors.index(supplying.strip()), world.sectors.index(using.strip())] = True
    theta = np.asarray(world.trade_elasticity(options.elasticities), dtype=np.float64)
    trade = at_horizon(theta, options)
    among_factors = np.full(sectors, options.labour_capital)
    for code, elasticity in options.labour_capital_by_sector.items():
        among_factors[world.sectors.index(code)] = elasticity
    return Technology(
        trade=trade,
        value_added_materials=np.full(sectors, options.value_added_materials),
        factors=among_factors,
        materials=np.full(sectors, options.materials),
        energy=np.full(sectors, options.energy),
        final=np.full(uses, options.final),
        final_energy=np.full(uses, options.final_energy),
        # Without an elasticity of its own, energy is one product among the others.
        energy_product=(kinds == "energy") & _has_energy_nest(options),
        fixed_input=fixed,
        scale=np.where(kinds == "services", 0.0, options.scale + options.scale_theta / trade),
        specificity=factors.specificity,
    )


def at_horizon(theta: np.ndarray, options: ModelOptions) -> np.ndarray:
    """Return trade elasticities (k,) of a World as the options use them."""
    return theta * options.trade_elasticity_scale * (SHORT_RUN if options.horizon == "short" else 1.0)


def _has_energy_nest(options: ModelOptions) -> bool:
    return options.energy != options.materials or options.final_energy != options.final


def _specificity(mobility: Mobility) -> float:
    if mobility == "mobile":
        return 0.0
    if mobility == "specific":
        return 1.0
    return 1.0 / (1.0 + float(mobility))


def _recorded_split(world: World, options: ModelOptions) -> dict[str, np.ndarray]:
    """Share of each factor in value added (n, j): as recorded, or by the stated labour share."""
    recorded = [str(name) for name in world.data.indexes["factor"]]
    if len(recorded) > 1:
        value = world.data["value_added"].to_numpy()
        total = value.sum(axis=2)
        return {
            name: np.divide(
                value[:, :, v], total, out=np.full(total.shape, 1.0 / len(recorded)), where=total > 0.0
            )
            for v, name in enumerate(recorded)
        }
    whole = np.ones((len(world.regions), len(world.sectors)))
    if options.labour_share is None:
        return {EVERYTHING: whole}
    return {LABOUR: options.labour_share * whole, CAPITAL: (1.0 - options.labour_share) * whole}


def _factor_faults(world: World, options: ModelOptions) -> list[Fault]:
    recorded = [str(name) for name in world.data.indexes["factor"]]
    split = len(recorded) > 1 or options.labour_share is not None
    faults = []
    if len(recorded) > 1 and options.labour_share is not None:
        faults.append(
            Fault(
                "[model], labour_share",
                f"World '{world.name}' records {', '.join(recorded)}",
                "no labour_share",
                "Delete it.",
            )
        )
    faults += [
        Fault(
            f"[model], {name}",
            f"{name} = {getattr(options, name)!r}, but World '{world.name}' does not tell labour from capital",
            "a labour_share beside it",
            "For example: labour_share = 0.6",
        )
        for name in ("labour", "capital", "rigid_wages")
        if getattr(options, name) and not split
    ]
    if options.resource_share and not options.resource_sectors:
        faults.append(
            Fault(
                "[model], resource_share",
                "no sector is named",
                "resource_sectors",
                'For example: resource_sectors = ["B06"]',
            )
        )
    faults += [
        _unknown("resource_sectors", code, world)
        for code in options.resource_sectors or ()
        if code not in world.sectors
    ]
    return faults


def _fixed_input_faults(world: World, options: ModelOptions) -> list[Fault]:
    faults = []
    for pair in options.fixed_inputs or ():
        codes = [code.strip() for code in pair.split(">")]
        if len(codes) != 2:
            faults.append(
                Fault(
                    "[model], fixed_inputs",
                    f"'{pair}' is no pair",
                    "supplying>using",
                    'For example: fixed_inputs = ["B06>C19"]',
                )
            )
        faults += [_unknown("fixed_inputs", code, world) for code in codes if code not in world.sectors]
    return faults


def _sector_faults(world: World, options: ModelOptions) -> list[Fault]:
    faults = [
        _unknown("labour_capital_by_sector", code, world)
        for code in options.labour_capital_by_sector
        if code not in world.sectors
    ]
    if options.scale and options.scale_theta:
        faults.append(
            Fault(
                "[model], scale_theta",
                "`scale` and `scale_theta` are given",
                "one of them: psi itself, or psi times the trade elasticity of each sector",
                "Delete the other.",
            )
        )
    return faults


def _unknown(key: str, code: str, world: World) -> Fault:
    return Fault(
        f"[model], {key}",
        f"unknown sector '{code}'",
        f"a sector of World '{world.name}'",
        f"{nearest(code, world.sectors)} List all names with: accord world show {world.name} --sectors".strip(),
    )


def _refuse_faults(faults: list[Fault]) -> None:
    if faults:
        raise ProgrammeError(faults)
