"""Commands and files of the documentation, as a reader would type and save them.

In a Markdown page,

    ```console                 each line that begins with "$ accord" is a command; what follows it is what it printed
    ```toml title="my.toml"    (any language) is a file with that name, saved where the commands run

A console block below the comment `<!-- not run: why -->` is only checked for its words and options.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = re.compile(
    r"(?P<before>[^\n]*)\n+```(?P<language>\w+)(?P<title>[^\n]*)\n(?P<body>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
TITLE = re.compile(r'title="([^"]+)"')
INLINE = re.compile(r"(?<!`)`(?:\$ )?accord (?P<words>[^`\n]+)`(?!`)")


@dataclass(frozen=True)
class Step:
    """A file to save (`file` is its name) or a command to type; `runs` is false where the page says why not.

    `shown` is what the page says that the command answered: a part of it, where "..." on a line of its own leaves something out.
    """

    text: str
    file: str = ""
    runs: bool = True
    shown: str = ""


def pages(repository: Path) -> list[Path]:
    """Return every page that people write; the generated reference is checked through the code."""
    written = (page for page in (repository / "docs").rglob("*.md") if "reference" not in page.parts)
    return [repository / "README.md", repository / "programmes" / "README.md", *sorted(written)]


def steps(page: Path) -> Iterator[Step]:
    """Yield the files and commands of a page, in order."""
    for block in BLOCK.finditer("\n" + page.read_text(encoding="utf-8")):
        title = TITLE.search(block["title"])
        if title:
            yield Step(block["body"], file=title[1])
        elif block["language"] == "console":
            runs = not block["before"].startswith("<!-- not run:")
            found = re.split(r"(?m)^(?:\$ )?accord (.+)$", block["body"])
            for words, shown in zip(found[1::2], found[2::2], strict=True):
                yield Step(words, runs=runs, shown=shown)


def missing(shown: str, answer: str) -> list[str]:
    """Return the parts of what a page shows that the answer does not hold; where lines break, and rules, do not matter."""
    held = _plain(answer)
    return [part for part in re.split(r"(?m)^\.\.\.$", shown) if _plain(part) not in held]


def _plain(text: str) -> str:
    return " ".join(re.sub("─+", " ", text).split())


def arguments(command: str) -> list[str]:
    """Return the words of a command; a comment, and what it is piped into, are left out."""
    return shlex.split(re.split(r"\s[|>]\s", command)[0], comments=True)


def mentioned(page: Path) -> Iterator[str]:
    """Yield every command that a page names inside its sentences."""
    for found in INLINE.finditer(page.read_text(encoding="utf-8")):
        yield found["words"]
