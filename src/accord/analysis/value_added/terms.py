"""What a decomposition consists of: its terms in the order of the paper, each with its formula and its part of exports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from accord.analysis.value_added.multipliers import ValueChains

PARTS = {
    "vax": ("Value added absorbed abroad", "domestic factor income in these exports that is absorbed abroad"),
    "returned": ("Value added returned", "domestic factor income that comes back and is absorbed at home"),
    "fva": ("Foreign value added", "factor income of other regions, counted once"),
    "double_counted": (
        "Double counted",
        "what these borders count again: parts of value that crossed before, whatever they consist of",
    ),
    "duties_taxes": (
        "Duties and taxes",
        "duties on inputs and taxes on output, of all regions, counted once; no factor income",
    ),
}
"""Part of gross exports -> (heading, meaning). Every term belongs to one part, and the parts add up to gross exports."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a decomposition.

    Attributes:
        name: Column name.
        label: Heading.
        formula: As the paper writes it, in the symbols of `multipliers`.
        part: The part of exports that it belongs to, a key of `PARTS`.
    """

    name: str
    label: str
    formula: str
    part: str


@dataclass(frozen=True, slots=True)
class Method:
    """A published decomposition of gross exports.

    Attributes:
        name: As the user writes it ("bm-source").
        title: As every column carries it ("Borin and Mancini (2019), source-based").
        citation: Where its equations stand.
        terms: In order.
        bilateral: Whether it is defined for single flows; otherwise for a region's total exports alone.
        compute: (chains, position of the exporter) -> (term, importer, sector), the exporter's own row zero; (term,) for a
            method that is not bilateral. USD million.
        perimeter: Whose borders value is counted at once.
    """

    name: str
    title: str
    citation: str
    terms: tuple[Term, ...]
    bilateral: bool
    compute: Callable[[ValueChains, int], np.ndarray]
    perimeter: str = "exporter"


LEVIES = (
    Term(
        "levies_domestic",
        "Duties and taxes, own",
        "terms of domestic value added, with t for v",
        "duties_taxes",
    ),
    Term(
        "levies_foreign",
        "Duties and taxes, foreign",
        "terms of foreign value added, with t for v",
        "duties_taxes",
    ),
)
"""The two terms that close every decomposition (docs/methods/value-added.md, section 2)."""
