"""Programmes: what is proposed. Read from TOML, checked, and turned into shocks."""

from accord.programme.estimate import Estimate
from accord.programme.programme import Assumption, Programme
from accord.programme.read import effective_text, read_programme

__all__ = ["Assumption", "Estimate", "Programme", "effective_text", "read_programme"]
