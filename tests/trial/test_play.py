"""A play is the real thing: the log of the gateway, the bundle of its bytes, the chain's rule."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from tally_chain import bundle
from tally_chain.findings import Code
from tally_edge.statement import Kind, decode
from tally_gateway.log.records import COUNTED_ONLY, Entry
from tally_trial.chain import Chain
from tally_trial.log_keeping import FolderLog, MemoryLog, ShownLog
from tally_trial.parties import ORIGIN, Parties
from tally_trial.play import PREPARED_S, Playing, play
from tally_trial.reading import read
from tally_trial.scene import DAY_S, look_at
from tests.trial.yard import BEGINS, Counter, Yard, yard


def test_the_gateways_own_log_and_the_one_in_memory_show_the_same_bytes(tmp_path: Path) -> None:
    scene, parties = yard(4), Parties(4)
    log = FolderLog(tmp_path, ORIGIN, parties.checkpoint, parties.proof, scene.begins - PREPARED_S)
    on_disk = play(scene, keeper=log)
    log.close()
    in_memory = play(scene)
    assert bundle.encode(on_disk.bundle) == bundle.encode(in_memory.bundle)
    assert on_disk.policy == in_memory.policy


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others() -> None:
    one, again, other = (bundle.encode(play(yard(seed)).bundle) for seed in (7, 7, 8))
    assert one == again
    assert one != other


def test_what_is_shown_at_a_midnight_goes_on_in_what_is_shown_later() -> None:
    """The later bundle begins with the same entries, and its reader holds the same heads and more."""
    scene = yard(7)
    playing = Playing(scene)
    while playing.stage.shown_until < scene.begins + DAY_S:
        playing.day()
    early = playing.shown()
    while not playing.is_over:
        playing.day()
    late = playing.shown()
    assert bundle.encode(late.bundle) == bundle.encode(play(yard(7)).bundle)
    assert (early.bundle.from_at, early.bundle.to_at) == (scene.begins, scene.begins + DAY_S)
    before, after = ([entry.statement for entry in one.bundle.sections[0].entries] for one in (early, late))
    assert before == after[: len(before)]
    assert len(before) < len(after)
    assert set(early.policy.logs[0].roots) <= set(late.policy.logs[0].roots)


def test_the_chain_takes_only_what_continues() -> None:
    played = play(yard())
    stage, chain = played.stage, Chain()
    entries = [entry.statement for entry in played.bundle.sections[0].entries]
    assert chain.offer(ShownLog(ORIGIN, tuple(entries[:20]), stage.keys, 1), 1)
    assert chain.offer(ShownLog(ORIGIN, tuple(entries[:30]), stage.keys, 2), 2)
    assert not chain.offer(ShownLog(ORIGIN, tuple(entries[:25]), stage.keys, 3), 3)
    changed = [*entries[:10], entries[11], *entries[11:40]]
    assert not chain.offer(ShownLog(ORIGIN, tuple(changed), stage.keys, 4), 4)
    assert [anchor.size for anchor in chain.accepted] == [20, 30]
    assert chain.refused == 2


def test_statements_name_the_newest_anchored_head() -> None:
    played = play(yard())
    roots = {anchor.root: anchor.time or 0 for anchor in played.anchors}
    named = 0
    for entry in played.bundle.sections[0].entries:
        claims = decode(entry.statement).claims
        if claims.beacon is not None:
            named += 1
            assert roots[claims.beacon] <= claims.issued_at
            assert not [at for at in roots.values() if roots[claims.beacon] < at <= claims.issued_at]
    assert named > 20


def test_a_meter_that_is_silent_is_declared() -> None:
    plant = Yard(
        instruments={"m1": Counter("m1", 900, silent=(BEGINS + 30_000, BEGINS + 40_000)), "m2": Counter("m2", 3)}
    )
    verdict = read(play(look_at(plant, 1))).verdict
    assert Code.DECLARED_GAP in {finding.code for finding in verdict.findings}
    assert verdict.holds


def test_settlements_are_made_at_every_local_midnight() -> None:
    played = play(yard())
    settled = [
        statement.claims
        for entry in played.bundle.sections[0].entries
        if (statement := decode(entry.statement)).claims.kind is Kind.SETTLEMENT
    ]
    assert sorted({claims.issued_at for claims in settled}) == [BEGINS + day * DAY_S for day in range(4)]


def test_a_third_statement_in_one_place_is_only_counted() -> None:
    parties = Parties(1)
    stage = play(yard()).stage
    log = MemoryLog(ORIGIN, stage.keys, 1)
    kid = parties.device("m1").public_key.kid
    places = log.append([Entry(kid, 3, bytes([n])) for n in (1, 2, 1, 3)])
    assert [place.index for place in places] == [1, 2, 1, COUNTED_ONLY]
    assert places[2].duplicate


def test_a_multiplied_meter_is_multiplied() -> None:
    counter = Counter("m1", 900)
    plain = read(play(look_at(Yard(instruments={"m1": counter}), 1))).verdict.figures[0].quantity
    facts = counter.facts
    counter.facts = lambda at: replace(facts(at), multiplier=80)  # the same meter, another plate
    multiplied = read(play(look_at(Yard(instruments={"m1": counter}), 1))).verdict.figures[0].quantity
    assert multiplied == plain * Decimal(80)
