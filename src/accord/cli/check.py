"""`accord check`: is a programme file right? Every fault with its line and remedy."""

from __future__ import annotations

import json as json_text
import sys
from collections import Counter
from functools import partial
from pathlib import Path
from shutil import get_terminal_size
from textwrap import fill
from typing import TYPE_CHECKING, Any

from accord.cli.options import Changes, Json, ProgrammeFile
from accord.cli.progress import progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable

    from accord.programme import Programme


def check(
    programme: ProgrammeFile,
    *,
    world: str | None = None,
    changes: Changes = (),
    json: Json = False,
) -> None:
    """Check a programme file; list every fault with its remedy.

    Reads the file, matches its names with a World, and says what the programme holds: measures by area, the shocks that they
    make, and how many of its numbers are assumptions. Exit code 4 when there is a fault.

    For example:
        accord check programmes/union_state_2024.toml

        accord check my.toml --world icio-2022

        accord check my.toml --set measure.barriers.cut=0.3

        accord check my.toml --json | jq .faults

    Parameters
    ----------
    world
        Name or path of the World to match names with; the programme's own choice by default.
    """
    from accord.errors import ProgrammeError

    try:
        with progress_bar() as progress:
            progress("reading", 0, 2)
            report = _report(programme, world, changes, progress)
    except ProgrammeError as error:
        if not json:
            raise
        print(json_text.dumps(_fault_report(programme, error), indent=2, ensure_ascii=False))
        sys.exit(error.exit_code)
    print(json_text.dumps(report, indent=2, ensure_ascii=False) if json else _sentences(report))


def _report(
    file: Path, world: str | None, changes: tuple[str, ...], progress: Callable[[str, int, int], None]
) -> dict[str, Any]:
    """Read and match the programme, and say what it holds."""
    from accord.programme import read_programme

    programme = read_programme(file, changes)
    progress("matching names with the World", 1, 2)
    matched, notes = _match(programme, world)
    areas = Counter(measure.area for measure in programme.measures)
    return {
        "ok": True,
        "file": str(file),
        "name": programme.name,
        "partners": list(programme.partners),
        "world": matched,
        "base_year": programme.base_year,
        "measures": {
            "decisions": len(programme.decisions),
            "context": len(programme.context),
            "by_area": dict(areas),
        },
        "shocks": dict(Counter(type(shock).__name__.removesuffix("Shock") for shock in programme.shocks())),
        "numbers": sum(len(measure.estimates()) for measure in programme.measures),
        "assumptions": [
            {"measure": entry.measure, "key": entry.field, "value": entry.text, "source": entry.source}
            for entry in programme.assumptions()
        ],
        "notes": list(dict.fromkeys([*programme.notes(), *notes])),
        "content_hash": programme.content_hash,
    }


def _match(programme: Programme, world: str | None) -> tuple[str | None, list[str]]:
    """Match names with the World; without one at hand (and none asked for) say that names were not matched."""
    from accord.errors import WorldError
    from accord.study.check import check_programme
    from accord.world import read_world

    try:
        data = read_world(world or programme.world)
    except WorldError as error:
        if world is not None:
            raise
        return None, [f"names are not matched with World '{programme.world}': {error}"]
    return data.name, list(check_programme(programme, data).notes)


def _fault_report(file: Path, error: Any) -> dict[str, Any]:
    faults = [
        {"where": fault.where, "found": fault.found, "expected": fault.expected, "remedy": fault.remedy}
        for fault in error.faults
    ]
    return {"ok": False, "file": str(file), "faults": faults or [{"where": "", "found": str(error)}]}


def _sentences(report: dict[str, Any]) -> str:
    measures, shocks, assumed = report["measures"], report["shocks"], len(report["assumptions"])
    matched = (
        f"names match World '{report['world']}'" if report["world"] else "names not matched with a World"
    )
    lines = [
        f"{report['name']}: no fault found; {matched}.",
        "",
        f"  partners     {_listed(report['partners'])}",
        f"  decisions    {measures['decisions']}",
        f"  context      {measures['context']}",
        f"  by area      {', '.join(f'{area} {count}' for area, count in measures['by_area'].items())}",
        f"  shocks       {', '.join(f'{name} {count}' for name, count in shocks.items()) or 'none'}",
        f"  numbers      {report['numbers']}, of which {assumed} are assumptions (listed with --json)",
    ]
    broken = partial(fill, width=max(40, get_terminal_size().columns), break_on_hyphens=False)
    wrapped = [broken(lines[0]), *(broken(line, subsequent_indent=" " * 15) for line in lines[1:])]
    return "\n".join([*wrapped, *(f"\n{broken(f'Note: {note}.')}" for note in report["notes"])])


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 8 else f"{', '.join(names[:7])} and {len(names) - 7} more"
