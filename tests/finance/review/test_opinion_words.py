"""What is against an opinion is said in both languages, whatever it is."""

from __future__ import annotations

import dataclasses

from tally_finance.bilingual import Words
from tally_finance.review import opinion_words, opinions
from tally_finance.review.opinions import Accreditation, Decision, Level, Name, Objection, Type
from tests.finance.review.test_opinions import BANK, BOUND, CONCLUSION, KNOWN, NOW, VERIFICATION, YEAR_S, digest, made


def _objections() -> list[Objection]:
    """Of every name one at least."""
    opinion, later = made(CONCLUSION), NOW + YEAR_S + 1
    found = [*opinions.standing(opinion, BOUND, later, ()), *opinions.standing(opinion, BOUND, NOW - 1, KNOWN)]
    for about in (dataclasses.replace(BOUND, report=digest("o")), dataclasses.replace(BOUND, trace=digest("o"))):
        found += opinions.standing(opinion, about, NOW, KNOWN)
    said = [
        CONCLUSION,
        dataclasses.replace(VERIFICATION, verifier=BANK),
        dataclasses.replace(VERIFICATION, accreditation=Accreditation("CNAS", "V-0017", NOW - 1)),
        dataclasses.replace(VERIFICATION, level=Level.REASONABLE),
        *(dataclasses.replace(VERIFICATION, type=one, basis="steam") for one in Type if one is not Type.UNMODIFIED),
    ]
    for one in said:
        found += opinions.for_score(made(one), BOUND, NOW, KNOWN, parties=(BANK,))
    return found


def test_every_objection_has_its_chinese() -> None:
    found = _objections()
    assert {one.name for one in found} == set(Name)
    assert [one.text for one in found if not isinstance(opinion_words.against_words(one.text), Words)] == []
    assert set(opinion_words.NAMES) == {one.value for one in Name}


def test_times_are_told_as_times() -> None:
    (expired,) = opinions.standing(made(CONCLUSION), BOUND, NOW + YEAR_S + 1, KNOWN)
    assert expired.text == "it was good until 2027-03-01T00:00:00Z"


def test_every_choice_has_its_chinese() -> None:
    for one in (*Decision, *Level, *Type):
        assert isinstance(opinion_words.choice(one.name), Words)
