"""Kind `shock-table`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import PrivateAttr

from accord.programme.fields import Codes, Text
from accord.programme.labels import REGION_WORDS, SECTOR_WORDS, USE_WORDS, as_labels
from accord.programme.measures.base import Measure, exactly_one
from accord.programme.problems import Problem
from accord.shocks import (
    EmbargoShock,
    Flows,
    Labels,
    Producers,
    ProductivityShock,
    Shock,
    SubsidyShock,
    TariffShock,
    TradeCostShock,
)

COLUMNS = ("importer", "exporter", "sector", "value")
PRODUCER_EFFECTS = ("productivity", "subsidy")
RANGES: dict[str, tuple[float, float, str]] = {
    "tariff-rate": (0.0, 5.0, "a rate, share of import value before duty"),
    "tariff-change": (-5.0, 5.0, "points of the rate"),
    "trade-cost": (0.05, 20.0, "a factor on the cost of delivery; 0.95 is 5 % cheaper"),
    "embargo": (0.0, 1.0, "the share of trade that is cut off"),
    "productivity": (0.2, 5.0, "a factor on output from given inputs"),
    "subsidy": (-0.9, 0.9, "a share of the value of output, paid by the producer's own government"),
}
MANY = 20
"""So many faults of a table are listed; the rest are counted."""


class Row(NamedTuple):
    """One line of the table."""

    importer: str
    exporter: str
    sector: str
    value: float


class ShockTable(Measure):
    """Any table of changes by importer, exporter and sector: a tariff schedule, estimates of barriers, results of another model.

    The first line of the table names the columns importer, exporter, sector, value. `effect` says what a value is. For `productivity` and
    `subsidy` the exporter is the producer and the importer stays empty. A cell may hold a code, a group of the programme file or a class
    word. Two lines with the same labels are refused; lines that overlap through groups or class words both act.

    **Evidence to collect.** Where the table comes from, how sectors and regions of its source were matched with those of the World,
    and what the values were weighted by.

    **Shocks.** One for each line, of the sort that `effect` says.

    **Ignores.** Ranges: the table has central values only, so that it adds nothing to odds; state what matters as measures of its own.
    """

    kind: Literal["shock-table"] = "shock-table"
    """`shock-table`."""
    effect: Literal["tariff-rate", "tariff-change", "trade-cost", "embargo", "productivity", "subsidy"]
    """What the values are: a new tariff rate, points added to it, a factor on trade cost, the share of trade cut, a factor on
    productivity, a rate of subsidy."""
    file: Text | None = None
    """CSV file, seen from the folder of the programme file; instead of `table`."""
    table: Text | None = None
    """The CSV text itself."""
    uses: Codes | None = None
    """Users, for `trade-cost` and `embargo`: using sectors, final uses, `intermediate`, `final`. Every user when left out."""

    _rows: tuple[Row, ...] = PrivateAttr(default=())

    made_of: ClassVar = (TariffShock, TradeCostShock, EmbargoShock, ProductivityShock, SubsidyShock)

    def model_post_init(self, context: Any, /) -> None:
        """Read the table once; a fault of it is found by `rules`, with its line."""
        del context
        self._rows = tuple(entry for entry in _lines(self.table or "", self.effect) if isinstance(entry, Row))

    @property
    def rows(self) -> tuple[Row, ...]:
        """Lines of the table."""
        return self._rows

    def effects(self) -> tuple[Shock, ...]:
        """Return one shock for each line."""
        return tuple(self._effect_of(row) for row in self._rows)

    def _effect_of(self, row: Row) -> Shock:
        sector = as_labels((row.sector,), SECTOR_WORDS)
        producers = Producers(as_labels((row.exporter,), REGION_WORDS), sector)
        flows = Flows(_region(row.exporter), _region(row.importer), sector, as_labels(self.uses, USE_WORDS))
        match self.effect:
            case "tariff-rate":
                return TariffShock(measure=self.id, flows=flows, new_rate=row.value)
            case "tariff-change":
                return TariffShock(measure=self.id, flows=flows, change=row.value)
            case "trade-cost":
                return TradeCostShock(measure=self.id, flows=flows, factor=row.value)
            case "embargo":
                return EmbargoShock(measure=self.id, flows=flows, intensity=row.value)
            case "productivity":
                return ProductivityShock(measure=self.id, producers=producers, factor=row.value)
            case "subsidy":
                return SubsidyShock(measure=self.id, producers=producers, rate=row.value, payer=row.exporter)

    @classmethod
    def rules(cls, given: Mapping[str, Any]) -> Iterator[Problem]:
        """Yield what is wrong between the keys given, and every fault of the table with its line."""
        yield from super().rules(given)
        yield from exactly_one(
            {key: value for key, value in given.items() if not (key == "file" and "table" in given)},
            ("file", "table"),
            "the name of a CSV file, or its text",
        )
        effect = given.get("effect")
        if not isinstance(effect, str):
            effect = None  # what it should be is said where its type is checked
        if effect in {"productivity", "subsidy", "tariff-rate", "tariff-change"} and "uses" in given:
            yield Problem(
                ("uses",),
                f"`uses` beside effect {effect}",
                "no users: it falls on all of them",
                "Delete the key.",
            )
        table = given.get("table")
        if isinstance(table, str) and effect in RANGES:
            faults = [entry for entry in _lines(table, effect) if isinstance(entry, str)]
            at = ("file",) if "file" in given else ("table",)
            for fault in faults[:MANY]:
                found, _, expected = fault.partition("; expected ")
                yield Problem(at, found, expected)
            if len(faults) > MANY:
                yield Problem(at, f"{len(faults) - MANY} more lines have faults", "as above")


def _region(label: str) -> Labels:
    return as_labels((label,), REGION_WORDS)


def _lines(text: str, effect: str) -> Iterator[Row | str]:
    """Yield each line as a row, or what is wrong with it as "found; expected ..."."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), skipinitialspace=True)
    heading: list[str] | None = None
    first: dict[tuple[str, str, str], int] = {}
    for cells in reader:
        line, stripped = reader.line_num, [cell.strip() for cell in cells]
        if not any(stripped) or stripped[0].startswith("#"):
            continue
        if heading is None:
            heading = stripped
            if sorted(heading) != sorted(COLUMNS):
                yield f"line {line}: columns {', '.join(heading)}; expected {', '.join(COLUMNS)}, in any order"
                return
            continue
        row = _row(stripped, heading, effect, line)
        if isinstance(row, Row):
            where = row[:3]
            if where in first:
                yield f"line {line}: the same cell as line {first[where]} ({', '.join(where)}); expected each cell once"
                continue
            first[where] = line
        yield row
    if not first:
        yield "no line with a value; expected a line of column names and at least one line below it"


