"""`accord sweep`: move one number of a programme over a range."""

from __future__ import annotations

from accord.cli.answers import Answer, deliver
from accord.cli.options import Changes, Json, NoRecord, Out, ProgrammeFile, Quiet, WorldName
from accord.cli.progress import progress_bar


def sweep(
    programme: ProgrammeFile,
    lever: str,
    *,
    world: WorldName = None,
    changes: Changes = (),
    out: Out = None,
    no_record: NoRecord = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Move one number of a programme over a range and say who gains at each value.

    Everything else stays at its central value. The World is calibrated again for each value, since a number may describe the base
    (a barrier that is there today). Says where a partner turns from gain to loss.

    For example:
        accord sweep programmes/union_state_2024.toml no-barriers-on-goods.cut=0:1:6

        accord sweep my.toml duty.new_rate=0:0.2:5 --json

    Parameters
    ----------
    lever
        measure.key=low:high:count, or measure.key=value,value,...; `accord check FILE --json` lists the numbers.
    """
    name, values = _parsed(lever)
    with progress_bar(quiet=quiet or json) as progress:
        progress("starting", 0, len(values))
        from accord.cli.reading import programme_and_world
        from accord.study.comparing import sweep as sweep_programme
        from accord.study.comparing import turning_points

        read, data = programme_and_world(programme, world, changes)
        table = sweep_programme(read, data, name, values, progress=progress)
    said = turning_points(table)

    def show() -> None:
        from accord.cli.tables import console
        from accord.present.comparisons import swept
        from accord.present.terminal_answers import show_small

        screen = console()
        show_small(swept(table), screen)
        for sentence in said:
            screen.print(sentence, markup=False)

    answer = Answer(
        command="sweep",
        about=f"{read.name} {name}",
        headline=" ".join(said),
        facts={
            "programme": read.name,
            "lever": name,
            "sentences": said,
            "world": data.name,
            "world_content_hash": data.content_hash,
        },
        tables={table.name: table},
        show=show,
        layout="one",
        inputs={programme: read},
        world=data,
    )
    deliver(answer, out=out, json=json, no_record=no_record)


def _parsed(lever: str) -> tuple[str, list[float]]:
    """The number's name and its values."""
    import math

    from accord.errors import AccordError

    name, _, text = lever.partition("=")
    example = "For example: accord sweep FILE no-barriers.cut=0:1:6, or no-barriers.cut=0.1,0.5,0.9"
    try:
        if text.count(":") == 2:
            low, high, count = text.split(":")
            first, last, number = float(low), float(high), int(count)
            if not 1 < number <= 1000:
                raise AccordError(f"'{lever}': {number} values; between 2 and 1000.\n  {example}")
            values = [first + (last - first) * step / (number - 1) for step in range(number)]
        else:
            values = [float(value) for value in text.split(",")]
    except ValueError:
        raise AccordError(f"'{lever}' says no values.\n  {example}") from None
    if not name or not all(map(math.isfinite, values)):
        raise AccordError(f"'{lever}' says no number and finite values.\n  {example}")
    # `--set` writes measure.ID.key: the same name is understood here.
    return name.removeprefix("measure."), sorted(dict.fromkeys(values))
