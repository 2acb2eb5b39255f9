"""Pages docs/measures/KIND.md: what a kind means, and a worked example on the toy World that a test keeps true.

The example is programmes/kinds/KIND.toml. Refresh the pages with: pytest tests/docs/test_measure_pages.py --update-golden
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

from accord.adapters import equilibrium, prices
from accord.programme import read_programme
from accord.programme.measures import KINDS
from accord.shocks import ContractPriceShock
from accord.study import run
from accord.study.check import check_programme
from accord.world import read_world
from tools.generate_programme_reference import keys_of_kind

REPOSITORY = Path(__file__).resolve().parents[1]
EXAMPLES = REPOSITORY / "programmes" / "kinds"
TAKERS = {"equilibrium (long run)": equilibrium.accepts, "prices (a year)": prices.accepts}
"""Engines and the function that says whether they take a shock."""


def kinds() -> list[str]:
    """Kinds with a worked example, in alphabetical order."""
    return sorted(path.stem for path in EXAMPLES.glob("*.toml"))


def page(kind: str) -> str:
    """Return the text of the page of `kind`."""
    return "\n".join(_lines(kind)).rstrip() + "\n"


def _lines(kind: str) -> Iterator[str]:
    measure = KINDS[kind]
    file = EXAMPLES / f"{kind}.toml"
    yield f"# `{kind}`\n"
    yield "<!-- Written by tools/measure_pages.py from the class, the example and a run of it; edit those. -->\n"
    yield (inspect.getdoc(measure) or "") + "\n"
    made = ", ".join(f"`{shock.__name__}`" for shock in measure.made_of)
    yield f"Makes {made}.\n"
    yield "## Fields\n"
    yield "Beside those of [every measure](../reference/measures.md#keys-of-every-measure) (dates, status, bodies, evidence):\n"
    yield from keys_of_kind(measure)
    yield f"Tables within these: [reference](../reference/measures.md#kind-{kind}).\n"
    yield "## Worked example\n"
    yield f"`programmes/kinds/{kind}.toml`, on the made-up World `toy` (a hand-sized economy; its numbers describe nobody):\n"
    yield "```toml"
    lines = file.read_text(encoding="utf-8").rstrip().splitlines()
    yield "\n".join(
        line for line in lines if not line.startswith("#:schema")
    )  # the way to it holds in the repository alone
    yield "```\n"
    programme = read_programme(file)
    shocks = programme.shocks()
    yield "Its shocks, and the engines that take them:\n"
    for name in dict.fromkeys(type(shock).__name__ for shock in shocks):
        of_kind = [shock for shock in shocks if type(shock).__name__ == name]
        takers = [engine for engine, accepts in TAKERS.items() if all(map(accepts, of_kind))]
        if name == "SupplyTermsShock":  # what engines take is made of it when the World is known
            found = check_programme(programme, read_world(programme.world))
            of_kind = [s for s in (*found.context, *found.decisions) if isinstance(s, ContractPriceShock)]
            takers = [engine for engine, accepts in TAKERS.items() if all(map(accepts, of_kind))]
            yield f"- `{name}` x 1, on this World `ContractPriceShock` x {len(of_kind)}: {', '.join(takers)}"
            continue
        yield f"- `{name}` x {len(of_kind)}: {', '.join(takers) or 'none'}"
    yield ""
    outcome = run(programme, variants=False)
    regions = outcome["regions"].set_index("region")
    yield "| | household welfare, USD million | household welfare, % | output, % |"
    yield "| --- | --- | --- | --- |"
    for _, row in regions.iterrows():
        yield (
            f"| {row['region_name']} ({row['role']}) | {row['household_ev_usd']:+.2f} | {row['household_ev_pct']:+.3f} | "
            f"{row['real_output_pct']:+.3f} |"
        )
    yield f"\n{outcome.verdict.sentence}\n"
    for note in outcome.notes:
        yield f"- Note: {note}"
