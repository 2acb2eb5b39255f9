"""`accord explain`: trace one measure's part to shocks, base values and sources."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from accord.cli.progress import progress_bar

Flag = Parameter(negative="")


def explain(
    run: Path,
    measure: str,
    *,
    world: str | None = None,
    json: Annotated[bool, Flag] = False,
    quiet: Annotated[bool, Flag] = False,
) -> None:
    """Trace what a measure gives to whom back to its shocks, the base values on which they fall, and the sources of both.

    Examples:
        accord explain programmes/union_state_2024.toml no-barriers-on-goods

        accord explain runs/union-state-2024-1a2b3c4d procurement --json

    Parameters
    ----------
    run
        A run directory (its programme, World and options are taken) or a programme file.
    measure
        Id of the measure.
    world
        Name or path of a World; that of the run or programme by default.
    json
        Print one JSON object on standard output and nothing else there.
    quiet
        No progress bar.
    """
    with progress_bar(quiet=quiet or json) as progress:
        progress("starting", 0, 1)
        from accord.engines.compilation import enable_compilation_cache
        from accord.programme import read_programme
        from accord.study.explaining import explain as explain_measure
        from accord.study.prepare import prepare
        from accord.study.record import PROGRAMME, read_record
        from accord.world import read_world

        enable_compilation_cache()
        file, choices, recorded = run, {}, None
        if run.is_dir():
            record = read_record(run)
            file = run / PROGRAMME
            recorded = record["options"]["world"] or record["world"]["name"]
            choices = {
                **record["options"]["model"],
                "closure": record["closure"],
                "elasticities": record["elasticities"],
            }
        read = read_programme(file)
        data = read_world(world or recorded or read.world)
        prepared = prepare(read, data, read.model.over(choices))
        found = explain_measure(prepared, measure, progress)
    if json:
        import json as json_text

        from accord.cli.records import records

        tables = {table.name: records(table) for table in found.tables}
        content = {"measure": measure, "world": data.name, "sentences": list(found.sentences), **tables}
        print(json_text.dumps(content, ensure_ascii=False, allow_nan=False))
        return
    from accord.cli.tables import console
    from accord.present.terminal_answers import show_small

    screen = console()
    for sentence in found.sentences:
        screen.print(sentence, markup=False)
    for table in found.tables:
        show_small(table, screen)
