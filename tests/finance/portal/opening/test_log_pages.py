"""An entry of a gateway's log: what one entry can show is checked, and the rest is told as not checked."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tally_chain import tree
from tally_edge import proof
from tally_edge.authority import Revocation, RevocationReason
from tally_edge.errors import TallyError
from tally_edge.proof import InclusionPath, Proof
from tally_edge.statement import Kind
from tally_finance.portal.gateways.clients import Gateways
from tally_finance.portal.gateways.room import operator_room
from tally_finance.portal.opening import of_log, reasons, room, steps
from tally_finance.portal.visit import Visit
from tally_gateway.http.tokens import Scope, TokenFile
from tally_gateway.pages import assembly
from tests.finance.portal.gateways.test_operator import HTML, site_of
from tests.finance.portal.signed_in import COOKIE
from tests.gateway.console.test_state import meter, operated, plan, stated
from tests.gateway.intake.support import eventually
from tests.gateway.service.world import device, make_world
from tests.world import World

DAY = World()
DAY.open()
DAY.day(3)


def given_of(index: int, **changed: Any) -> of_log.Given:
    path = tuple(tree.inclusion_path(DAY.nodes, index, len(DAY.entries)))
    held = Proof(DAY.head, (InclusionPath(index, path),))
    values: dict[str, Any] = {
        "entry": DAY.entries[index], "proof": held, "opening": DAY.entries[0], "links": {}, "anchors": [],
    }  # fmt: skip
    return of_log.Given(**(values | changed))


STATED = tuple((index, DAY.entries[index]) for index in (1, 2, 3))
ENROLLED = 2


def beside(index: int, world: World = DAY) -> of_log.Beside:
    path = tuple(tree.inclusion_path(world.nodes, index, len(world.entries)))
    return of_log.Beside(world.entries[index], Proof(world.head, (InclusionPath(index, path),)))


def whole_of(index: int, **changed: Any) -> of_log.Given:
    """All that a gateway gives beside a device's entry."""
    values = {"stated": STATED, "enrolment": beside(ENROLLED), "before": DAY.entries[index - 1]}
    return given_of(index, **(values | changed))


def why(told: dict[str, Any], step: str) -> str:
    return next(str(one["why"]) for one in told["steps"] if one["step"] == step)


def test_every_reason_of_these_pages_is_said_in_chinese() -> None:
    """Those that the cases of this file give; a program's own error behind one stays as it is."""
    anchor = {"size": len(DAY.entries), "root": "00" * 32, "tx_hash": "0x1", "block_number": 7, "block_time_seconds": 9}
    cases = [
        (whole_of(6), DAY.policy()), (whole_of(6), None), (whole_of(6, enrolment=None), DAY.policy()),
        (whole_of(6, enrolment=beside(3)), DAY.policy()), (whole_of(6, before=None, stated=()), None),
        (whole_of(6, before=b"", anchors=[anchor]), None), (whole_of(6, anchors=[anchor], anchor_link=[]), None),
        (given_of(0), None), (given_of(2), None), (whole_of(6, entry=b"x", opening=b"x"), None),
    ]  # fmt: skip
    seen = {str(one["why"]) for given, policy in cases for one in of_log.told(given, policy)["steps"]} - {""}
    assert len(seen) > 12
    for why_not in seen:
        assert re.search("[一-鿿]", reasons.said(why_not).chinese), why_not


def outcomes(told: dict[str, Any]) -> dict[str, str]:
    return {one["step"]: one["outcome"] for one in told["steps"]}


def test_without_a_policy_only_arithmetic_holds() -> None:
    """The head verifies with the log's own word for its key, which is told as not checked."""
    found = outcomes(of_log.told(given_of(6), None))
    assert {step for step, outcome in found.items() if outcome == "held"} == {"statement", "leaf", "path"}
    assert "failed" not in found.values()


def test_with_a_policy_head_and_anchor_hold() -> None:
    """The policy's head dates the entry; a device's key and the whole are a bundle's matter all the same."""
    told = of_log.told(given_of(6), DAY.policy())
    found = outcomes(told)
    assert (found["head"], found["anchor"]) == ("held", "held")
    assert (found["key"], found["signature"], found["bundle"]) == ("unchecked",) * 3
    assert told["not_after"] is not None
    for index in (0, 1, 2, 3):
        of_authority = outcomes(of_log.told(given_of(index), DAY.policy()))
        assert (of_authority["key"], of_authority["signature"]) == ("held", "held")


