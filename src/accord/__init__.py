"""accord: a laboratory for economic co-operation. Do all sides benefit, by how much, how surely, when and why?"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accord.errors import AccordError as AccordError
    from accord.programme import Programme as Programme
    from accord.programme import read_programme as read_programme
    from accord.study import Outcome as Outcome
    from accord.study import run as run
    from accord.study import verify as verify
    from accord.tables import Table as Table
    from accord.world import World as World
    from accord.world import read_world as read_world

__version__ = "0.1.0"

# Names are imported on first use, so that `import accord` and `accord --help` stay quick.
_HOMES = {
    "AccordError": "accord.errors",
    "Outcome": "accord.study",
    "Programme": "accord.programme",
    "Table": "accord.tables",
    "World": "accord.world",
    "read_programme": "accord.programme",
    "read_world": "accord.world",
    "run": "accord.study",
    "verify": "accord.study",
}

__all__ = [
    "AccordError",
    "Outcome",
    "Programme",
    "Table",
    "World",
    "read_programme",
    "read_world",
    "run",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'accord' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
