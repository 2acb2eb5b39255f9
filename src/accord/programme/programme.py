"""A Programme: what is proposed. Policy only; no data and no method."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, Field, PrivateAttr, model_validator

from accord.errors import Fault, ProgrammeError, nearest
from accord.programme.consistency import Draft, inconsistencies
from accord.programme.contradictions import held_twice, staffed_twice
from accord.programme.estimate import Estimate, Within
from accord.programme.faults import where_of
from accord.programme.fields import AS_LIST, Codes, Day, Text
from accord.programme.labels import Expansion, members
from accord.programme.lever import Bargaining, Lever
from accord.programme.measures import AnyMeasure, Measure, ShockTable
from accord.programme.measures.base import SETTINGS, Role
from accord.programme.model import ModelOptions
from accord.programme.published_count import PublishedCount
from accord.programme.region_sets import notes_on_sets
from accord.shocks import ResourceCostShock, Shock


class Groups(BaseModel):
    """Sets of regions and of sectors that the file gives a name. A member may be a code, a class word or another group."""

    model_config = SETTINGS

    regions: dict[str, Codes] = Field(default_factory=dict)
    """Name of a group of regions -> its members."""
    sectors: dict[str, Codes] = Field(default_factory=dict)
    """Name of a group of sectors -> its members."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A number of a programme without a published source.

    Attributes:
        measure: Id of the measure.
        field: Key of the number ("ave", "cost.BLR").
        text: The number with its range.
        source: Why it was assumed, or that nothing is stated.
    """

    measure: str
    field: str
    text: str
    source: str


class Programme(BaseModel):
    """Measures that partners mean to take together, with what others do to them."""

    model_config = SETTINGS

    name: Text
    """Name for readers."""
    partners_as_written: Codes = Field(alias="partners")
    """Regions whose gain is asked for, at least two: ISO 3166 alpha-3 codes, or groups of the file."""
    world: Text = "embedded"
    """World on which it runs unless another is asked for: a name or a path."""
    base_year: Annotated[int, Within(1900, 2200, "a calendar year")]
    """Year of the base data that `in_base` refers to."""
    discount_rate: Annotated[float, Within(-0.05, 0.5, "a real rate a year; 5 % is written 0.05")] = 0.05
    """Real discount rate a year (0.05 is 5 %)."""
    source: Text | None = None
    """Where the programme as a whole is published."""
    as_of: Day | None = None
    """Day on which the record of the measures (dates, status) stands; questions about time take it as the present."""
    include: Codes | None = None
    """Files, seen from this one, whose measures, groups and exchange rates become part of this programme."""
    exchange_rates: dict[str, Estimate] = Field(default_factory=dict[str, Estimate])
    """US dollars for one unit of a currency (ISO 4217), for amounts such as `105 bn RUB`; state the source."""
    groups: Groups = Groups()
    """Named sets of regions and sectors."""
    model: ModelOptions = ModelOptions()
    """Options of the long-run engine."""
    measures: Annotated[tuple[AnyMeasure, ...], AS_LIST] = Field(default=(), alias="measure")
    """The measures, in order."""
    levers: Annotated[tuple[Lever, ...], AS_LIST] = Field(default=(), alias="lever")
    """What is up for negotiation; how much of each decision is taken when left out."""
    bargaining: Bargaining = Bargaining()
    """How the parties bargain."""
    published_counts: Annotated[tuple[PublishedCount, ...], AS_LIST] = Field(
        default=(), alias="published_count"
    )
    """What parties publish about how much of the programme is done; for `accord status`, and without effect on any result."""

    _path: Path | None = PrivateAttr(default=None)

    @property
    def partners(self) -> tuple[str, ...]:
        """Codes of the partners, groups replaced by their members."""
        return members(self.partners_as_written, self.groups.regions)

    @property
    def path(self) -> Path | None:
        """File that it was read from."""
        return self._path

    def read_from(self, path: Path) -> Self:
        """Return the programme with the file it was read from."""
        copy = self.model_copy()
        copy._path = path  # noqa: SLF001  (its own class)
        return copy

    def attachments(self) -> dict[str, str]:
        """Text of each file that a measure names, by its name: what another copy of the programme needs beside it."""
        return {
            measure.file: measure.table
            for measure in self.measures
            if isinstance(measure, ShockTable) and measure.file and measure.table
        }

    @property
    def decisions(self) -> tuple[Measure, ...]:
        """Measures that the partners would take."""
        return tuple(measure for measure in self.measures if measure.role == "decision")

    @property
    def context(self) -> tuple[Measure, ...]:
        """Measures that others take: part of the baseline."""
        return tuple(measure for measure in self.measures if measure.role == "context")

    @property
    def content_hash(self) -> str:
        """SHA-256 of the canonical content: neither comments nor layout nor the file's place count."""
        content = self.model_dump(mode="json", by_alias=True)
        if not self.published_counts:  # a later key: files without it keep the hash that their records hold
            del content["published_count"]
        if self.bargaining.outcome is None:  # likewise
            del content["bargaining"]["outcome"]
        canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(f"accord programme 1|{canonical}".encode()).hexdigest()

    def shocks(self, roles: Collection[Role] = ("context", "decision")) -> tuple[Shock, ...]:
        """Return the shocks of the measures with these roles, in order; groups are replaced by their members."""
        return tuple(
            shock
            for measure in self.measures
            if measure.role in roles
            for written in measure.shocks()
            for shock in self.without_groups(written)
        )

    def without_groups(self, written: Shock) -> tuple[Shock, ...]:
        """Return a shock of a measure with groups replaced by their members; a cost that each member pays becomes several."""
        return self._for_each_payer(written.relabelled(Expansion(self.groups.regions, self.groups.sectors)))

    def notes(self) -> tuple[str, ...]:
        """Return what a reader of the results must know about the measures."""
        sets = notes_on_sets(self.groups.regions)
        tables = {"regions": self.groups.regions, "sectors": self.groups.sectors}
        twice = held_twice(self.measures, tables, self.partners_as_written)
        rates = (
            f"[exchange_rates]: amounts in {currency} stand at {rate.central:g} USD in every draw; give a range to each amount instead"
            for currency, rate in self.exchange_rates.items()
            if rate.low != rate.high
        )
        return (
            *sets,
            *rates,
            *(note for measure in self.measures for note in measure.notes()),
            *twice,
            *staffed_twice(self.measures),
        )

    def assumptions(self) -> tuple[Assumption, ...]:
        """Return every number that no published source stands behind."""
        return tuple(
            Assumption(measure.id, key, str(estimate), estimate.source)
            for measure in self.measures
            for key, estimate in measure.estimates().items()
            if estimate.is_assumption
        )

    def with_rent_share(self, rent_share: float) -> Self:
        """Return the programme with this share of every barrier being rent (sanctions: where somebody earns it)."""
        share = Estimate.exactly(rent_share, f"assumption: a rent share of {rent_share:g} for every barrier")
        return self._with_measures(measure.with_rent_share(share) for measure in self.measures)

    def with_estimates(self, values: Mapping[str, Mapping[str, float]]) -> Self:
        """Return the programme with numbers at other values: measure id -> key -> value."""
        known = [measure.id for measure in self.measures]
        unknown = [name for name in values if name not in known]
        if unknown:
            raise ProgrammeError(
                Fault(self.name, f"no measure '{name}'", f"one of: {', '.join(known)}", nearest(name, known))
                for name in unknown
            )
        return self._with_measures(
            measure.with_estimates(values[measure.id]) if measure.id in values else measure
            for measure in self.measures
        )

    def only(self, ids: Iterable[str]) -> Self:
        """Return the programme with the measures `ids` alone, in their order in the programme."""
        wanted, known = list(ids), [measure.id for measure in self.measures]
        unknown = [name for name in wanted if name not in known]
        if unknown:
            raise ProgrammeError(
                Fault(self.name, f"no measure '{name}'", f"one of: {', '.join(known)}", nearest(name, known))
                for name in unknown
            )
        return self._with_measures(measure for measure in self.measures if measure.id in wanted)

    def _repr_html_(self) -> str:
        """Notebook view: the measures, with role, kind and status."""
        head = "".join(f"<th>{name}</th>" for name in ("measure", "title", "area", "kind", "role", "status"))
        rows = "".join(
            "<tr>"
            + "".join(
                f"<td>{escape(text)}</td>"
                for text in (
                    measure.id,
                    measure.title,
                    measure.area,
                    str(measure.kind),
                    measure.role,
                    measure.status,
                )
            )
            + "</tr>"
            for measure in self.measures
        )
        about = f"partners {', '.join(self.partners)}; World {self.world}; base year {self.base_year}"
        return f"<p><strong>{escape(self.name)}</strong>: {escape(about)}</p><table><tr>{head}</tr>{rows}</table>"

    def _with_measures(self, measures: Iterable[AnyMeasure]) -> Self:
        return self.model_copy(update={"measures": tuple(measures)})

    def _for_each_payer(self, shock: Shock) -> tuple[Shock, ...]:
        """Split a cost among the members of a group: each pays it, or its part; a cost of zero is on record but makes no shock."""
        if not isinstance(shock, ResourceCostShock):
            return (shock,)
        return shock.paid_by(members((shock.payer,), {**self.groups.regions, "partners": self.partners}))

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        draft = Draft(
            partners=self.partners_as_written,
            base_year=self.base_year,
            groups={"regions": self.groups.regions, "sectors": self.groups.sectors},
            measures=dict(enumerate(self.measures)),
            tables={index: measure.given() for index, measure in enumerate(self.measures)},
            levers=self.levers,
            counts=self.published_counts,
        )
        named = {index: (measure.id, measure.kind) for index, measure in draft.measures.items()}
        faults = [
            Fault(where_of(problem.at, self.name, named), problem.found, problem.expected, problem.remedy)
            for problem in inconsistencies(draft)
        ]
        if faults:
            raise ProgrammeError(faults)
        return self
