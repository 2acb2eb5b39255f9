"""`accord explain`: trace one measure's part to shocks, base values and sources."""

from __future__ import annotations

from pathlib import Path

from accord.cli.options import Changes, Json, Quiet
from accord.cli.progress import progress_bar


def explain(
    run: Path,
    measure: str,
    *,
    world: str | None = None,
    changes: Changes = (),
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Trace what a measure gives to whom back to its shocks, the base values on which they fall, and the sources of both.

    For example:
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
    """
    with progress_bar(quiet=quiet or json) as progress:
        progress("starting", 0, 1)
        from accord.cli.reading import programme_and_world
        from accord.study.explaining import explain as explain_measure
        from accord.study.prepare import prepare
        from accord.study.record import PROGRAMME, read_record

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
        read, data = programme_and_world(file, world or recorded, changes)
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
