"""Making proposals: once, seen beforehand, several together, by whom it may be."""

from __future__ import annotations

from typing import Any

import pytest

from tally_chain import contract_abi
from tally_chain.cli.registry_calls import RIGHTS as RIGHT_NAMES
from tally_chain.cli.registry_calls import ROLES
from tally_chain.registry.call_words import RIGHTS, time_words
from tally_chain.registry.roles import KeyRole
from tests.chain.registry.consortium import UNTIL, Consortium
from tests.chain.registry.parties import fresh


def test_a_proposal_made_twice_is_one(consortium: Consortium) -> None:
    organisation, commitment = ("0x" + fresh(what).hex() for what in ("organisation", "commitment"))
    words = ("propose", "register-organisation", organisation, commitment)
    first = consortium.did(*words, by="alice")
    assert first["already_there"] is False
    before = consortium.now()
    again = consortium.did(*words, by="alice")
    assert again["already_there"] is True
    assert {**again, "already_there": False} == first
    assert consortium.did(*words, "--salt", first["salt"], by="bob")["already_there"] is True
    assert consortium.now() == before  # nothing was sent: every transaction of this chain makes a block
    assert "was proposed before, and is not proposed again" in consortium.run(*words, by="alice").out
    other = consortium.did(*words, "--salt", "0x" + fresh("salt").hex(), by="alice")
    assert other["operation"] != first["operation"]
    consortium.wait()
    consortium.did("execute", first["operation"], by="stranger")
    done = consortium.run(*words, "--salt", first["salt"], by="alice")
    assert (done.code, "it was executed already" in done.out) == (0, True)
    late = consortium.run("execute", other["operation"], by="stranger")
    assert (late.code, f"OrganisationsKnown(organisation={organisation})" in late.err) == (1, True)
    consortium.did("cancel", other["operation"], by="alice")


def test_a_call_that_would_fail_is_proposed_only_ahead(consortium: Consortium) -> None:
    unknown = "0x" + fresh("organisation").hex()
    words = ("propose", "bind-key", unknown, "0x" + fresh("key").hex(), "keeper", "--until", UNTIL)
    before = consortium.now()
    refused = consortium.run(*words, by="alice")
    assert refused.code == 1
    assert f"OrganisationsUnknown(organisation={unknown})" in refused.err
    assert "--ahead" in refused.err
    assert consortium.now() == before
    ahead = consortium.run(*words, "--ahead", by="alice")
    assert (ahead.code, "OrganisationsUnknown" in ahead.err) == (0, True)


# That of the sites is tried where there are sites: tests/chain/receipts/test_deployment.py.
@pytest.mark.parametrize("right", [name for name in RIGHT_NAMES if name != "sites-admin"])
def test_rights_are_granted_and_taken(consortium: Consortium, right: str) -> None:
    account = consortium.address["stranger"]
    if right != "executor":
        assert consortium.run("propose", "take-right", right, account, by="alice").code == 0
    granted = consortium.decided("grant-right", right, account)
    assert granted["calls"][0]["words"] == f"grant the right {right} to {account}"
    name, role = RIGHTS[right]
    assert _holds(consortium, name, role, account)
    taken = consortium.did("propose", "take-right", right, account, by="bob")
    consortium.wait()
    consortium.did("execute", taken["operation"], by="stranger")
    assert not _holds(consortium, name, role, account)


def _holds(made: Consortium, name: str, role: bytes, account: str) -> bool:
    with made.engine() as engine:
        answer = engine.call(made.contracts[name], contract_abi.call_data(name, "hasRole", role, account))
    return answer[-1] == 1


def test_another_registrar_is_appointed(consortium: Consortium) -> None:
    namespace = "0x" + fresh("namespace").hex()
    consortium.decided("open-namespace", namespace, consortium.organisation["registrar"], "price-source")
    consortium.decided("appoint-registrar", namespace, consortium.organisation["keeper"])
    (space,) = consortium.did("claims", "--namespace", namespace)["namespaces"]
    assert (space["registrar"], space["claimant_role"]) == (consortium.organisation["keeper"], "price-source")
    assert (space["releasable"], space["transferable"]) == (False, False)


