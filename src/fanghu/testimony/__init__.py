"""The words in which mechanisms testify and clauses judge: Subject, Testimony, Verdict, Drill; no Django."""

from fanghu.testimony.drill import Drill, DrillResult, DrillRun, Step
from fanghu.testimony.envelope import FIRM, Scope, Subject, Testimony
from fanghu.testimony.message import Message, _
from fanghu.testimony.proof import PROOFS, Proof, weakest
from fanghu.testimony.verdict import Met, NotApplicable, NotMet, Unknown, Verdict

__all__ = [
    "FIRM",
    "PROOFS",
    "Drill",
    "DrillResult",
    "DrillRun",
    "Message",
    "Met",
    "NotApplicable",
    "NotMet",
    "Proof",
    "Scope",
    "Step",
    "Subject",
    "Testimony",
    "Unknown",
    "Verdict",
    "_",
    "weakest",
]
