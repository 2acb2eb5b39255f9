"""Run every programme in programmes/ and write docs/gallery.md with the verdicts and pictures of those very runs.

    python tools/build_gallery.py [NAME ...]      # all programmes, or those named (file names without .toml); the others stay

A programme whose World is not here keeps the entry that it has and is named on standard error; bring it with `accord data`. What is shown
are results; data do not ship. The page notes the content of each programme, so that a test sees when a programme has moved on.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from accord.engines.compilation import enable_compilation_cache
from accord.errors import WorldError
from accord.present.figures import figures
from accord.programme import Programme, read_programme
from accord.study import Outcome, run
from accord.world import read_world

REPOSITORY = Path(__file__).resolve().parents[1]
GALLERY = REPOSITORY / "docs" / "gallery"
SHOWN = ("welfare", "ranges")

INTRODUCTION = """\
# Gallery

<!-- Written by tools/build_gallery.py from real runs; do not edit. -->

Every programme that comes with accord, with its verdict and pictures from a run. The numbers are those of the files as they stand:
read the sources and assumptions in each before you quote one.
"""


def main(names: list[str]) -> int:
    """Write the page and its pictures; return 0."""
    enable_compilation_cache()
    GALLERY.mkdir(parents=True, exist_ok=True)
    page = GALLERY.parent / "gallery.md"
    entries = _entries(page.read_text(encoding="utf-8")) if page.is_file() else {}
    for file in sorted((REPOSITORY / "programmes").glob("*.toml")):
        if names and file.stem not in names:
            continue
        programme = read_programme(file)
        try:
            world = read_world(programme.world)
        except WorldError:
            print(
                f"{file.name}: World '{programme.world}' is not here; its entry stays as it is",
                file=sys.stderr,
            )
            continue
        entries[file.name] = _entry(file, programme, run(programme, world))
        print(f"{file.name}: done")
    there = [file.name for file in sorted((REPOSITORY / "programmes").glob("*.toml"))]
    page.write_text(
        "\n".join([INTRODUCTION, *(entries[name] for name in there if name in entries)]), encoding="utf-8"
    )
    return 0


def _entries(page: str) -> dict[str, str]:
    """The entries of the page as it is, by the programme's file."""
    parts = [part.rstrip() + "\n" for part in re.split(r"(?m)^(?=## )", page)[1:]]
    named = ((re.search(r"<!-- (\S+\.toml) ", part), part) for part in parts)
    return {found[1]: part for found, part in named if found}


def _entry(file: Path, programme: Programme, outcome: Outcome) -> str:
    drawn = {figure.name: figure for figure in figures(outcome) if figure.name in SHOWN}
    for name, figure in drawn.items():
        (GALLERY / f"{file.stem}-{name}.svg").write_text(figure.svg(), encoding="utf-8")
    pictures = "\n\n".join(
        f"![{drawn[name].title}](gallery/{file.stem}-{name}.svg)" for name in SHOWN if name in drawn
    )
    return f"""\
## {programme.name}

<!-- {file.name} {programme.content_hash} -->

{outcome.verdict.sentence}

World {outcome.world_name} ({outcome.world_source}), {len(programme.decisions)} decisions, {len(programme.context)} measures of the context,
{len(programme.assumptions())} assumptions. Run it: `accord run programmes/{file.name}`

{pictures}
"""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
