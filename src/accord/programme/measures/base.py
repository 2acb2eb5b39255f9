"""What every measure of a programme records, whatever its kind."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, Field, model_validator

from accord.errors import Fault, ProgrammeError
from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Codes, Day, Slug, Text
from accord.programme.problems import Problem
from accord.programme.redraw import Redraw
from accord.programme.settings import SETTINGS as SETTINGS
from accord.shocks import Shock

Area = Literal[
    "industry",
    "industrial-policy",
    "barriers",
    "third-country-response",
    "energy",
    "nuclear",
    "regions",
    "procurement",
    "other",
]
Role = Literal["decision", "context"]
Status = Literal["planned", "decided", "under-way", "in-force", "overdue", "dropped"]


class PartyStatus(BaseModel):
    """How far a measure has come as one party reports it."""

    model_config = SETTINGS

    status: Status
    """How far it has come, by that party's own count."""
    date: Day | None = None
    """Day to which its report refers."""
    source: Text | None = None
    """Where it is published."""


class Measure(BaseModel):
    """One measure of a programme; its kinds are the classes of this package, one file each."""

    model_config = SETTINGS

    id: Slug
    """Short name, unique in the programme; results name the measure by it."""
    title: Text
    """The measure in one line, for readers."""
    area: Area
    """Area of co-operation that it belongs to."""
    kind: Any  # each class narrows it to its own name
    """What sort of measure it is; decides the other keys."""
    role: Role = "decision"
    """`decision`: what the partners would do. `context`: what others do to them; part of the baseline, never of the verdict."""
    parties: Codes | None = None
    """Regions that take part: partners, or names in the groups of the file. All partners when left out."""
    in_base_estimate: (
        Annotated[
            Estimate, Within(0, 1, "the share of the measure's effect that the base-year data already hold")
        ]
        | None
    ) = Field(default=None, alias="in_base")
    """Share (0 to 1) of the effect that the base-year data already hold. Required when it is in force by the base year."""
    legal_act: Text | None = None
    """Treaty, law or decree, with its number."""
    decided: Day | None = None
    """Day of the decision."""
    responsible: dict[str, Text] = Field(default_factory=dict)
    """Body responsible in each party: a table from region code to body; a semicolon between two bodies of one party."""
    due: Day | None = None
    """Day by which it was agreed to be in force."""
    in_force: Day | None = None
    """Day from which it acts, or is expected to."""
    phase_in_years: Annotated[float, Within(0, 50, "years from entry into force to full effect")] = 0.0
    """Years from entry into force to full effect."""
    status: Status = "planned"
    """How far it has come. A dropped measure is kept on record and makes no shocks."""
    status_date: Day | None = None
    """Day to which the status refers."""
    status_source: Text | None = None
    """Where the status is published."""
    status_by_party: dict[str, PartyStatus] = Field(default_factory=dict)
    """Parties' own reports where they differ from `status`: a table from region code to status, date and source."""
    evidence: Codes | None = None
    """Sources behind the measure as a whole; each number carries its own."""

    made_of: ClassVar[tuple[type[Shock], ...]]
    """Shocks that the kind makes, for the reference page."""

    @abstractmethod
    def effects(self) -> tuple[Shock, ...]:
        """Return the stated effect at central values and full weight, as if the base held none of it."""

    def shocks(self) -> tuple[Shock, ...]:
        """Return the shocks that this measure makes on the base data: what they do not hold yet, at central values.

        Labels are as the file writes them, class words with their "@"; `Programme.shocks` replaces groups by their members.
        """
        if self.status == "dropped":
            return ()
        in_base = self.in_base or 0.0
        return tuple([shock.remaining(in_base) for shock in self.effects()])

    @property
    def in_base(self) -> float | None:
        """Share of the effect that the base data hold, central value; None when the file does not say."""
        return None if self.in_base_estimate is None else self.in_base_estimate.central

    def shares_by_year(self) -> tuple[tuple[int, float], ...]:
        """Return how much of the stated effect the measure's own numbers have come to from each year on; empty where they do not move."""
        return ()

    def acts_until(self, begins: date) -> date | None:
        """Return the last day on which it acts when it begins to act on `begins`; None for what stays in force."""
        del begins
        return None

    def notes(self) -> tuple[str, ...]:
        """Return what a reader of the results must know about this measure."""
        if self.status == "dropped":
            return (f"measure '{self.id}' is dropped and makes no shocks",)
        return ()

    def bodies(self) -> tuple[tuple[str, str], ...]:
        """Return each (party, body responsible)."""
        return tuple(
            (party, body.strip())
            for party, written in self.responsible.items()
            for body in written.split(";")
            if body.strip()
        )

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, by key."""
        found: dict[str, Estimate] = {}
        for name, info in type(self).model_fields.items():
            value = getattr(self, name)
            if isinstance(value, Estimate):
                found[info.alias or name] = value
        return found

    def with_estimates(self, values: Mapping[str, float]) -> Self:
        """Return the measure with the numbers named in `values` (keys of `estimates`) at those values, without a range."""
        return self.redraw(values).at(values)

    def redraw(self, keys: Collection[str]) -> Redraw[Self]:
        """Return what makes the measure with the numbers `keys` at other values, for those who ask again and again."""
        return Redraw(self, f"measure '{self.id}' ({self.kind})", self.estimates(), keys)

    def given(self) -> dict[str, Any]:
        """Return the keys that the file gives, by their names there."""
        names = {name: type(self).model_fields[name].alias or name for name in self.model_fields_set}
        return {key: getattr(self, name) for name, key in names.items() if getattr(self, name) is not None}

    def with_rent_share(self, rent_share: Estimate) -> Self:
        """Return the measure with another rent share; unchanged when it has no barrier with rents."""
        del rent_share
        return self

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys that a file gives, before their types are known.

        They read raw values and pass over those of the wrong type, so that one fault does not hide another.
        """
        yield from _dates_out_of_order(given)
        if given.get("status") == "in-force" and "in_force" not in given:
            yield Problem(
                ("in_force",),
                "the key is missing",
                "the day from which it acts, because the status is in-force",
            )
        if given.get("status") == "overdue" and "due" not in given:
            yield Problem(
                ("due",),
                "the key is missing",
                "the day by which it was agreed, because the status is overdue",
            )

    @model_validator(mode="after")
    def _keep_the_rules(self) -> Self:
        faults = [
            Fault(f"measure '{self.id}' ({self.kind}), key '{'.'.join(map(str, problem.at))}'", *problem[1:])
            for problem in self.rules(self.given())
        ]
        if faults:
            raise ProgrammeError(faults)
        return self


