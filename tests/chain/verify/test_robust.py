"""`verify` never raises for a bundle that decodes, whatever is in it, and its texts are safe to print."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from decimal import Context, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tally_chain import bundle
from tally_chain.bundle import Bundle, Content, Entry, Section
from tally_chain.errors import BundleError
from tally_chain.findings import Code, Ledger, printable
from tally_chain.verify import verdict as verdicts
from tally_chain.verify.coverage import holes, uncovered
from tally_chain.verify.figures import difference, product, total
from tally_chain.verify.verifier import verify
from tally_edge import cbor, countersign, senml, statement, wire
from tally_edge.authority import Correction, CorrectionReason, FactsEvent, MeterFacts, RegisterFacts
from tally_edge.device import Counts, Gap, GapReason, RegisterValue, Settlement
from tally_edge.proof import MAX_TREE_SIZE
from tally_edge.senml import Reading
from tally_edge.statement import Kind
from tests.chain.verify.case import NOW, hour, opened, plain
from tests.world import POINT, REGISTER, START

FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

digests = st.binary(min_size=32, max_size=32)
texts = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=40).filter(str.isprintable)
times = st.one_of(st.integers(0, 2**40), st.sampled_from([0, START, START + 1, hour(3), 2**40]))
numbers = st.one_of(
    st.integers(-(2**64), 2**64 - 1),
    st.integers(-(2**63), 2**63 - 1).flatmap(
        lambda mantissa: st.integers(1, 18).map(lambda places: Decimal(mantissa).scaleb(-places))
    ),
)
PLAIN = plain()


@st.composite
def sections(draw: st.DrawFn) -> Section:
    """Sections of honest and of random parts."""
    honest = PLAIN.bundle(hours=3).sections[0]
    indexes = sorted(draw(st.sets(st.integers(0, MAX_TREE_SIZE), max_size=5)))
    statements = st.one_of(st.binary(min_size=1, max_size=60), st.sampled_from(PLAIN.entries))
    return Section(
        origin=draw(st.one_of(st.just(honest.origin), texts)),
        size=draw(st.one_of(st.just(honest.size), st.integers(1, MAX_TREE_SIZE))),
        checkpoint=draw(st.one_of(st.just(honest.checkpoint), st.binary(min_size=1, max_size=300))),
        head_protected=draw(st.one_of(st.just(honest.head_protected), st.binary(min_size=1, max_size=200))),
        head_signature=draw(st.one_of(st.just(honest.head_signature), st.binary(min_size=64, max_size=64))),
        entries=draw(
            st.one_of(st.just(honest.entries), st.just(tuple(Entry(index, draw(statements)) for index in indexes)))
        ),
        hashes=tuple(draw(st.one_of(st.just(honest.hashes), st.lists(digests, max_size=70)))),
    )


@FAST
@given(st.lists(sections(), max_size=3), st.sampled_from(Content), times, times, st.binary(max_size=80))
def test_any_bundle_gets_a_verdict(parts: list[Section], content: Content, first: int, last: int, grant: bytes) -> None:
    """Random sections, heads, hashes, grants, periods."""
    if first == last:  # a period is never empty
        first, last = (first - 1, last) if first else (0, 1)
    made = Bundle(bundle.MEDIA_TYPE, content, 0, min(first, last), max(first, last), tuple(parts), grant or None)
    verdict = verify(bundle.decode(bundle.encode(made)), PLAIN.policy(), now=NOW)
    assert_safe(verdicts.to_text(verdict))
    verdicts.to_json(verdict)


def assert_safe(text: str) -> None:
    """Every line of a text is printable: nothing acts on the terminal, nothing is hidden."""
    assert all(line.isprintable() for line in text.split("\n"))


@FAST
@given(st.binary(max_size=400))
def test_any_bytes_are_a_bundle_or_an_error(data: bytes) -> None:
    """Decoding raises BundleError alone."""
    with contextlib.suppress(BundleError):
        bundle.decode(data)


@FAST
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_is_a_bundle_or_an_error(at: int, value: int) -> None:
    """The same near a good one, which random bytes do not reach."""
    data = bytearray(bundle.encode(PLAIN.bundle(hours=3)))
    data[at % len(data)] = value
    with contextlib.suppress(BundleError):
        verify(bundle.decode(bytes(data)), PLAIN.policy(), now=NOW)


registers = st.sampled_from([REGISTER, "energy_export", "level"])


@st.composite
def payloads(draw: st.DrawFn) -> tuple[Kind, bytes]:
    """Payloads that a device may sign: well formed, and as strange as the format allows."""
    match draw(st.sampled_from(["readings", "settlement", "gap", "bytes"])):
        case "readings":
            at = draw(st.integers(2**28, 2**40 - 2**20))
            pack = [
                Reading(POINT, draw(registers), at + draw(st.integers(0, 2**20)), draw(numbers), "kWh")
                for _ in range(draw(st.integers(1, 3)))
            ]
            return Kind.READINGS, senml.encode([dataclasses.replace(pack[0], taken_at=at), *pack[1:]])
        case "settlement":
            counts = Counts(*(draw(st.integers(0, 3)) for _ in range(4)))
            values = tuple(
                RegisterValue(draw(registers), draw(numbers), draw(texts)[:16]) for _ in range(draw(st.integers(0, 2)))
            )
            return Kind.SETTLEMENT, wire.encode(
                Settlement(1, draw(times), "x", values, "A-1", draw(numbers), draw(digests), counts, draw(digests))  # type: ignore[arg-type]
            )
        case "gap":
            gap = Gap(draw(times), draw(times), GapReason.METER_SILENT, (), draw(st.integers(0, 9)))
            return Kind.GAP, wire.encode(gap)
        case _:
            return draw(st.sampled_from(list(Kind)[:3])), draw(st.binary(max_size=40))


@st.composite
def facts(draw: st.DrawFn) -> MeterFacts | Correction:
    """Facts that an authority may sign."""
    if draw(st.booleans()):
        at, to = draw(times), draw(times)
        return Correction(POINT, REGISTER, at, to, draw(numbers), "kWh", CorrectionReason.METER_FAULT, "why")
    known = tuple(
        RegisterFacts(draw(registers), "kWh", draw(st.booleans()), draw(st.one_of(st.none(), numbers)))
        for _ in range(draw(st.integers(0, 2)))
    )
    values = st.one_of(st.none(), st.builds(lambda value: (RegisterValue(REGISTER, value, "kWh"),), numbers))
    return MeterFacts(
        POINT, draw(st.sampled_from(FactsEvent)), draw(times), "A-1", "1", draw(numbers), known,
        closing=draw(values), opening=draw(values),
    )  # fmt: skip


@FAST
@given(st.lists(payloads(), max_size=6), st.lists(facts(), max_size=3), st.sampled_from(Content), times, times)
def test_whatever_devices_and_authorities_sign_gets_a_verdict(
    said: list[tuple[Kind, bytes]], stated: list[MeterFacts | Correction], content: Content, first: int, last: int
) -> None:
    """Valid signatures over anything the formats allow: huge numbers, times past every calendar, impossible facts."""
    world = opened()
    for payload in stated:
        kind = Kind.METER_FACTS if isinstance(payload, MeterFacts) else Kind.CORRECTION
        claims = world.authority.claims(kind, POINT, START)
        signed = countersign.sign(claims, payload, world.authority.signer, world.person)
        world.log(world.authority.advance(signed))
    for kind, encoded in said:
        claims = world.device.claims(kind, POINT, START)
        world.log(world.device.advance(statement.sign(claims, encoded, world.device.signer)))
    if first == last:  # a period is never empty
        first, last = (first - 1, last) if first else (0, 1)
    made = world.bundle_of(range(len(world.entries)), content=content)
    made = dataclasses.replace(made, from_at=min(first, last), to_at=max(first, last))
    verdict = verify(bundle.decode(bundle.encode(made)), world.policy(), now=NOW)
    assert_safe(verdicts.to_text(verdict))
    verdicts.to_json(verdict)


@given(numbers, numbers, numbers, st.lists(st.tuples(numbers, numbers), max_size=20))
def test_arithmetic_is_exact(
    later: int | Decimal, earlier: int | Decimal, factor: int | Decimal, more: list[tuple[int | Decimal, int | Decimal]]
) -> None:
    """Against whole numbers scaled by 10**36, which can not round."""
    whole = lambda number: int(Decimal(number).scaleb(18, _WIDE))  # noqa: E731
    result = product(difference(later, earlier), factor)
    exact = (whole(later) - whole(earlier)) * whole(factor)
    for rise, multiplier in more:
        result = total(result, product(rise, multiplier))
        exact += whole(rise) * whole(multiplier)
    assert int(result.scaleb(36, _WIDE)) == exact


_WIDE = Context(prec=200)


@given(
    st.lists(st.integers(0, 400), min_size=2, max_size=30),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=10),
)
def test_coverage_is_what_counting_seconds_says(moments: list[int], declared: list[tuple[int, int]]) -> None:
    """A hole is covered when every second strictly inside it lies in some declared gap."""
    found = holes(sorted(moments), 10)
    gaps = [Gap(after, before, GapReason.METER_SILENT, (), 1) for after, before in declared]
    silent = {second for gap in gaps for second in range(gap.after, gap.before)}
    expected = [hole for hole in found if not set(range(*hole)) <= silent]
    assert uncovered(found, gaps) == expected


def test_no_work_grows_with_the_square() -> None:
    """Many holes, many gaps, many facts: four times as much takes about four times as long."""

    def seconds(count: int) -> float:
        gaps = [Gap(20 * n, 20 * n + 15, GapReason.METER_SILENT, (), 1) for n in range(count)]
        started = time.process_time()
        uncovered(holes(list(range(0, 20 * count, 20)), 1), gaps)
        return time.process_time() - started

    small = max(min(seconds(20_000) for _ in range(3)), 1e-4)
    large = min(seconds(80_000) for _ in range(3))
    assert large < 12 * small


def test_a_tree_of_the_largest_size_does_not_exhaust_the_stack() -> None:
    """63 levels deep and no more."""
    good = PLAIN.bundle(hours=3)
    section = dataclasses.replace(good.sections[0], size=MAX_TREE_SIZE, entries=(Entry(2**62 - 1, b"x"),), hashes=())
    verdict = verify(dataclasses.replace(good, sections=(section,)), PLAIN.policy(), now=NOW)
    assert Code.TREE_MISMATCH in {finding.code for finding in verdict.findings}


@pytest.mark.parametrize("text", ["a\nnote 211", "\x1b[2J", "\u202egnp.exe", "a\u200bb", "\x00", "\u2028", "x" * 5000])
def test_texts_of_others_do_not_write_the_verdict(text: str) -> None:
    """Line ends, escapes, marks that turn the direction or take no width, and endless texts."""
    ledger = Ledger()
    ledger.add(Code.UNKNOWN_LOG, text, text)
    (finding,) = ledger.all()
    assert str(finding).isprintable()
    assert len(str(finding)) < 1200
    assert printable("计量点 a") == "计量点 a"


def test_an_index_that_is_true_is_no_index() -> None:
    """CBOR's true equals 1 in Python, and would be a second encoding of one bundle."""
    good = cbor.decode(bundle.encode(PLAIN.bundle(hours=3)))
    good[5][0][6][1][0] = True  # type: ignore[index, call-overload]
    with pytest.raises(BundleError, match="ascending"):
        bundle.decode(cbor.encode(good))


def test_a_time_past_every_calendar_is_told_in_seconds() -> None:
    """2**40 seconds lie in the year 36,812."""
    assert verdicts.time_text(2**40) == f"second {2**40}"
