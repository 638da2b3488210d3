"""Which meter stood at a point, and how long it was vouched for, as the authority states it (计量器具). No IO.

A period is cut where the facts change (an exchange, a calibration, another ratio) and where a certificate runs out, so
that each part has one meter that is either certified through it or not. The parts of one meter share its error; a meter
that was exchanged shares none with the one before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from tally_chain.verify.facts import Facts
from tally_edge.authority import MeterFacts
from tally_finance.errors import FootprintError
from tally_finance.footprint.metering import Instrument, Kind, Transformer
from tally_finance.quantity.scale import Standard


@dataclass(frozen=True, slots=True)
class Span:
    """One meter over [`from_at`, `to_at`), Unix seconds."""

    from_at: int
    to_at: int
    instrument: Instrument


def spans(
    facts: Facts,
    point: str,
    kind: Kind,
    period: tuple[int, int],
    *,
    transformers: Iterable[Transformer] = (),
    standards: Iterable[Standard] = (),
) -> tuple[Span, ...]:
    """The meters of a point over a period [from, to).

    What the facts do not have, the transformers and standards that meters share, the reader's boundary sheet states.
    Raises FootprintError where nobody stated a meter.
    """
    from_at, to_at = period
    stated = [one.facts for one in facts.meters.get(point, ())]
    if not stated or not from_at < to_at:
        raise FootprintError(f"{point}: nobody states its meter, or the period is none")
    cuts = {one.effective_at for one in stated} | {one.certificate_expires_at for one in stated}
    edges = [from_at, *sorted(cut for cut in cuts if cut is not None and from_at < cut < to_at), to_at]
    shared = tuple(transformers), tuple(standards)
    found = []
    for start, end in pairwise(edges):
        known = facts.facts_at(point, start)
        if known is not None:
            found.append(Span(start, end, _instrument(known.facts, kind, *shared)))
    return tuple(found)


def _instrument(
    stated: MeterFacts, kind: Kind, transformers: tuple[Transformer, ...], standards: tuple[Standard, ...]
) -> Instrument:
    until = stated.certificate_expires_at
    return Instrument(stated.point, kind, stated.accuracy_class, until, transformers, standards, serial=stated.serial)
