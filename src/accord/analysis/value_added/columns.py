"""Labels to positions and back for this package: which flows are asked for, and the columns that name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from accord.analysis.labelled import source_of
from accord.analysis.production import production_of
from accord.errors import AccordError
from accord.tables import Column
from accord.world.world import World

if TYPE_CHECKING:
    import pandas as pd

FLOW_AXES = ("exporter", "importer", "sector")
FLOW_ROWS = (
    ("exporter",),
    ("exporter", "importer"),
    ("exporter", "sector"),
    ("exporter", "importer", "sector"),
)
"""What a row of a table of flows can be; axes left out are added up."""


class Selection:
    """The flows asked for: positions on each axis, and the axes that rows run over.

    Attributes:
        axes: Axes of the rows, in the order of `FLOW_AXES`.
        places: Positions on each axis of `FLOW_AXES`, in the order asked for.
    """

    def __init__(
        self,
        world: World,
        exporters: Sequence[str] | None,
        importers: Sequence[str] | None,
        sectors: Sequence[str] | None,
        by: Sequence[str],
    ) -> None:
        self.axes = tuple(axis for axis in FLOW_AXES if axis in by)
        if len(self.axes) != len(by) or self.axes not in FLOW_ROWS:
            raise AccordError(
                f"rows by {', '.join(by) or 'nothing'} cannot be had here. "
                f"Choose from: {'; '.join(', '.join(rows) for rows in FLOW_ROWS)}."
            )
        chosen = zip(FLOW_AXES, (exporters, importers, sectors), strict=True)
        self.places = tuple(positions_of(world, axis, labels) for axis, labels in chosen)
        self.of_all_exports = importers is None and sectors is None

    @property
    def exporters(self) -> np.ndarray:
        """Positions of the exporters."""
        return self.places[0]

    def rows(self, flows: np.ndarray) -> np.ndarray:
        """Amounts (measure, row) of flows (measure, exporter, importer, sector) whose exporters are chosen already."""
        _, importers, sectors = self.places
        kept = flows[:, :, importers[:, None], sectors]
        added_up = tuple(position + 1 for position, axis in enumerate(FLOW_AXES) if axis not in self.axes)
        return kept.sum(axis=added_up).reshape(len(flows), -1)

    def frame(self, world: World, measures: Mapping[str, np.ndarray]) -> pd.DataFrame:
        """One row a flow: labels, then measures; a region's sales to itself are no exports and have no row."""
        import pandas as pd

        over = [place for axis, place in zip(FLOW_AXES, self.places, strict=True) if axis in self.axes]
        frame = pd.DataFrame({**label_frame(world, self.axes, over), **measures})
        if "importer" in self.axes:
            frame = frame[frame["exporter"] != frame["importer"]].reset_index(drop=True)
        return frame


def positions_of(world: World, axis: str, labels: Sequence[str] | str | None) -> np.ndarray:
    """Positions of `labels` on an axis, each once, in the order given (all of them for None); unknown ones are listed."""
    kind, axis_labels = ("sector", world.sectors) if axis == "sector" else ("region", world.regions)
    wanted = [labels] if isinstance(labels, str) else labels
    if wanted is not None and not wanted:
        raise AccordError(f"no {axis} is asked for. Name one or more, or leave the choice out for all.")
    known = production_of(world).known(kind, wanted)
    return np.array([axis_labels.index(label) for label in known], dtype=np.intp)


def label_frame(world: World, axes: Sequence[str], places: Sequence[np.ndarray]) -> dict[str, list[str]]:
    """Label columns of a frame whose rows run over `places` of `axes`, the last one fastest: codes beside names."""
    grids = np.meshgrid(*places, indexing="ij")
    columns: dict[str, list[str]] = {}
    for axis, grid in zip(axes, grids, strict=True):
        codes = np.array(world.sectors if axis == "sector" else world.regions, dtype=object)
        names = world.sector_names if axis == "sector" else world.region_names
        texts = np.array(list(names.values()), dtype=object)
        columns[axis] = list(codes[grid.ravel()])
        columns[f"{axis}_name"] = list(texts[grid.ravel()])
    return columns


def label_columns(world: World, axes: Sequence[str]) -> dict[str, Column]:
    """Declarations of the columns of `label_frame`."""
    source = source_of(world)
    columns: dict[str, Column] = {}
    for axis in axes:
        heading = axis.capitalize()
        columns[axis] = Column("label", f"{heading} code", source=source)
        columns[f"{axis}_name"] = Column("label", heading, source=source)
    return columns


def share_of(amount: np.ndarray, total: np.ndarray) -> np.ndarray:
    """One amount over another; blank where the total is zero, for a share of nothing is no number."""
    return np.divide(
        amount, total, out=np.full(np.broadcast(amount, total).shape, np.nan), where=total != 0.0
    )