def _row(cells: list[str], heading: list[str], effect: str, line: int) -> Row | str:
    if len(cells) != len(heading):
        return f"line {line}: {len(cells)} cells; expected {len(heading)}, one for each column"
    named = dict(zip(heading, cells, strict=True))
    of_producer = effect in PRODUCER_EFFECTS
    for column in ("exporter", "sector") if of_producer else ("importer", "exporter", "sector"):
        if not named[column]:
            return (
                f"line {line}: the {column} is empty; expected a code, a group or a class word such as `all`"
            )
    if of_producer and named["importer"]:
        return f"line {line}: importer {named['importer']} beside effect {effect}; expected an empty cell: the exporter is the producer"
    try:
        value = float(named["value"])
    except ValueError:
        return f"line {line}: value '{named['value']}' is no number; expected a number with a decimal point"
    low, high, meaning = RANGES[effect]
    if not low <= value <= high:
        return (
            f"line {line}: value {value:g} is out of range; expected between {low:g} and {high:g}: {meaning}"
        )
    return Row(named["importer"], named["exporter"], named["sector"], value)


def with_file(given: Mapping[str, Any], folder: Path) -> tuple[dict[str, Any], list[Problem]]:
    """Return the keys of a measure with the text of its `file` as `table`, and what went wrong in reading it."""
    name = given.get("file")
    if given.get("kind") != "shock-table" or not isinstance(name, str) or "table" in given:
        return dict(given), []
    try:
        return {**given, "table": (folder / name).read_text(encoding="utf-8")}, []
    except (OSError, ValueError) as error:  # no text in UTF-8, or a name that no file can have
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is no text in UTF-8"
        problem = Problem(
            ("file",),
            f"cannot read '{name}' ({why})",
            "a CSV file, named as seen from the folder of the programme file",
        )
        return dict(given), [problem]
