"""A World: what is. Data with labels, units and provenance; no policy, no method."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape

import numpy as np
import xarray as xr

from accord.errors import WorldError, nearest
from accord.world.variables import VARIABLES


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a World comes from and what was done to it.

    Attributes:
        source: Name of the source ("OECD Inter-Country Input-Output tables").
        edition: Edition and year ("2025 edition, year 2022").
        licence: Licence or terms, with the attribution that they ask for.
        origin_sha256: Hash of the file it was built from.
        steps: What was done, in order, one sentence each.
        imputed: Which cells are imputed or assumed, and how, one sentence each.
        notes: Known limits of the source and remedies applied, one sentence each.
        tariff_sources: Sources that `tariff_source` indexes; an entry that begins with "assumed" marks an assumption.
    """

    source: str
    edition: str
    licence: str
    origin_sha256: str = ""
    steps: tuple[str, ...] = ()
    imputed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    tariff_sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class World:
    """Inter-country input-output accounts with tariffs and elasticities, USD million at current prices of `year`.

    Accounts (METHODS section 5): for each (region, sector), gross output = sales to intermediate and final users, valued before
    duty, and value added = output - sum over inputs of (1 + tariff) x input - output tax.

    Attributes:
        name: Short name ("embedded").
        year: Base year of the data.
        data: The variables of `accord.world.variables`, with coordinates `region_name(region)` and `sector_name(sector)`.
        provenance: Where it comes from.
    """

    name: str
    year: int
    data: xr.Dataset = field(repr=False)
    provenance: Provenance = field(repr=False)

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Region codes, in order: ISO 3166 alpha-3 where one exists."""
        return tuple(self.data.indexes["region"])

    @cached_property
    def sectors(self) -> tuple[str, ...]:
        """Sector codes, in order."""
        return tuple(self.data.indexes["sector"])

    @cached_property
    def uses(self) -> tuple[str, ...]:
        """Final uses, in order; ("final",) when the source does not split them."""
        return tuple(self.data.indexes["use"])

    @property
    def region_names(self) -> dict[str, str]:
        """Names of regions by code."""
        return dict(zip(self.regions, (str(name) for name in self.data["region_name"].values), strict=True))

    @property
    def sector_names(self) -> dict[str, str]:
        """Names of sectors by code."""
        return dict(zip(self.sectors, (str(name) for name in self.data["sector_name"].values), strict=True))

    @cached_property
    def gross_output(self) -> xr.DataArray:
        """Gross output by (region, sector), USD million: the row sums of Z and Y, added in float64."""
        intermediate = self.data["intermediate"].values.sum(axis=(2, 3), dtype=np.float64)
        final = self.data["final_demand"].values.sum(axis=(2, 3), dtype=np.float64)
        return xr.DataArray(
            intermediate + final,
            dims=("region", "sector"),
            coords={"region": list(self.regions), "sector": list(self.sectors)},
            attrs={"unit": "USD million"},
        )

    @cached_property
    def sales(self) -> np.ndarray:
        """Value before duty of each flow (exporter, supplying sector, importer), to all users, USD million, added in float64."""
        intermediate = self.data["intermediate"].to_numpy().sum(axis=3, dtype=np.float64)
        return intermediate + self.data["final_demand"].to_numpy().sum(axis=3, dtype=np.float64)

    @property
    def elasticity_sets(self) -> tuple[str, ...]:
        """Names of the elasticity sets that this World carries; the first is the default."""
        default = str(self.data["trade_elasticity"].attrs.get("set", "default"))
        if "trade_elasticity_sets" not in self.data:
            return (default,)
        others = [str(name) for name in self.data.indexes["elasticity_set"]]
        return (default, *(name for name in others if name != default))

    def trade_elasticity(self, elasticity_set: str | None = None) -> np.ndarray:
        """Trade elasticities theta by sector, shape (sector,), pure numbers; `None` gives the default set."""
        if elasticity_set is None or elasticity_set == self.elasticity_sets[0]:
            return self.data["trade_elasticity"].values
        if elasticity_set not in self.elasticity_sets:
            raise WorldError(
                f"World '{self.name}' has no elasticity set '{elasticity_set}'. {nearest(elasticity_set, self.elasticity_sets)} "
                f"It has: {', '.join(self.elasticity_sets)}."
            )
        return self.data["trade_elasticity_sets"].sel(elasticity_set=elasticity_set).values

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the canonical content: year, labels, and every variable's values in declared order and type."""
        digest = hashlib.sha256(f"accord world 1|{self.year}".encode())
        for name, variable in VARIABLES.items():
            if name not in self.data:
                continue
            array = self.data[name].transpose(*variable.dims)
            digest.update(f"|{name}|{variable.dims}|{variable.dtype}".encode())
            for dim in variable.dims:
                digest.update("\x1f".join(str(label) for label in array.indexes[dim]).encode())
            digest.update(np.ascontiguousarray(array.values, dtype=variable.dtype).data)
        return digest.hexdigest()

    def with_data(self, changes: Mapping[str, xr.DataArray], *, step: str, name: str | None = None) -> World:
        """Return a copy whose variables `changes` are replaced; `step` is added to the provenance."""
        data = self.data.assign(dict(changes))
        provenance = replace(self.provenance, steps=(*self.provenance.steps, step))
        return World(name or self.name, self.year, data, provenance)

    def _repr_html_(self) -> str:
        """Notebook view: what it is, how large, where it comes from, and what in it is imputed or assumed."""
        facts = {
            "size": f"{len(self.regions)} regions x {len(self.sectors)} sectors, {self.year}",
            "gross output": f"USD {float(self.gross_output.sum()):,.0f} million",
            "final uses": ", ".join(self.uses),
            "trade elasticities": ", ".join(self.elasticity_sets),
            "source": f"{self.provenance.source}, {self.provenance.edition}",
            "licence": self.provenance.licence,
            "imputed or assumed": " ".join(self.provenance.imputed) or "nothing",
            "content hash": self.content_hash[:16],
        }
        rows = "".join(
            f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>" for name, text in facts.items()
        )
        return f"<p><strong>World {escape(self.name)}</strong></p><table>{rows}</table>"
