"""Programmes: what is proposed. Read from TOML, checked, and turned into shocks."""

from accord.programme.estimate import Estimate
from accord.programme.programme import Assumption, Programme
from accord.programme.read import read_programme

__all__ = ["Assumption", "Estimate", "Programme", "read_programme"]
