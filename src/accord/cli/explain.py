"""`accord explain`: trace a number of a verdict, or one measure's part in it, to shocks, base values and sources."""

from __future__ import annotations

from pathlib import Path

from accord.cli.answers import Answer, deliver
from accord.cli.options import Changes, Json, NoRecord, Out, Quiet
from accord.cli.progress import progress_bar


def explain(
    run: Path,
    number: str,
    *,
    world: str | None = None,
    changes: Changes = (),
    out: Out = None,
    no_record: NoRecord = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Trace one number to measures, shocks, base values and sources; or one measure to what it gives to whom.

    A number is a region, for its household welfare, or REGION.OUTCOME with household_ev, real_income or real_output: it is taken apart
    by measure, and each measure's base values and sources are named. Then ask for a measure to see all of its shocks and cells.

    For example:
        accord explain programmes/union_state_2024.toml BLR

        accord explain programmes/union_state_2024.toml RUS.real_income

        accord explain programmes/union_state_2024.toml no-barriers-on-goods

        accord explain runs/union-state-2024-1a2b3c4d procurement --json

    Parameters
    ----------
    run
        A run directory (its programme, World and options are taken) or a programme file.
    number
        REGION, REGION.OUTCOME, or the id of a measure.
    world
        Name or path of a World; that of the run or programme by default.
    """
    with progress_bar(quiet=quiet or json) as progress:
        progress("starting", 0, 1)
        from accord.cli.reading import programme_and_world
        from accord.study.explaining import explain as explain_measure
        from accord.study.explaining_number import explain_number, number_named
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
        named = number_named(number, prepared.world.regions)
        found = (
            explain_measure(prepared, number, progress)
            if named is None
            else explain_number(prepared, *named, progress)
        )

    def show() -> None:
        from accord.cli.tables import console, without
        from accord.present.terminal_answers import show_small

        screen = console()
        for sentence in found.sentences:
            screen.print(sentence, markup=False)
        for table in found.tables:
            # The sentences name the sources of a number's cells: in every row they would fill the screen.
            cells = table.name in {"number_cells", "cells"}
            show_small(without(table, "source") if cells else table, screen)
            if table.name == "cells":
                for source in dict.fromkeys(source for source in table.frame["source"] if source):
                    screen.print(f"Source of the duties or values above: {source}.", markup=False)

    about = {"measure": number} if named is None else {"region": named[0], "outcome": named[1]}
    answer = Answer(
        command="explain",
        about=f"{read.name} {number}",
        headline=found.sentences[0],
        facts={
            **about,
            "programme": read.name,
            "world": data.name,
            "world_content_hash": data.content_hash,
            "sentences": list(found.sentences),
        },
        tables={table.name: table for table in found.tables},
        show=show,
        inputs={run: read},
        world=data,
        world_asked=world or recorded,
    )
    deliver(answer, out=out, json=json, no_record=no_record)
