"""The authority's stream: what it may say, who says it with it, and that it can not fork."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
from pathlib import Path

import pytest

from tally_edge import countersign, keys, signer, statement, wire
from tally_edge.authority import (
    Correction,
    CorrectionReason,
    Enrolment,
    FactsEvent,
    PlannedPoint,
    Revocation,
    RevocationReason,
    Rotation,
    SigningPlace,
    StreamPlace,
)
from tally_edge.device import RegisterValue
from tally_edge.errors import ConfigError, KeyStoreError, OutboxError, SignatureError, StatementError
from tally_edge.office import authority_proposal, authority_stream
from tally_edge.office.authority_proposal import Endorsement, Proposal
from tests.edge.authority_site import NOW, POINTS, SECRET, SITE, Site, facts, make


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make(tmp_path / "authority")


def start(site: Site) -> authority_stream.AuthorityStream:
    stream = site.open()
    stream.state(site.plan(), NOW, site.authority, site.person)
    return stream


def test_statements_follow_each_other_and_carry_both_signatures(site: Site) -> None:
    with start(site) as stream:
        stream.state(facts(), NOW, site.authority, site.person)
    with site.open() as stream:
        first, second = stream.statements()
        assert (first.claims.seq, first.claims.prev) == (0, statement.NO_PREV)
        assert (second.claims.seq, second.claims.prev, stream.prev) == (1, first.id, second.id)
        for signed, kind in ((first, type(site.plan())), (second, type(facts()))):
            signed.verify(site.authority.public_key)
            found = countersign.read(signed, wire.decode(kind, signed.payload))
            assert found is not None
            found.verify(site.person.public_key)
        assert stream.standing.facts[POINTS[1]].serial == "11223344"


def test_it_begins_with_a_plan(site: Site) -> None:
    with site.open() as stream, pytest.raises(ConfigError, match="begins with a site plan"):
        stream.state(facts(), NOW, site.authority, site.person)


def test_a_renewal_alone_needs_no_second_person(site: Site) -> None:
    with start(site) as stream:
        stream.state(site.plan(renew_by=NOW + 2 * 86_400), NOW, site.authority)
        for changed in (site.plan(POINTS[0]), site.plan(), site.plan(renew_by=NOW + 3 * 86_400, owner="Other")):
            with pytest.raises(ConfigError, match="second person"):
                stream.state(changed, NOW, site.authority)
        with pytest.raises(ConfigError, match="second person"):
            stream.state(facts(), NOW, site.authority)


def test_the_second_person_stands_in_the_plan_in_force_and_is_another(site: Site) -> None:
    stranger = signer.generate()
    with start(site) as stream:
        with pytest.raises(ConfigError, match="not that of a person"):
            stream.state(facts(), NOW, site.authority, stranger)
        with pytest.raises(ConfigError, match="another key"):
            stream.state(facts(), NOW, site.authority, site.authority)
        mine = dataclasses.replace(
            site.plan(), persons=(dataclasses.replace(site.plan().persons[0], kid=stranger.public_key.kid),)
        )
        with pytest.raises(ConfigError, match="not that of a person"):
            stream.state(mine, NOW, site.authority, stranger)  # nobody appoints himself
        assert stream.next_seq == 1


def test_plans_that_make_no_sense_are_refused(site: Site) -> None:
    loop = (PlannedPoint("urn:a:x", 900, "urn:a:y"), PlannedPoint("urn:a:y", 900, "urn:a:x"))
    plan = site.plan()
    with site.open() as stream:
        for wrong, says in (
            (dataclasses.replace(plan, points=loop), "its own parent"),
            (dataclasses.replace(plan, points=(PlannedPoint("urn:a:x", 900, "urn:a:z"),)), "not a metering point"),
            (dataclasses.replace(plan, points=()), "at least one metering point"),
            (dataclasses.replace(plan, points=(loop[0], loop[0])), "none twice"),
            (dataclasses.replace(plan, points=(PlannedPoint("urn:a:x/", 900),)), "'/'"),
            (dataclasses.replace(plan, logs=()), "log"),
            (dataclasses.replace(plan, persons=()), "second person"),
            (site.plan(renew_by=NOW), "stale"),
        ):
            with pytest.raises(ConfigError, match=says):
                stream.state(wrong, NOW, site.authority, site.person)
        assert stream.next_seq == 0


def test_facts_follow_from_the_facts_before(site: Site) -> None:
    last, first = (RegisterValue("energy_import", 99, "kWh"),), (RegisterValue("energy_import", 0, "kWh"),)
    exchange = dataclasses.replace(facts(), event=FactsEvent.EXCHANGE, closing=last, opening=first)
    hidden = dataclasses.replace(facts().registers[0], per_event=True)
    with start(site) as stream:
        for wrong, says in (
            (facts("urn:dev:org:1-x"), "not a metering point"),
            (exchange, "no meter is installed"),
            (dataclasses.replace(facts(), multiplier=0), "above 0"),
            (dataclasses.replace(facts(), registers=()), "at least one register"),
            (dataclasses.replace(facts(), registers=(hidden,)), "speaks at the cadence"),
            (dataclasses.replace(facts(), opening=first), "an exchange states"),
        ):
            with pytest.raises(ConfigError, match=says):
                stream.state(wrong, NOW, site.authority, site.person)
        stream.state(facts(), NOW, site.authority, site.person)
        for wrong, says in (
            (facts(), "installed already"),
            (dataclasses.replace(exchange, effective_at=NOW - 1), "later time"),
            (dataclasses.replace(exchange, opening=None), "an exchange states"),
            (dataclasses.replace(exchange, closing=(RegisterValue("energy_import", 99, "MWh"),)), "closing registers"),
        ):
            with pytest.raises(ConfigError, match=says):
                stream.state(wrong, NOW, site.authority, site.person)
        stream.state(exchange, NOW, site.authority, site.person)


def test_keys_are_enrolled_rotated_and_revoked_by_device(site: Site) -> None:
    old, new = signer.generate().public_key, signer.generate().public_key
    device = f"{SITE}:gw1"
    enrolment = Enrolment(device, old.encode(), POINTS, SigningPlace.POLLED_BUS, "box")
    rotation = Rotation(device, StreamPlace(old.kid, 7, bytes(32)), new.encode())
    revocation = Revocation(device, new.kid, RevocationReason.COMPROMISED)
    with start(site) as stream:
        with pytest.raises(ConfigError, match="no key of"):
            stream.state(rotation, NOW, site.authority, site.person)
        with pytest.raises(ConfigError, match="not metering points"):
            stream.state(dataclasses.replace(enrolment, points=("urn:a:x",)), NOW, site.authority, site.person)
        stream.state(enrolment, NOW, site.authority, site.person)
        with pytest.raises(ConfigError, match="is not one of"):
            stream.state(revocation, NOW, site.authority, site.person)
        stream.state(rotation, NOW, site.authority, site.person)
        stream.state(revocation, NOW, site.authority, site.person)
        future = Correction(POINTS[0], "r", NOW - 9, NOW + 1, 5, "kWh", CorrectionReason.METER_FAULT, "stuck")
        with pytest.raises(ConfigError, match="time that has passed"):
            stream.state(future, NOW, site.authority, site.person)
        stream.state(dataclasses.replace(future, to_at=NOW), NOW, site.authority, site.person)
        assert stream.next_seq == 5


def test_a_key_is_enrolled_once_unless_something_changes(site: Site) -> None:
    old, new = signer.generate().public_key, signer.generate().public_key
    device = f"{SITE}:gw1"
    enrolment = Enrolment(device, old.encode(), POINTS, SigningPlace.POLLED_BUS, "box")
    with start(site) as stream:
        stream.state(dataclasses.replace(enrolment, points=POINTS[:1]), NOW, site.authority, site.person)
        stream.state(enrolment, NOW, site.authority, site.person)
    with site.open() as stream:  # as read back from the disk
        for again in (enrolment, dataclasses.replace(enrolment, points=POINTS[::-1])):
            with pytest.raises(ConfigError, match="statement 2 of this authority enrols the key"):
                stream.state(again, NOW, site.authority, site.person)
        with pytest.raises(ConfigError, match=f"for {device} already"):
            stream.propose(dataclasses.replace(enrolment, device=f"{SITE}:gw2"), NOW, site.authority.algorithm)
        rotation = Rotation(device, StreamPlace(old.kid, 7, bytes(32)), new.encode())
        stream.state(rotation, NOW, site.authority, site.person)
        taken_over = dataclasses.replace(enrolment, public_key=new.encode())
        for again in (taken_over, rotation):
            with pytest.raises(ConfigError, match="statement 3 of this authority enrols the key"):
                stream.state(again, NOW, site.authority, site.person)
        with pytest.raises(ConfigError, match="statement 3 of this authority ended the key"):
            stream.state(enrolment, NOW, site.authority, site.person)
        revocation = Revocation(device, new.kid, RevocationReason.COMPROMISED)
        stream.state(revocation, NOW, site.authority, site.person)
        with pytest.raises(ConfigError, match="the device needs a new key"):
            stream.state(dataclasses.replace(taken_over, points=POINTS[:1]), NOW, site.authority, site.person)
        assert stream.next_seq == 5


def test_a_second_person_elsewhere(site: Site) -> None:
    with start(site) as stream:
        proposal = stream.propose(facts(), NOW, site.authority.algorithm)
        travelled = wire.decode(Proposal, wire.encode(proposal))
        back = wire.encode(authority_proposal.endorse(travelled, site.person))
        endorsement = wire.decode(Endorsement, back)
        for wrong, error, says in (
            (authority_proposal.endorse(travelled, signer.generate()), ConfigError, "not that of a person"),
            (authority_proposal.endorse(travelled, site.authority), ConfigError, "another key"),
            (dataclasses.replace(endorsement, proposal=bytes(32)), StatementError, "another proposal"),
            (
                dataclasses.replace(endorsement, public_key=site.authority.public_key.encode()),
                SignatureError,
                "another key",
            ),
        ):
            with pytest.raises(error, match=says):
                stream.finish(travelled, wrong, NOW, site.authority)
        assert stream.next_seq == 1
        signed = stream.finish(travelled, endorsement, NOW, site.authority)
        found = countersign.read(signed, wire.decode(type(facts()), signed.payload))
        assert found is not None
        found.verify(site.person.public_key)
        with pytest.raises(ConfigError, match="moved on"):
            stream.finish(travelled, endorsement, NOW, site.authority)


def test_a_changed_proposal_is_not_what_was_endorsed(site: Site) -> None:
    with start(site) as stream:
        proposal = stream.propose(facts(), NOW, site.authority.algorithm)
        endorsement = authority_proposal.endorse(proposal, site.person)
        other = Proposal(proposal.protected, wire.encode(dataclasses.replace(facts(), multiplier=1200)))
        moved = dataclasses.replace(endorsement, proposal=other.digest)
        with pytest.raises(SignatureError):
            stream.finish(other, moved, NOW, site.authority)


def test_one_process_at_a_time_and_one_authority_a_folder(site: Site) -> None:
    with site.open(), pytest.raises(OutboxError, match="in use"):
        site.open()
    with pytest.raises(ConfigError, match="already"):
        authority_stream.create(site.folder, "urn:a:b", signer.generate(), SECRET)
    with pytest.raises(ConfigError, match="no authority"):
        authority_stream.AuthorityStream(site.folder / "nowhere")


def test_a_damaged_stream_does_not_open(site: Site) -> None:
    with start(site) as stream:
        stream.state(facts(), NOW, site.authority, site.person)
    database = sqlite3.connect(site.folder / authority_stream.DATABASE)
    database.execute("DELETE FROM statement WHERE seq = 0")
    database.commit()
    database.close()
    with pytest.raises(OutboxError, match="does not follow"):
        site.open()


def test_a_statement_is_on_the_disk_before_it_is_returned(site: Site) -> None:
    """Killed right after `state` returned, without closing anything: a copy of the folder has it."""
    pid = os.fork()
    if pid == 0:
        try:
            stream = site.open()
            stream.state(site.plan(), NOW, site.authority, site.person)
        finally:
            os._exit(9)
    os.waitpid(pid, 0)
    with site.open() as stream:
        assert stream.next_seq == 1


def test_the_key_is_encrypted_and_closed_to_others(site: Site) -> None:
    path = site.folder / authority_stream.KEY_FILE
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"ENCRYPTED" in path.read_bytes()
    assert signer.load(path, SECRET).public_key == site.authority.public_key
    with pytest.raises(KeyStoreError):
        signer.load(path, SECRET + "!")
    assert keys.decode_public_key(site.authority.public_key.encode()).kid == site.authority.public_key.kid