def _dates_out_of_order(given: Mapping[str, Any]) -> Iterator[Problem]:
    for earlier, later in (("decided", "due"), ("decided", "in_force"), ("decided", "status_date")):
        first, second = given.get(earlier), given.get(later)
        if type(first) is date and type(second) is date and second < first:
            yield Problem(
                (later,),
                f"{second} lies before `{earlier}` = {first}",
                f"`{earlier}` first, then `{later}`",
                "Check which of the two days is mistyped.",
            )


def last_day(begin: date, years: int) -> date:
    """Return the last day of what goes on for whole years from a day on."""
    leap_day = (begin.month, begin.day) == (2, 29)
    after = date(begin.year + years, 3, 1) if leap_day else begin.replace(year=begin.year + years)
    return after - timedelta(days=1)


def exactly_one(given: Mapping[str, Any], names: tuple[str, ...], meanings: str) -> Iterator[Problem]:
    """Yield a problem unless just one key of `names` is given."""
    present = [name for name in names if name in given]
    choice = ", ".join(f"`{name}`" for name in names[:-1]) + f" or `{names[-1]}`"
    if not present:
        yield Problem((names[0],), f"none of {choice} is given", f"exactly one of them: {meanings}")
    elif len(present) > 1:
        both = " and ".join(f"`{name}`" for name in present)
        yield Problem(
            (present[1],), f"{both} are given", f"exactly one of {choice}: {meanings}", "Delete the others."
        )
