"""The law as data: editions, their duties and limits, whom each binds, and the reader of the firm's official copy."""

from fanghu.regulation.duty import Duty, Limit, Scope
from fanghu.regulation.edition import Edition, load
from fanghu.regulation.scope import Applicability, FirmFacts, SystemFacts, applies, open_relief
from fanghu.regulation.text import RegulationError, Text
from fanghu.regulation.tightening import tighten

__all__ = [
    "Applicability",
    "Duty",
    "Edition",
    "FirmFacts",
    "Limit",
    "RegulationError",
    "Scope",
    "SystemFacts",
    "Text",
    "applies",
    "load",
    "open_relief",
    "tighten",
]
