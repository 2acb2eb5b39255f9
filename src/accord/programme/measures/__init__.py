"""Kinds of measure, one file each. A new kind is one new file, one import and one name in `AnyMeasure`."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import Field

from accord.programme.measures.barrier_removal import BarrierRemoval
from accord.programme.measures.base import Measure
from accord.programme.measures.common_standards import CommonStandards
from accord.programme.measures.construction_abroad import ConstructionAbroad
from accord.programme.measures.energy_supply import EnergySupply
from accord.programme.measures.factor_supply import FactorSupply
from accord.programme.measures.import_substitution import ImportSubstitution
from accord.programme.measures.nuclear_plant import NuclearPlant
from accord.programme.measures.procurement_access import ProcurementAccess
from accord.programme.measures.productivity import Productivity
from accord.programme.measures.regional_project import RegionalProject
from accord.programme.measures.sanction import Sanction
from accord.programme.measures.shock_table import ShockTable
from accord.programme.measures.subsidy import Subsidy
from accord.programme.measures.supply_cut import SupplyCut
from accord.programme.measures.tariff import Tariff
from accord.programme.measures.trade_cost import TradeCost
from accord.programme.measures.training import Training
from accord.programme.measures.transfer import Transfer

AnyMeasure = Annotated[
    BarrierRemoval
    | CommonStandards
    | ConstructionAbroad
    | EnergySupply
    | FactorSupply
    | ImportSubstitution
    | NuclearPlant
    | ProcurementAccess
    | Productivity
    | RegionalProject
    | Sanction
    | ShockTable
    | Subsidy
    | SupplyCut
    | Tariff
    | TradeCost
    | Training
    | Transfer,
    Field(discriminator="kind"),
]

KINDS: dict[str, type[Measure]] = {
    measure.model_fields["kind"].default: measure for measure in get_args(get_args(AnyMeasure)[0])
}
"""Class of each kind by its name in files, in alphabetical order."""

__all__ = [
    "KINDS",
    "AnyMeasure",
    "BarrierRemoval",
    "CommonStandards",
    "ConstructionAbroad",
    "EnergySupply",
    "FactorSupply",
    "ImportSubstitution",
    "Measure",
    "NuclearPlant",
    "ProcurementAccess",
    "Productivity",
    "RegionalProject",
    "Sanction",
    "ShockTable",
    "Subsidy",
    "SupplyCut",
    "Tariff",
    "TradeCost",
    "Training",
    "Transfer",
]
