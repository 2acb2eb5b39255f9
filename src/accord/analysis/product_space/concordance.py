"""Which sector makes a product, and which products a group holds: by HS code, else by patterns in names.

Two files beside this one say it, one row a rule. `hs` rules match the beginning of a code, the longest one wins; `name` rules are
regular expressions searched for in the name without regard to case, and the first one in the file wins. Rules that begin with
`except-` say that a product does not belong.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from accord.errors import WorldError, nearest
from accord.world.products import ExportsTable

LEFT_OUT = "left-out"
"""The group of what accord proposes to nobody: arms, munitions, explosives."""


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule says of a product.

    Attributes:
        answer: The sector or group.
        rule: The rule that matched: "HS 8457" or "name ~ lathes".
    """

    answer: str
    rule: str


def sectors_of(table: ExportsTable) -> list[Match | None]:
    """The OECD sector (codes of ICIO 2022) that makes each product; None where no rule knows."""
    rules = [(row["kind"], row["pattern"], row["sector"]) for row in _rows("product_sectors.csv")]
    return _matches(table, rules)


def members_of(table: ExportsTable, group: str) -> list[Match | None]:
    """For each product, why it belongs to `group`; None where it does not."""
    known = [name for name in groups() if name != LEFT_OUT]
    if group not in (*known, LEFT_OUT):
        raise WorldError(
            f"unknown group of products '{group}'. {nearest(group, known)} There are: {', '.join(known)}."
        )
    rows = [row for row in _rows("product_groups.csv") if row["group"] == group]
    return _matches(table, [(row["kind"], row["pattern"], group) for row in rows])


def groups() -> tuple[str, ...]:
    """Names of the groups, in the order of the file."""
    return tuple(dict.fromkeys(row["group"] for row in _rows("product_groups.csv")))


def _matches(table: ExportsTable, rules: Sequence[tuple[str, str, str]]) -> list[Match | None]:
    told = [
        (kind.removeprefix("except-"), pattern, "" if kind.startswith("except-") else answer)
        for kind, pattern, answer in rules
    ]
    if table.has_codes:
        by_code = {pattern: answer for kind, pattern, answer in told if kind == "hs"}
        return [_by_code(product, by_code) for product in table.products]
    by_name = [
        (re.compile(pattern, re.IGNORECASE), answer) for kind, pattern, answer in told if kind == "name"
    ]
    return [_by_name(table.name_of_product(product), by_name) for product in table.products]


def _by_code(code: str, answers: dict[str, str]) -> Match | None:
    for length in range(len(code), 0, -1):
        answer = answers.get(code[:length])
        if answer is not None:
            return Match(answer, f"HS {code[:length]}") if answer else None
    return None


def _by_name(name: str, rules: Sequence[tuple[re.Pattern[str], str]]) -> Match | None:
    for pattern, answer in rules:
        found = pattern.search(name)
        if found is not None:
            return Match(answer, f"name has '{found[0]}'") if answer else None
    return None


@cache
def _rows(file: str) -> tuple[dict[str, str], ...]:
    text = resources.files("accord.analysis.product_space").joinpath(file).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))