def test_a_devices_key_and_link_hold_by_what_its_authority_stated() -> None:
    told = of_log.told(whole_of(6), DAY.policy())
    assert {step for step, outcome in outcomes(told).items() if outcome != "held"} == {"bundle"}
    assert (told["signer"]["entry"], told["signer"]["name"]) == (ENROLLED, DAY.device.issuer)
    assert DAY.device.issuer in steps.summary(told).english
    for changed, outcome, text in (
        ({"enrolment": None}, "unchecked", "is not proven here"),
        ({"enrolment": beside(3)}, "failed", "the proof of another entry"),
        ({"stated": STATED[1:]}, "failed", "[authority"),  # its stream is not whole, so a revocation may be withheld
    ):
        told = of_log.told(whole_of(6, **changed), DAY.policy())
        assert outcomes(told)["key"] == outcome
        assert text in why(told, "key")
    wrong = of_log.told(whole_of(6, before=DAY.entries[4]), DAY.policy())
    assert outcomes(wrong)["link"] == "failed"
    assert outcomes(of_log.told(whole_of(6, before=None), DAY.policy()))["link"] == "unchecked"


def test_by_the_gateways_own_list_a_key_is_told_of_and_not_checked() -> None:
    stranger = replace(DAY.policy(), authorities=World(authority=DAY.device).policy().authorities)
    for policy in (None, stranger):
        told = of_log.told(whole_of(6), policy)
        found = outcomes(told)
        assert (found["key"], found["signature"], found["link"]) == ("unchecked", "held", "held")
        assert "by the gateway's own list" in why(told, "key")
        assert DAY.device.issuer not in steps.summary(told).english, "nobody is claimed to have signed"
    nobody = of_log.told(whole_of(6, stated=STATED[:1]), None)
    assert (outcomes(nobody)["key"], outcomes(nobody)["signature"]) == ("unchecked", "unchecked")


def test_an_enrolment_that_a_policys_authority_did_not_sign_fails() -> None:
    """Whoever wrote it into the list, under the name of an authority that the policy knows."""
    forged = bytes((*DAY.entries[ENROLLED][:-1], DAY.entries[ENROLLED][-1] ^ 1))
    stated = tuple((index, forged if index == ENROLLED else encoded) for index, encoded in STATED)
    told = of_log.told(whole_of(6, stated=stated), DAY.policy())
    assert outcomes(told)["key"] == "failed"
    assert "in no way that your policy accepts" in why(told, "key")
    assert outcomes(of_log.told(whole_of(6, stated=stated), None))["key"] == "unchecked"


def test_a_key_that_had_ended_fails_by_policy_and_by_the_gateways_own_word() -> None:
    world = World()
    world.open()
    world.day(3)
    kid = world.device.signer.public_key.kid
    world.state(Kind.REVOCATION, world.device.issuer, Revocation(world.device.issuer, kid, RevocationReason.RETIRED, 1))
    last = len(world.entries) - 1
    given = replace(whole_of(6), proof=beside(6, world).proof, enrolment=beside(ENROLLED, world))
    given = replace(given, stated=(*STATED, (last, world.entries[last])))
    for policy in (world.policy(), None):
        told = of_log.told(given, policy)
        assert outcomes(told)["key"] == "failed"
        assert "the key had ended at seq 1" in why(told, "key")


def test_the_gateways_own_anchor_is_held_against_the_log_and_vouches_for_nothing() -> None:
    anchor = {
        "size": len(DAY.entries),
        "root": DAY.root.hex(),
        "tx_hash": "0x1",
        "block_number": 7,
        "block_time_seconds": 9,
    }
    told = of_log.told(whole_of(6, anchors=[anchor], anchor_link=[]), None)
    assert outcomes(told)["anchor"] == "unchecked"
    assert "is of this history, and that a chain took it is its word" in why(told, "anchor")
    told = of_log.told(whole_of(6, anchors=[anchor | {"root": "00" * 32}], anchor_link=[]), None)
    assert outcomes(told)["anchor"] == "failed"
    assert "another history" in why(told, "anchor")
    told = of_log.told(whole_of(6, anchors=[anchor | {"size": 5}]), None)
    assert "has anchored none that does" in why(told, "anchor")


