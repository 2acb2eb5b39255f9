"""What an economy and a scenario make use of: what is absent everywhere is compiled away, its passes and its memory with it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from accord.engines.equilibrium.inputs import BaseEconomy, Floats, Scenario


@dataclass(frozen=True)
class Features:
    """Which parts of the system are there; static (`traced.py`), so each combination in use is a compiled programme of its own.

    Attributes:
        nested: Any elasticity of substitution among inputs, factors or products differs from one.
        preferences: Some users act on other prices than they pay, in the base or the scenario.
        export_rents: Some price before duty differs from the producer's, in the base or the scenario.
        subsidies: Some output is subsidised in the scenario.
        scale: Some sector has external economies of scale.
    """

    nested: bool = False
    preferences: bool = False
    export_rents: bool = False
    subsidies: bool = False
    scale: bool = False

    def __or__(self, other: Features) -> Features:
        """Return what either makes use of."""
        return Features(*(getattr(self, f.name) or getattr(other, f.name) for f in fields(self)))

    @property
    def with_all_wedges(self) -> Features:
        """The same with every wedge present: what derivatives by wedges need, absent ones too."""
        return replace(self, preferences=True, export_rents=True, subsidies=True)


NOTHING = Features()
"""Caliendo and Parro (2015): tariffs alone."""


def features_of(base: BaseEconomy, scenario: Scenario) -> Features:
    """Return what `base` and `scenario` make use of."""
    technology = base.technology
    elasticities = (
        technology.value_added_materials,
        technology.factors,
        technology.materials,
        technology.energy,
        technology.final,
        technology.final_energy,
    )
    wedges = (base.wedges, scenario.wedges)
    return Features(
        nested=_some(technology.fixed_input) or any(_some(np.asarray(one) - 1.0) for one in elasticities),
        preferences=any(_some(wedge.home_preference) for wedge in wedges),
        export_rents=any(_some(wedge.export_rent) for wedge in wedges),
        subsidies=_some(scenario.subsidy),
        scale=_some(technology.scale),
    )


def _some(values: Floats) -> bool:
    return bool(np.any(np.asarray(values)))
