"""Kind `training`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, cast

import numpy as np
from pydantic import BaseModel

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import AS_LIST, Slug, Text
from accord.programme.measures.base import SETTINGS, Measure
from accord.programme.measures.loan_terms import central
from accord.programme.problems import Problem
from accord.shocks import FactorSupplyShock, Producers, ProductivityShock, ResourceCostShock, Shock

Persons = Annotated[Estimate, Within(0, 1e9, "persons; a negative number is a fault")]
Share = Annotated[Estimate, Within(0, 1, "a share, between 0 (none) and 1 (all)")]
Year = Annotated[int, Within(1900, 2200, "a calendar year")]
Norm = Annotated[Estimate, Within(0, 100, "persons per MW")]
NONE = Estimate.exactly(0.0, "nothing stated")


class Skill(BaseModel):
    """One skill: how many begin each year, how long it takes, who leaves, and how many a plant needs."""

    model_config = SETTINGS

    name: Slug
    """Name of the skill."""
    persons_a_year: Persons
    """Persons who begin each year."""
    years_to_qualify: Annotated[int, Within(0, 20, "whole years of training")]
    """Years until they are qualified."""
    first_intake: Year
    """First year of intake."""
    last_intake: Year
    """Last year of intake."""
    attrition: Share
    """Share of the qualified who leave each year: retirement, other work, emigration."""
    qualified: Persons = NONE
    """Qualified persons at the start of the year of the first intake."""
    cost: Annotated[Estimate, Within(0, 1_000_000, "USD per person and year of training")]
    """Cost of a person's year of training, USD."""
    premium: Annotated[Estimate, Within(-0.5, 5, "share of the pay of an average worker")]
    """By how much a qualified person at work is worth more than an average worker, share of average pay."""
    per_mw_building: Norm = NONE
    """Persons of this skill that a MW in build needs."""
    per_mw_operating: Norm = NONE
    """Persons of this skill that a MW in operation needs."""


class StaffedPlant(BaseModel):
    """A plant that needs people."""

    model_config = SETTINGS

    name: Slug
    """Name."""
    capacity: Annotated[Estimate, Within(0, 100_000, "MW")]
    """MW."""
    build_from: Year
    """First year of building."""
    operate_from: Year
    """First year of operation."""
    close_in: Year | None = None
    """First year in which it no longer runs."""


