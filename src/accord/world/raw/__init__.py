"""Tables as people bring them: read, checked, mended by name where the user says so, and made into Worlds."""

from accord.world.raw.checks import checked
from accord.world.raw.mending import FIXES, Mending
from accord.world.raw.table import RawTable, world_from

__all__ = ["FIXES", "Mending", "RawTable", "checked", "world_from"]
