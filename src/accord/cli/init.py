"""`accord init`: a programme to start from, for any partners and World."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from accord.cli.options import Flag
from accord.cli.progress import progress_bar


def init(
    partners: list[str],
    /,
    *,
    world: str = "embedded",
    out: Path = Path("programme.toml"),
    schema: Annotated[bool, Flag] = False,
    json: Annotated[bool, Flag] = False,
) -> None:
    """Write a commented starter programme, which passes its check and runs; numbers in it are placeholders.

    For example:
        accord init BLR RUS --out union.toml

        accord init MEX CAN USA --world cp2015

        accord init EAEU CHN --world icio-2022 --schema

    Parameters
    ----------
    partners
        Codes of two or more regions of the World, or names of sets such as EU27. List them with: accord world show WORLD --regions
    world
        Name or path of the World that the programme is for.
    out
        File to write; one that exists is never overwritten.
    schema
        Write the JSON Schema beside it too, so that an editor (Taplo, Even Better TOML) completes and checks as you type.
    json
        Print one JSON object that names the files, and nothing else.
    """
    import json as json_text

    from accord.programme import read_programme
    from accord.programme.region_sets import region_sets
    from accord.programme.schema import schema_text
    from accord.programme.starter import starter_text
    from accord.study.check import check_programme
    from accord.world.store import read_world, whole_file

    _refuse_existing(out)
    with progress_bar() as progress:
        progress("reading the World", 0, 1)
        data = read_world(world)
    names = {**data.region_names, **{name: found.title for name, found in region_sets().items()}}
    beside = out.with_name("programme.schema.json")
    text = starter_text(
        partners,
        [names.get(code, code) for code in partners] if len(partners) > 1 else [*partners, "others"],
        world,
        data.year,
        schema=f"./{beside.name}" if schema else "",
    )
    import io

    with progress_bar() as progress:
        progress("checking what is written", 0, 1)
        check_programme(read_programme(io.StringIO(text)), data)
    with whole_file(out) as temporary:
        temporary.write_text(text, encoding="utf-8")
    if schema:
        with whole_file(beside) as temporary:
            temporary.write_text(schema_text(), encoding="utf-8")
    if json:
        print(
            json_text.dumps({"file": str(out), "schema": str(beside) if schema else None}, ensure_ascii=False)
        )
        return
    print(f"Written: {out}" + (f", {beside}" if schema else ""))
    print(f"Its numbers are placeholders. Check it with: accord check {out}    Run it with: accord run {out}")


def _refuse_existing(out: Path) -> None:
    from accord.errors import Fault, ProgrammeError

    if out.exists():
        found = "this file exists, and is not overwritten"
        raise ProgrammeError(
            [Fault(str(out), found, "the name of a new file", "Choose another with --out FILE.")]
        )