def test_who_may_not(consortium: Consortium) -> None:
    words = ("propose", "register-organisation", "0x" + fresh().hex(), "0x" + fresh().hex())
    refused = consortium.run(*words, by="stranger")
    assert (refused.code, "AccessControlUnauthorizedAccount" in refused.err) == (1, True)
    name = consortium.did(*words, by="alice")["operation"]
    refused = consortium.run("cancel", name, by="revoker")
    assert (refused.code, "AccessControlUnauthorizedAccount" in refused.err) == (1, True)
    consortium.did("cancel", name, by="bob")
    for word in ("cancel", "execute"):
        refused = consortium.run(word, name, by="alice")
        assert (refused.code, "was cancelled in block" in refused.err) == (1, True)
        unknown = consortium.run(word, "0x" + fresh().hex(), by="alice")
        assert (unknown.code, "does not know operation" in unknown.err) == (1, True)
    assert consortium.run("proposals", "0x" + fresh().hex()).code == 1
    assert consortium.run("propose", "register-organisation", "0x00", "0x00", by="alice").code == 2
    without = consortium.run(*words)
    assert (without.code, "--key" in without.err) == (2, True)


def test_the_shape_of_what_scripts_read(consortium: Consortium) -> None:
    made = consortium.did("propose", "register-organisation", "0x" + fresh().hex(), "0x" + fresh().hex(), by="alice")
    assert list(made) == ["operation", "already_there", "state", "salt", "ready_at", "chain_time", "calls"]
    assert list(made["calls"][0]) == ["to", "contract", "value_wei", "data", "words"]
    seen = consortium.did("proposals", made["operation"])
    assert list(seen) == ["timelock", "block", "chain_time", "proposals", "not_shown", "rights", "note"]
    people = sorted((consortium.address["alice"], consortium.address["bob"]))
    assert seen["rights"] == {
        "timelock-admin": [consortium.contracts["TimelockController"]],
        "proposer": people,
        "canceller": people,
        "executor": ["0x" + "00" * 20],
    }
    assert "executor        anybody" in consortium.run("proposals").out
    (row,) = seen["proposals"]
    assert row == {
        "id": made["operation"],
        "state": "waiting",
        "proposed_block": seen["block"],
        "ready_at": made["ready_at"],
        "ended_block": None,
        "salt": made["salt"],
        "predecessor": None,
        "calls": made["calls"],
    }
    assert time_words(made["ready_at"]) in consortium.run("propose", "register-organisation", *_ids(made), by="bob").out
    stopped = consortium.did("cancel", made["operation"], by="bob")
    assert list(stopped) == ["operation", "state", "block", "calls"]


def _ids(made: dict[str, Any]) -> list[str]:
    data = made["calls"][0]["data"]
    return [data[10:74], data[74:138]]


def test_words_for_roles_and_rights_are_the_contracts() -> None:
    assert [role.upper().replace("-", "_") for role in ROLES] == [role.name for role in KeyRole]
    assert list(RIGHT_NAMES) == list(RIGHTS)


def test_a_batch_is_executed_together(consortium: Consortium) -> None:
    organisation = "0x" + fresh("organisation").hex()
    file = consortium.folder / "together.txt"
    file.write_text(
        f"register-organisation {organisation} 0x{fresh().hex()}\n"
        f"bind-key {organisation} 0x{fresh('key').hex()} keeper --from 2026-01-01T00:00:00+08:00 --until {UNTIL}\n",
        "utf-8",
    )
    proposed = consortium.run("propose", "batch", file, by="alice")
    assert proposed.code == 0
    assert "OrganisationsUnknown" in proposed.err  # alone the second would fail; together they do not
    assert "2025-12-31T16:00:00Z to 2040" in proposed.out
    operation = proposed.out.split()[1]
    consortium.wait()
    consortium.did("execute", operation, by="stranger")
    assert len(consortium.did("organisation", organisation)["organisation"]["keys"]) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# nobody\n\n", "0 calls"),
        ("register-organization 0x00 0x00\n", "line 1: argument CALL: invalid choice"),
        ("\nappoint-registrar 0x12 0x34\n", "line 2: argument NAMESPACE: 64 hexadecimal digits"),
        ("appoint-registrar 'a\n", "line 1: No closing quotation"),
        ("grant-right registrar --help\n", "line 1: "),
        ("register-organisation {} {}\n".format("01" * 32, "02" * 32) * 101, "101 calls"),
        ("#" * 70_000, "too long"),
    ],
)
def test_a_batch_with_a_fault_is_refused(consortium: Consortium, text: str, told: str) -> None:
    file = consortium.folder / "faulty.txt"
    file.write_text(text, "utf-8")
    refused = consortium.run("propose", "batch", file, by="alice")
    assert (refused.code, told in refused.err) == (2, True), refused.err


def test_a_batch_that_is_no_text(consortium: Consortium) -> None:
    file = consortium.folder / "bytes.txt"
    file.write_bytes(b"\xff\xfe")
    assert consortium.run("propose", "batch", file, by="alice").code == 2
    assert consortium.run("propose", "batch", consortium.folder / "absent.txt", by="alice").code == 3
