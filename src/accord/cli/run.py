"""`accord run`: a programme file in, a verdict and a run directory out."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from accord.cli.options import Changes, Flag, Json, ProgrammeFile, WorldName
from accord.cli.progress import progress_bar

if TYPE_CHECKING:
    from accord.study import Outcome


def run(
    programme: ProgrammeFile,
    *,
    world: WorldName = None,
    out: Path | None = None,
    elasticities: str | None = None,
    closure: str | None = None,
    model: dict[str, str] | None = None,
    changes: Changes = (),
    variants: bool = True,
    full: Annotated[bool, Flag] = False,
    horizon: Literal["long-run", "one-year", "both"] = "both",
    json: Json = False,
    quiet: Annotated[bool, Flag] = False,
) -> None:
    """Run a programme on a World and say who gains.

    Prints the verdict and writes a run directory: tables (Parquet, CSV), one HTML page, and a record for `accord verify`.

    For example:
        accord run programmes/union_state_2024.toml

        accord run programmes/nafta_1993.toml --world cp2015 --out runs/nafta

        accord run programmes/union_state_2024.toml --full

        accord run my.toml --model.factors=specific --model.labour_share=0.6

        accord run my.toml --horizon one-year

        accord run my.toml --set measure.barriers.cut=0.3 --set discount_rate=0.03

        accord run my.toml --json | jq .verdict.all_partners_gain

    Parameters
    ----------
    out
        Directory for the files; by default runs/PROGRAMME-HASH here. An earlier run there is replaced.
    elasticities
        Set of trade elasticities of the World; its default otherwise.
    closure
        Trade imbalances: "balanced" (default), "world-share", "own-share" or "level".
    model
        Other options of the long-run engine, as in the programme's [model]: --model.factors=specific --model.materials=0.5
    variants
        Try other rents and elasticity sets, on which the verdict's range rests.
    full
        Answer every further question too: odds, which measure gives what to whom, and the rest. Takes minutes, not seconds.
    horizon
        "long-run" (equilibrium), "one-year" (costs and prices at fixed quantities), or "both".
    quiet
        No progress bar, and nothing on standard output but where the files are.
    """
    run_and_show(
        programme,
        {
            "world": world,
            "elasticities": elasticities,
            "closure": closure,
            "model": {key: _value(text) for key, text in (model or {}).items()},
            "variants": variants,
            "full": full,
            "horizon": horizon,
        },
        out=out,
        as_json=json,
        quiet=quiet,
        changes=changes,
    )


def _value(text: str) -> Any:
    """A value as TOML would read it; anything else is text."""
    import tomllib

    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def run_and_show(
    programme: ProgrammeFile,
    choices: dict[str, Any],
    *,
    out: Path | None,
    as_json: bool,
    quiet: bool,
    changes: tuple[str, ...] = (),
) -> None:
    """Run, write the run directory, and print what was asked for."""
    begun = time.perf_counter()
    with progress_bar(quiet=quiet) as progress, ExitStack() as later:
        progress("starting", 0, 4)
        from accord.engines.compilation import enable_compilation_cache
        from accord.present.drawing import artist
        from accord.present.report import pages
        from accord.programme import effective_text, read_programme
        from accord.study import RunOptions, write_run
        from accord.study import run as run_study

        enable_compilation_cache()
        plan = read_programme(programme, changes)
        drawing = later.enter_context(artist())
        outcome = run_study(plan, progress=progress, **choices)
        progress("writing the files", 4, 5)
        drawing.begin(outcome)
        timing = {"run_seconds": time.perf_counter() - begun}
        text = effective_text(programme, changes)
        directory = write_run(
            outcome,
            text,
            RunOptions(**choices),
            out,
            pages=partial(pages, draw=drawing.figures),
            timing=timing,
            attachments=plan.attachments(),
        )
    if as_json:
        _print_json(outcome, directory)
    elif quiet:
        print(directory)
    else:
        from rich.console import Console

        from accord.present.terminal import show_outcome

        show_outcome(outcome, Console(highlight=False), directory)


def _print_json(outcome: Outcome, directory: Path) -> None:
    import json

    files = {
        "directory": str(directory),
        "report": str(directory / "report.html"),
        "record": str(directory / "record.json"),
        "tables": str(directory / "tables"),
    }
    print(json.dumps({**outcome.to_json(), "files": files}, ensure_ascii=False, allow_nan=False))
