"""The bridge from a programme and a World to an outcome."""

from accord.study.outcome import Outcome, Verdict
from accord.study.record import verify, write_run
from accord.study.run import run

__all__ = ["Outcome", "Verdict", "run", "verify", "write_run"]
