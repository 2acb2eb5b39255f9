"""What a study gives: labelled tables, a verdict, and everything needed to trace and repeat it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from accord.tables import Table

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True)
class Verdict:
    """Do all partners gain?

    Attributes:
        all_partners_gain: In the central run.
        answer: "yes" or "no" when every variant run agrees with the central one, else "not established".
        sentence: The answer for readers, with what it depends on.
    """

    all_partners_gain: bool
    answer: str
    sentence: str


@dataclass(frozen=True)
class Outcome:
    """The result of running a programme on a World.

    Attributes:
        programme_name: Name of the programme.
        programme_hash: Hash of its canonical content.
        world_name: Name of the World.
        world_hash: Its content hash.
        world_source: Source, edition and licence, for readers.
        partners: Partner regions.
        closure: Trade imbalance closure.
        elasticity_set: Trade elasticities of the central run.
        model_options: Other options of the long-run engine that differ from the default, by name.
        method: One sentence that names the model and every non-default.
        verdict: Do all partners gain?
        tables: Every table, by name (see `docs/reference/outcome.md`).
        notes: What the reader must know about this run, one sentence each.
        solver: Largest relative residual and number of iterations of the runs.
        seconds: Wall time of the solves; kept out of every hash and result file.
        region_names: Names of regions by code.
        sector_names: Names of sectors by code.
        answers: Sentences that answer the further questions of a full run (`accord.study.full`), by question.
        one_year: Do all partners gain within a year, at fixed quantities? None where the run left that horizon out.
    """

    programme_name: str
    programme_hash: str
    world_name: str
    world_hash: str
    world_source: str
    partners: tuple[str, ...]
    closure: str
    elasticity_set: str
    model_options: Mapping[str, Any]
    method: str
    verdict: Verdict
    tables: Mapping[str, Table]
    notes: tuple[str, ...]
    solver: Mapping[str, float | int]
    seconds: float
    region_names: Mapping[str, str] = field(repr=False)
    sector_names: Mapping[str, str] = field(repr=False)
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    one_year: Verdict | None = None

    @property
    def has_long_run(self) -> bool:
        """Whether the long-run engine was run; otherwise `verdict` is that of the one-year horizon."""
        return "regions" in self.tables

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return the pandas frame of table `name`."""
        return self.tables[name].frame

    def to_xarray(self, name: str = "regions") -> xr.Dataset:
        """Return table `name` as an xarray Dataset over its keys, with units as attributes."""
        table = self.tables[name]
        dataset = table.frame.set_index(list(table.keys)).to_xarray()
        for column, declared in table.columns.items():
            if column in dataset:
                dataset[column].attrs.update(unit=declared.unit, label=declared.label, method=declared.method)
        return dataset

    def to_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints: full precision, wall time under `solver.seconds`."""
        regions = self._regions() if self.has_long_run else {}
        return {
            "programme": self.programme_name,
            "verdict": {
                "all_partners_gain": self.verdict.all_partners_gain,
                "answer": self.verdict.answer,
                "sentence": self.verdict.sentence,
            },
            "partners": list(self.partners),
            "regions": regions,
            "horizons": self._horizons(),
            "variants": _records(self["variants"]) if self.has_long_run else [],
            "solver": {**self.solver, "seconds": self.seconds},
            "world": self.world_name,
            "world_content_hash": self.world_hash,
            "world_source": self.world_source,
            "closure": self.closure,
            "elasticities": self.elasticity_set,
            "model": dict(self.model_options),
            "method": self.method,
            "notes": list(self.notes),
            **(
                {"answers": {name: list(said) for name, said in self.answers.items()}} if self.answers else {}
            ),
        }

    def _regions(self) -> dict[str, Any]:
        frame = self["regions"].set_index("region")
        return {
            str(code): {
                "name": row["region_name"],
                "role": row["role"],
                **{
                    column: _plain(row[column])
                    for column in frame.columns
                    if column.endswith(("_pct", "_usd")) and not column.startswith("one_step")
                },
                "one_step": {
                    "welfare_pct": _plain(row["one_step_welfare_pct"]),
                    "terms_of_trade_pct": _plain(row["one_step_terms_of_trade_pct"]),
                    "volume_of_trade_pct": _plain(row["one_step_volume_of_trade_pct"]),
                },
            }
            for code, row in frame.iterrows()
        }

    def _horizons(self) -> dict[str, Any]:
        """The verdict of each horizon, and the one-year tables that are short."""
        found: dict[str, Any] = {}
        if self.has_long_run:
            found["long-run"] = {"engine": "equilibrium", **asdict(self.verdict)}
        if self.one_year is not None:
            found["one-year"] = {
                "engine": "prices",
                **asdict(self.one_year),
                **{
                    name.removeprefix("one_year_").replace("one_year", "regions"): _records(self[name])
                    for name in ("one_year", "one_year_baskets", "one_year_variants", "one_year_chains")
                    if name in self.tables
                },
            }
        return found

    def _repr_html_(self) -> str:
        """Notebook view: the verdict, and a column for each partner; what each line means is its title."""
        from html import escape

        table = self.tables["verdict"]
        partners = [f"{row['region_name']} ({row['region']})" for row in table.frame.to_dict("records")]
        head = "".join(f"<th>{escape(name)}</th>" for name in ("", *partners))
        lines = []
        for name, column in table.columns.items():
            if name in {"region", "region_name"}:
                continue
            cells = "".join(
                f'<td style="text-align: right">{_signed(value)}</td>' for value in table.frame[name]
            )
            said = escape(column.label or name) + (
                "" if column.unit == "label" else f", {escape(column.unit)}"
            )
            lines.append(
                f'<tr><th style="text-align: left" title="{escape(column.method)}">{said}</th>{cells}</tr>'
            )
        about = f"World {escape(self.world_name)}, closure {escape(self.closure)}, elasticities {escape(self.elasticity_set)}"
        return f"<p><strong>{escape(self.verdict.sentence)}</strong></p><table><tr>{head}</tr>{''.join(lines)}</table><p>{about}</p>"


def _signed(value: Any) -> str:
    """A change with its sign: three decimals below a hundred, else one; blank where there is none; a word as it is."""
    if isinstance(value, str):
        return value
    number = float(value)
    if math.isnan(number):
        return ""
    return f"{number:+,.1f}" if abs(number) >= 100.0 else f"{number:+,.3f}"


def _plain(value: Any) -> float | None:
    """A JSON number; NaN (no base to compare with) becomes null."""
    number = float(value)
    return None if math.isnan(number) else number


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    def value_of(value: Any) -> Any:
        value = value.item() if hasattr(value, "item") else value
        return None if isinstance(value, float) and math.isnan(value) else value

    return [{column: value_of(value) for column, value in row.items()} for row in frame.to_dict("records")]
