"""`accord schema`: the JSON Schema of programme files, for editors."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from accord.cli.options import Flag


def schema(*, out: Path | None = None, json: Annotated[bool, Flag] = False) -> None:
    """Print the JSON Schema of programme files, with which an editor completes and checks as you type.

    Name it in the first line of a programme for Taplo and Even Better TOML:  #:schema ./programme.schema.json

    For example:
        accord schema --out programme.schema.json

        accord schema | jq '."$defs" | keys'

    Parameters
    ----------
    out
        File to write instead.
    json
        Print the schema in one line.
    """
    import json as json_text

    from accord.programme.schema import programme_schema, schema_text

    text = json_text.dumps(programme_schema(), ensure_ascii=False) + "\n" if json else schema_text()
    if out is None:
        print(text, end="")
        return
    from accord.world.store import whole_file

    with whole_file(out) as temporary:
        temporary.write_text(text, encoding="utf-8")
    if not json:
        print(f"Written: {out}")
        print(f"First line of a programme beside it: #:schema ./{out.name}")
