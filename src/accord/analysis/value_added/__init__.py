"""Trade in value added: who earns what in each other's exports.

Gross exports count a component once at every border that it crosses. The functions here say whose income is in them, by four
published methods whose names stand in every column, because foreign value added differs between them by design.
Equations, terms and sources: docs/methods/value-added.md.
"""

from accord.analysis.value_added.exports import METHODS, Method, decompose_exports
from accord.analysis.value_added.participation import gvc_participation
from accord.analysis.value_added.position import chain_position
from accord.analysis.value_added.trade import content_of_exports, value_added_exports

__all__ = [
    "METHODS",
    "Method",
    "chain_position",
    "content_of_exports",
    "decompose_exports",
    "gvc_participation",
    "value_added_exports",
]
