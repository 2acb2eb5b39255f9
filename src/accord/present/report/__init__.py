"""One self-contained page about a run: the verdict, four figures, tables, assumptions, provenance and limits.

The page needs no network and no script, prints well, and can be read without seeing the figures.
"""

from accord.present.report.page import pages

__all__ = ["pages"]
