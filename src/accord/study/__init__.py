"""The bridge from a programme and a World to an outcome."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from accord.study.outcome import Outcome as Outcome
    from accord.study.outcome import Verdict as Verdict
    from accord.study.record import RunOptions as RunOptions
    from accord.study.record import write_run as write_run
    from accord.study.running import run as run
    from accord.study.verification import Verification as Verification
    from accord.study.verification import verify as verify

# Names are imported on first use: checking a programme or reading a recorded run needs no solver. No module here may bear the
# name of a function below, or importing it would put it in the function's place (so `running.py`).
_HOMES = {
    "Outcome": "accord.study.outcome",
    "RunOptions": "accord.study.record",
    "Verdict": "accord.study.outcome",
    "Verification": "accord.study.verification",
    "run": "accord.study.running",
    "verify": "accord.study.verification",
    "write_run": "accord.study.record",
}

__all__ = ["Outcome", "RunOptions", "Verdict", "Verification", "run", "verify", "write_run"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'accord.study' has no attribute '{name}'")


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
