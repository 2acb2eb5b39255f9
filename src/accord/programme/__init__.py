"""Programmes: what is proposed. Read from TOML, checked, and turned into shocks."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accord.programme.estimate import Estimate as Estimate
    from accord.programme.programme import Assumption as Assumption
    from accord.programme.programme import Programme as Programme
    from accord.programme.read import effective_text as effective_text
    from accord.programme.read import read_programme as read_programme

# Names are imported on first use: an engine alone needs its options from here (`model.py`) and none of the kinds of measure.
_HOMES = {
    "Assumption": "accord.programme.programme",
    "Estimate": "accord.programme.estimate",
    "Programme": "accord.programme.programme",
    "effective_text": "accord.programme.read",
    "read_programme": "accord.programme.read",
}

__all__ = ["Assumption", "Estimate", "Programme", "effective_text", "read_programme"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'accord.programme' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