class Training(Measure):
    """People are trained for plants: who qualifies when, whether they suffice, and what it adds to the economy.

    The stock of the qualified of a skill follows S[t+1] = (1 - attrition) S[t] + graduates[t+1]; the need is the plants in build and in
    operation times the norms. Years in which a need exceeds its stock are bottlenecks, and named.

    **Evidence to collect.** Staffing plans of the plant, places at universities and training centres, people who left, pay.

    **Shocks.** In the year `evaluated_in`: the supply of labour grows by what the qualified **at work** (no more than are needed) are worth
    beyond average workers, less those who are in training instead of at work, over the workforce; the productivity of `sector` by
    what better staffing of its plants saves (`understaffing_loss`); a resource cost for `payer`: what all years of training cost, spread
    evenly over the years from the first intake to the last graduation, or to `evaluated_in` where that is later.

    **Ignores.** What people learn for other work; wages that rise where a skill is short; people who move between the partners.
    """

    kind: Literal["training"] = "training"
    """`training`."""
    region: Text
    """Region where the trained work."""
    payer: Text
    """Region whose public purse pays; the members of a group (or `partners`) pay it together, in equal parts."""
    skills: Annotated[tuple[Skill, ...], AS_LIST]
    """The skills."""
    plants: Annotated[tuple[StaffedPlant, ...], AS_LIST]
    """Plants that need them."""
    workforce: Annotated[Estimate, Within(1, 2e9, "persons at work in the region")]
    """Persons at work in the region."""
    evaluated_in: Year
    """Year whose stocks the long run holds."""
    away_share: Share = Estimate(
        low=0.0,
        central=0.5,
        high=1.0,
        source="assumption: half of those in training would otherwise be at work",
    )
    """Share of those in training who would otherwise be at work as average workers."""
    factor: Literal["labour", "all"] = "labour"
    """Factor whose supply grows: `labour`, or `all` on a World or model that does not tell factors apart (times `labour_share`)."""
    labour_share: Share = Estimate(
        low=0.45, central=0.55, high=0.65, source="assumption: share of labour in value added"
    )
    """Share of labour in value added; used with `factor = "all"`."""
    sector: Text | None = None
    """Sector of the plants, for the productivity shock."""
    understaffing_loss: Share = NONE
    """Share of the sector's output that would be lost if nobody of the need were there; none when left out."""

    made_of = (FactorSupplyShock, ProductivityShock, ResourceCostShock)

    # Stocks -------------------------------------------------------------------------------------------------------------------

    @property
    def years(self) -> np.ndarray:
        """Calendar years from the first intake or building to the year evaluated, or the last graduation, whichever is later."""
        return np.arange(self._first_year, self._last_year + 1)

    @property
    def _first_year(self) -> int:
        return min([skill.first_intake for skill in self.skills])

    @property
    def _last_year(self) -> int:
        return max(
            [self.evaluated_in, *[skill.last_intake + skill.years_to_qualify for skill in self.skills]]
        )

    def qualified(self, skill: Skill, *, trained: bool = True) -> np.ndarray:
        """Qualified persons of a skill in each of `years`; without the training, those at the start alone."""
        return np.array(self._stocks(skill, self.years.tolist(), trained=trained))

    def _stocks(self, skill: Skill, years: Sequence[int], *, trained: bool) -> list[float]:
        """Qualified persons at each of `years`, the first of which is that of the first intake of all."""
        begin, end = skill.first_intake + skill.years_to_qualify, skill.last_intake + skill.years_to_qualify
        staying, first = 1.0 - skill.attrition.central, skill.first_intake
        new = skill.persons_a_year.central if trained else 0.0
        stock: list[float] = []
        present = skill.qualified.central
        for year in years:
            # What is stated holds at the start of the year of this skill's own first intake: nobody leaves it before.
            left = present if year <= first else present * staying
            present = left + (new if begin <= year <= end else 0.0)
            stock.append(present)
        return stock

    def graduates(self, skill: Skill) -> np.ndarray:
        """Persons who qualify in each of `years`."""
        first = skill.first_intake + skill.years_to_qualify
        last = skill.last_intake + skill.years_to_qualify
        return np.where((self.years >= first) & (self.years <= last), skill.persons_a_year.central, 0.0)

    def in_training(self, skill: Skill) -> np.ndarray:
        """Persons in training in each of `years`."""
        running = [_intakes_running(skill, year) for year in self.years.tolist()]
        return skill.persons_a_year.central * np.array(running)

    def needed(self, skill: Skill) -> np.ndarray:
        """Persons of a skill that the plants need in each of `years`."""
        return np.array([self._need(skill, year) for year in self.years.tolist()])

    def _need(self, skill: Skill, year: int) -> float:
        need = 0.0
        for plant in self.plants:
            if plant.build_from <= year < plant.operate_from:
                need += plant.capacity.central * skill.per_mw_building.central
            elif plant.operate_from <= year and (plant.close_in is None or year < plant.close_in):
                need += plant.capacity.central * skill.per_mw_operating.central
        return need

    def _evaluated(self) -> tuple[_Staff, ...]:
        """Each skill in the year evaluated."""
        years = range(self._first_year, self.evaluated_in + 1)
        return tuple(
            [
                _Staff(
                    skill,
                    self._need(skill, self.evaluated_in),
                    self._stocks(skill, years, trained=True)[-1],
                    self._stocks(skill, years, trained=False)[-1],
                )
                for skill in self.skills
            ]
        )

    def staffed_share(self, *, trained: bool = True) -> float:
        """Share of the need that is met in the year evaluated, skill by skill, no skill making up for another."""
        return _staffed_share(self._evaluated(), trained=trained)

    def extra_labour(self) -> float:
        """Average workers that the training is worth in the year evaluated: those at work beyond what was there, less those away.

        sum_s premium[s] (min(S[s], need[s]) - min(S0[s], need[s])) - away x in training
        """
        return self._extra_labour(self._evaluated())

    def _extra_labour(self, staff: Sequence[_Staff]) -> float:
        worth = 0.0
        for skill, need, have, had in staff:
            at_work = min(have, need) - min(had, need)
            away = skill.persons_a_year.central * _intakes_running(skill, self.evaluated_in)
            worth += skill.premium.central * at_work - self.away_share.central * away
        return worth

    def yearly_cost(self) -> float:
        """Cost of a year, USD million: what all years of training cost, spread evenly over `years`."""
        # Every intake is in training for all its years, and all of them lie within `years`.
        total = sum(
            [
                (skill.last_intake - skill.first_intake + 1)
                * skill.years_to_qualify
                * skill.persons_a_year.central
                * skill.cost.central
                for skill in self.skills
            ]
        )
        return total / (self._last_year - self._first_year + 1) / 1e6

    # Shocks --------------------------------------------------------------------------------------------------------------------

    def effects(self) -> tuple[Shock, ...]:
        """Return the supply of labour, the productivity of the plants' sector, and the cost."""
        share, staff = 1.0 if self.factor == "labour" else self.labour_share.central, self._evaluated()
        multiplier = (1.0 + self._extra_labour(staff) / self.workforce.central) ** share
        shocks: list[Shock] = [
            FactorSupplyShock(
                measure=self.id, regions=(self.region,), factor=self.factor, multiplier=multiplier
            ),
            ResourceCostShock(measure=self.id, payer=self.payer, amount=self.yearly_cost(), each=False),
        ]
        staffed, unstaffed = (_staffed_share(staff, trained=trained) for trained in (True, False))
        loss = self.understaffing_loss.central
        if self.sector and loss * (staffed - unstaffed) != 0.0:
            factor = (1.0 - loss * (1.0 - staffed)) / (1.0 - loss * (1.0 - unstaffed))
            shocks.append(
                ProductivityShock(
                    measure=self.id, producers=Producers((self.region,), (self.sector,)), factor=factor
                )
            )
        return tuple(shocks)

    def bottlenecks(self) -> tuple[tuple[str, int, float], ...]:
        """Skill, year and missing persons wherever the need exceeds the stock."""
        return tuple(
            (skill.name, int(year), float(short))
            for skill in self.skills
            for year, short in zip(self.years, self.needed(skill) - self.qualified(skill), strict=True)
            if short > 1e-9
        )

    def estimates(self) -> dict[str, Estimate]:
        """Return every number with its evidence, those of skills and plants too."""
        parts: list[tuple[str, BaseModel]] = [(f"skills.{skill.name}", skill) for skill in self.skills]
        parts += [(f"plants.{plant.name}", plant) for plant in self.plants]
        return super().estimates() | {
            f"{name}.{key}": value
            for name, part in parts
            for key in sorted(part.model_fields_set)
            if isinstance(value := getattr(part, key), Estimate)
        }

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given."""
        yield from super().rules(given)
        for key, earlier, later, meaning in (
            ("skills", "first_intake", "last_intake", "the first year of intake, then the last"),
            ("plants", "build_from", "operate_from", "building first, then operation"),
            ("plants", "operate_from", "close_in", "operation first, then the end"),
        ):
            for index, table in _tables(given, key):
                first, second = table.get(earlier), table.get(later)
                if isinstance(first, int) and isinstance(second, int) and second < first:
                    yield Problem((key, index, later), f"{second} lies before `{earlier}` = {first}", meaning)
        for key in ("skills", "plants"):
            if isinstance(given.get(key), list | tuple) and not given[key]:
                yield Problem((key,), "the list is empty", "at least one")
            names: list[object] = []
            for index, table in _tables(given, key):
                name = table.get("name")
                if name is not None and name in names:
                    yield Problem((key, index, "name"), f'"{name}" stands there twice', "each name once")
                names.append(name)
        evaluated = given.get("evaluated_in")
        intakes = [table.get("first_intake") for _, table in _tables(given, "skills")]
        years = [year for year in intakes if isinstance(year, int)]
        if isinstance(evaluated, int) and years and evaluated < min(years):
            found = f"{evaluated} lies before the first intake in {min(years)}"
            yield Problem(("evaluated_in",), found, "a year in which people have qualified")
        workforce = central(given, "workforce")
        for index, table in _tables(given, "skills"):
            persons = central(table, "persons_a_year")
            if persons is not None and workforce is not None and persons > workforce:
                found = f"{persons:,.0f} persons a year, and {workforce:,.0f} are at work in the region"
                yield Problem(("skills", index, "persons_a_year"), found, "fewer than the workforce")


class _Staff(NamedTuple):
    """One skill in one year: persons needed, qualified, and qualified had there been no training."""

    skill: Skill
    need: float
    have: float
    had: float


def _staffed_share(staff: Sequence[_Staff], *, trained: bool) -> float:
    need = sum([one.need for one in staff])
    met = sum([min(one.have if trained else one.had, one.need) for one in staff])
    return 1.0 if need == 0.0 else met / need


def _intakes_running(skill: Skill, year: int) -> int:
    """Intakes that are in training in a year."""
    return max(
        min(skill.last_intake, year) - max(skill.first_intake, year - skill.years_to_qualify + 1) + 1, 0
    )


def _tables(given: Mapping[str, Any], key: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Tables under `key` with their positions, before their types are known or after."""
    value = given.get(key)
    items = cast("list[object]", value) if isinstance(value, list | tuple) else [value]
    for index, item in enumerate(items):
        if isinstance(item, BaseModel):
            yield index, {name: getattr(item, name) for name in type(item).model_fields}
        elif isinstance(item, Mapping):
            yield index, cast("Mapping[str, Any]", item)