def test_a_head_that_is_linked_and_one_that_is_not() -> None:
    older = DAY.policy()
    later = World()
    later.open()
    later.day(5)
    nodes = later.nodes
    size = len(later.entries)
    path = tuple(tree.inclusion_path(nodes, 2, size))
    held = Proof(later.head, (InclusionPath(2, path),))
    root = replace(older.logs[0].roots[0], size=5, root=tree.CompactRange.load(5, nodes).root())
    policy = replace(older, logs=(replace(older.logs[0], roots=(root,)),))
    given = of_log.Given(later.entries[2], held, later.entries[0], {5: tree.consistency_path(nodes, 5, size)}, [])
    assert outcomes(of_log.told(given, policy))["anchor"] == "held"
    assert outcomes(of_log.told(replace(given, links={}), policy))["anchor"] == "unchecked"


def test_what_a_gateway_changed_fails() -> None:
    """Another entry, a path that was changed, a head of another key."""
    policy = DAY.policy()
    assert outcomes(of_log.told(given_of(6, entry=DAY.entries[7]), policy))["head"] == "failed"
    assert outcomes(of_log.told(given_of(6, entry=b"x"), policy))["statement"] == "failed"
    good = given_of(6)
    short = replace(good.proof, paths=(InclusionPath(6, good.proof.paths[0].path[1:]),))
    assert outcomes(of_log.told(replace(good, proof=short), policy))["path"] == "failed"
    stranger = World(proof_key=World().device.signer)
    head = proof.sign_head(DAY.origin, len(DAY.entries), DAY.root, 1, stranger.proof_key)
    assert outcomes(of_log.told(replace(good, proof=Proof(head, good.proof.paths)), policy))["head"] == "failed"
    assert outcomes(of_log.told(given_of(6, opening=b"x"), None))["head"] == "unchecked"
    with pytest.raises(TallyError):
        proof.decode(b"x")


async def test_an_operator_opens_an_entry(tmp_path: Path) -> None:
    """Over a running gateway; for the portal's own operators alone."""
    world, stream = make_world(tmp_path / "g"), device()
    scopes = frozenset({Scope.OPERATE, Scope.SUBMIT, Scope.ENTRIES})
    token = TokenFile(world.folder / "api-tokens.toml").add("portal", scopes)
    async with operated(world, stream) as at:
        await at.take(stated(world, plan(world)), stated(world, meter()), world.enrolment(stream))
        await at.take(stream.readings(), stream.readings())
        await eventually(lambda: at.service.parts.log.head.size > 5)  # there is no proof before
        await at.state()
        site, sessions = site_of(tmp_path, str(at.client.base_url), token)
        gateways = Gateways(site.gateways, site.organisation)
        app = assembly.build(site.name, [operator_room(gateways), room.room(site, gateways)], sessions, visit=Visit)
        app.state.site = site
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://portal", cookies={COOKIE: "op"}) as client:
            answer = await client.get("/open/log/yard/5", headers=HTML)
            assert answer.status_code == 200, answer.text
            shown = dict(
                re.findall(r'id="step-(\w+)" data-step="\w+">\s*<h3>.*?class="mark (\w+)"', answer.text, re.DOTALL)
            )
            assert [name for name, tone in shown.items() if tone == "good"] == [
                "statement", "signature", "link", "leaf", "path",
            ]  # fmt: skip
            assert set(shown.values()) == {"good", "doubt"}
            assert "by the gateway&#39;s own list" in answer.text
            assert (await client.get("/open/log/yard/4/statement")).status_code == 200
            assert (await client.get("/open/log/yard/99", headers=HTML)).status_code == 404
            assert (await client.get("/open/log/gone/0", headers=HTML)).status_code == 503
            assert (await client.get("/open/log/nobody/0", headers=HTML)).status_code == 404
            for who, status in (("stranger", 404), ("lender", 403)):
                client.cookies.set(COOKIE, who)
                assert (await client.get("/open/log/yard/4", headers=HTML)).status_code == status
