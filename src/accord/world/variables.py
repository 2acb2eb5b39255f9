"""Every variable of a World, declared once: reader, checks, docs and tests all use this table (STYLE section 5)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variable:
    """Declaration of one World variable.

    Attributes:
        name: Name in the xarray Dataset.
        dims: Dimensions in order.
        unit: Unit of `accord.units`.
        meaning: What a cell holds.
        dtype: Stored type; sums derived from it are taken in float64.
        required: Whether every World has it.
        may_be_negative: Whether a negative value is legal (a listed fault otherwise).
        blank: What a blank (NaN) means: "error", or the sentence that says what it stands for.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    meaning: str
    dtype: str = "float64"
    required: bool = True
    may_be_negative: bool = False
    blank: str = "error"


COORDINATES = {
    "region_name": ("region", "name of each region for readers"),
    "region_members": (
        "region",
        "codes of the economies that an aggregate region is made of, separated by spaces",
    ),
    "sector_name": ("sector", "name of each sector for readers"),
    "sector_kind": ("sector", "'goods', 'energy' (goods too) or 'services'"),
}
"""Label coordinates that every World carries: name -> (dimension, meaning)."""

REGION_AXES = ("exporter", "importer", "region")
SECTOR_AXES = ("supplying_sector", "using_sector", "sector")
USES = ("household", "government", "investment", "final")

VARIABLES: dict[str, Variable] = {
    variable.name: variable
    for variable in (
        Variable(
            "intermediate",
            ("exporter", "supplying_sector", "importer", "using_sector"),
            "USD million",
            "purchases of inputs, valued before duty (Z)",
            dtype="float32",
        ),
        Variable(
            "final_demand",
            ("exporter", "supplying_sector", "importer", "use"),
            "USD million",
            "final purchases by use, valued before duty (Y)",
            dtype="float32",
        ),
        Variable(
            "value_added",
            ("region", "sector", "factor"),
            "USD million",
            "income of factors, net of duties paid on inputs; by factor where the source splits it, else 'all'",
        ),
        Variable(
            "tariff_rate",
            ("exporter", "importer", "sector"),
            "share",
            "applied tariff, share of import value before duty",
        ),
        Variable(
            "output_tax_rate",
            ("region", "sector"),
            "share",
            "other net taxes on products as an ad-valorem tax on the value of output (METHODS section 5)",
            required=False,
            may_be_negative=True,
        ),
        Variable(
            "trade_elasticity",
            ("sector",),
            "number",
            "theta > 0: CES elasticity of substitution between origins minus one; the default set",
        ),
        Variable(
            "trade_elasticity_sets",
            ("elasticity_set", "sector"),
            "number",
            "every published set that can be chosen by name, the default included",
            required=False,
        ),
        Variable(
            "tariff_schedules",
            ("schedule", "exporter", "importer", "sector"),
            "share",
            "other tariff schedules that a programme can name, such as the rates that a treaty led to",
            required=False,
        ),
        Variable(
            "tariff_source",
            ("exporter", "importer", "sector"),
            "label",
            "index into the provenance's list of tariff sources; says of each cell whether it is sourced or assumed",
            dtype="int8",
            required=False,
        ),
    )
}
