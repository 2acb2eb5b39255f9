"""A year: least-cost dispatch of the power plants of several regions with the lines between them."""

from accord.engines.power.inputs import Lines, Plants, PowerSystem, faults_of, no_lines
from accord.engines.power.result import Dispatch, Residuals
from accord.engines.power.solve import InfeasibleDispatchError, Misfit, dispatch

__all__ = [
    "Dispatch",
    "InfeasibleDispatchError",
    "Lines",
    "Misfit",
    "Plants",
    "PowerSystem",
    "Residuals",
    "dispatch",
    "faults_of",
    "no_lines",
]
