"""Compute every figure of accord in docs/published-comparison.md and check it, or write it.

    python tools/published_comparison.py              # says which figures of the page are not what the code gives
    python tools/published_comparison.py --write      # writes them into the page, at the digits that it shows

In the page a figure of accord is followed by a comment that says what it is, and that readers do not see:

    0.27<!--deep RUS ev-->          scenario, region, outcome

A scenario is a programme file of the repository with changes, as `accord run FILE --set ...` makes them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from accord.engines.compilation import enable_compilation_cache
from accord.programme import read_programme
from accord.study import run

if TYPE_CHECKING:
    import pandas as pd

REPOSITORY = Path(__file__).resolve().parents[1]
PAGE = REPOSITORY / "docs" / "published-comparison.md"
FIGURE = re.compile(
    r"(?P<number>[+-]?\d+(?:\.\d+)?)<!--(?P<scenario>\S+) (?P<region>[A-Z]{3}) (?P<outcome>\S+)-->"
)

OUTCOMES = {
    "ev": "household_ev_pct",
    "income": "real_income_pct",
    "gdp": "real_gdp_pct",
    "of-coalition": "household_ev_pct",  # as a share of what the scenario `global` costs the same region
}
SETS = {"": (), "/minus-one": ("fontagne-2022-minus-one",), "/cp": ("caliendo-parro-2015",)}
SHORT = (
    'model.horizon="short"',
    "model.labour_share=0.55",
    'model.capital="specific"',
    "model.rigid_wages=true",
)
_FILES = {
    "deep": "comparisons/eaeu_deep_integration",
    "spill": "comparisons/eaeu_with_spill_over",
    "stop": "comparisons/russia_decoupling",
    "doubled": "comparisons/russia_barriers_doubled",
    "services": "eu_services",
    "mercosur": "eu_mercosur",
}
SCENARIOS: dict[str, tuple[str, tuple[str, ...]]] = {
    **{
        f"{name}{ending}": (file, tuple(f'model.elasticities="{one}"' for one in chosen))
        for name, file in _FILES.items()
        for ending, chosen in SETS.items()
    },
    "deep/all-sectors": (_FILES["deep"], ('measure.halved.sectors=["goods","services"]',)),
    "deep/scale": (_FILES["deep"], ("model.scale_theta=0.5",)),
    "deep/half-rent": (_FILES["deep"], ("measure.halved.rent_share=0.5",)),
    "deep/low": (_FILES["deep"], ("measure.halved.ave=0.15",)),
    "deep/high": (_FILES["deep"], ("measure.halved.ave=0.30",)),
    "stop/short": (_FILES["stop"], SHORT),
    "doubled/40": (_FILES["doubled"], ("measure.doubled.ave=0.4",)),
    "global": ("comparisons/russia_global_stop", ()),
    "food": ("comparisons/russian_food_embargo", ()),
    "services/20": (_FILES["services"], ("measure.services.ave=0.2",)),
    "services/110": (_FILES["services"], ("measure.services.ave=1.1",)),
}
CONTEXT = {"union-context": "union_state_2024"}
"""Scenarios that are the context of a programme alone."""


def figures_of(page: str) -> Iterator[tuple[re.Match[str], float]]:
    """Yield each figure of the page with what the code gives for it; each scenario is solved once."""
    solved: dict[str, pd.DataFrame] = {}

    def value(scenario: str, region: str, outcome: str) -> float:
        if scenario not in solved:
            solved[scenario] = _solve(scenario)
        return float(solved[scenario].loc[region, OUTCOMES[outcome]])

    for found in FIGURE.finditer(page):
        scenario, region, outcome = found["scenario"], found["region"], found["outcome"]
        number = value(scenario, region, outcome)
        if outcome == "of-coalition":
            number *= 100.0 / value("global", region, outcome)
        yield found, number


def _solve(scenario: str) -> pd.DataFrame:
    if scenario in CONTEXT:
        outcome = run(REPOSITORY / "programmes" / f"{CONTEXT[scenario]}.toml", variants=False)
        return outcome["context"].set_index("region")
    file, changes = SCENARIOS[scenario]
    outcome = run(read_programme(REPOSITORY / "programmes" / f"{file}.toml", list(changes)), variants=False)
    return outcome["regions"].set_index("region")


def as_shown(number: float, shown: str) -> str:
    """Return `number` with as many digits, and as explicit a sign, as the text `shown` has."""
    digits = len(shown.partition(".")[2])
    text = f"{number:+.{digits}f}" if shown[0] in "+-" else f"{number:.{digits}f}"
    return text if float(text) else text.lstrip("-")


def main(arguments: list[str]) -> int:
    """Check or write the page; return 0 when every figure is what the code gives."""
    enable_compilation_cache()
    page = PAGE.read_text(encoding="utf-8")
    parts, last, wrong = [], 0, 0
    for found, number in figures_of(page):
        text = as_shown(number, found["number"])
        parts += [page[last : found.start()], text]
        last = found.start() + len(found["number"])
        if text != found["number"]:
            wrong += 1
            print(
                f"{found['scenario']} {found['region']} {found['outcome']}: the page has {found['number']}, the code gives {text}"
            )
    if "--write" in arguments:
        PAGE.write_text("".join([*parts, page[last:]]), encoding="utf-8")
        return 0
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
