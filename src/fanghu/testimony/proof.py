"""How strong a proof is: attested < recorded < measured < drilled."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum


class Proof(IntEnum):
    """Kinds of proof, weakest first (DESIGN section 2)."""

    ATTESTED = 1
    RECORDED = 2
    MEASURED = 3
    DRILLED = 4

    def __str__(self) -> str:
        return self.name.lower()


PROOFS = {str(proof): proof for proof in Proof}


def weakest(proofs: Iterable[Proof]) -> Proof | None:
    """Return the weakest of ``proofs``, or None when there is none."""
    return min(proofs, default=None)
