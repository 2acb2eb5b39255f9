"""What it costs to bring a measure about: who pays, how much a year. Zero must be written, not assumed (METHODS section 3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, cast

from pydantic import BaseModel, model_validator

from accord.programme.estimate import Estimate, Within
from accord.programme.fields import Text
from accord.programme.measures.base import SETTINGS
from accord.programme.problems import Problem
from accord.shocks import ResourceCostShock


class ImplementationCost(BaseModel):
    """What one payer spends each year to bring the measure about."""

    model_config = SETTINGS

    payer: Text
    """Region that pays; for a group or `partners`, each member pays the amount."""
    usd_million_per_year: Annotated[
        Estimate, Within(0, 100_000, "USD million a year; zero must be written, not left out")
    ]
    """USD million a year, at base-year prices."""
    source: Text | None = None
    """Citation, or a text that begins with "assumption"; for an amount written as a bare number."""

    @model_validator(mode="before")
    @classmethod
    def _give_the_source_to_a_bare_amount(cls, given: object) -> object:
        if not isinstance(given, Mapping):
            return given
        table = cast("Mapping[str, object]", given)
        amount, source = table.get("usd_million_per_year"), table.get("source")
        if isinstance(source, str) and source.strip() and type(amount) in {int, float}:
            return {**table, "usd_million_per_year": {"central": amount, "source": source}}
        return table


def cost_shocks(measure: str, costs: Iterable[ImplementationCost]) -> Iterator[ResourceCostShock]:
    """Yield the resource cost of each payer."""
    for cost in costs:
        yield ResourceCostShock(measure=measure, payer=cost.payer, amount=cost.usd_million_per_year.central)


def cost_estimates(costs: Iterable[ImplementationCost]) -> dict[str, Estimate]:
    """Return each amount with its evidence, by key."""
    return {f"cost.{cost.payer}": cost.usd_million_per_year for cost in costs}


def cost_not_said(given: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem unless the file says what the measure costs, and each payer's part once: numbers are known by their payer."""
    if "cost" not in given or given["cost"] in ([], ()):
        yield Problem(
            ("cost",),
            "what the measure costs to bring about is not said",
            "a list of { payer, usd_million_per_year, source }; zero must be written, not assumed",
            'For example: cost = [{ payer = "partners", usd_million_per_year = 0, source = "assumption: none known" }]',
        )
    lines = given.get("cost")
    payers: list[object] = []
    for index, line in enumerate(cast("list[object]", lines) if isinstance(lines, list | tuple) else []):
        payer = line.payer if isinstance(line, ImplementationCost) else None
        if isinstance(line, Mapping):
            payer = cast("Mapping[str, object]", line).get("payer")
        if payer is not None and payer in payers:
            yield Problem(
                ("cost", index, "payer"),
                f'"{payer}" stands there twice',
                "each payer once",
                "Add the two amounts up.",
            )
        payers.append(payer)
