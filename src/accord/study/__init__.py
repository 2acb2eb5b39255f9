"""The bridge from a programme and a World to an outcome."""

from accord.study.outcome import Outcome, Verdict
from accord.study.record import RunOptions, write_run
from accord.study.run import run
from accord.study.verification import Verification, verify

__all__ = ["Outcome", "RunOptions", "Verdict", "Verification", "run", "verify", "write_run"]
