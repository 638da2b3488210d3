"""`tallystick registry`: four parties from deployment to a first claim, a revocation, a cancelled proposal."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.chain.contracts.stage import Stage
from tests.chain.registry.consortium import DELAY_SECONDS, PASSPHRASE, UNTIL, Consortium, found_on, populate, say

USCC = "91350100M000100Y43"


@pytest.fixture(params=["embedded", pytest.param("anvil", marks=pytest.mark.evm_node)])
def founded(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Consortium:
    """Contracts without a single party, on either kind of chain."""
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)
    stage = request.getfixturevalue("anvil") if request.param == "anvil" else None
    assert stage is None or isinstance(stage, Stage)
    return found_on(tmp_path, stage)


def test_the_story(founded: Consortium) -> None:
    parties_join(founded)
    namespace = a_namespace_is_opened(founded)
    nullifier = a_certificate_is_claimed(founded, namespace)
    a_claim_changes_hands_and_ends(founded, namespace, nullifier)
    a_proposal_is_cancelled(founded)
    a_key_is_revoked(founded)


def parties_join(made: Consortium) -> None:
    hidden = say("registry", "commitment", "uscc", "91350100 M000100Y43", "--json").json
    opened = say("registry", "commitment", "uscc", USCC, "--salt", hidden["salt"], "--json").json
    assert (opened["commitment"], opened["identifier"]) == (hidden["commitment"], USCC)
    proposed = made.did("propose", "register-organisation", hidden["organisation"], hidden["commitment"], by="bob")
    (call,) = proposed["calls"]
    told = f"register organisation {hidden['organisation']} with commitment {hidden['commitment']}"
    assert (call["contract"], call["words"]) == ("Organisations", told)
    assert made.now() + DELAY_SECONDS - 5 <= proposed["ready_at"] <= made.now() + DELAY_SECONDS
    early = made.run("execute", proposed["operation"], by="stranger")
    assert (early.code, "is not ready until 20" in early.err) == (1, True)
    made.wait()
    assert made.did("proposals")["proposals"][0]["state"] == "ready"
    assert made.did("execute", proposed["operation"], by="stranger")["calls"][0]["words"] == told
    again = made.run("execute", proposed["operation"], by="stranger")
    assert (again.code, "was executed already in block" in again.err) == (1, True)
    registered = made.did("organisation", hidden["organisation"])["organisation"]
    assert (registered["commitment"], registered["keys"]) == (hidden["commitment"], [])
    populate(made)
    found = made.did("organisation", made.organisation["bank-a"])
    assert [key["role"] for key in found["organisation"]["keys"]] == ["lender"]
    assert found["organisation"]["keys"][0]["good"] is True
    key = made.did("key", made.address["bank-a"])
    assert key["key"]["organisation"] == made.organisation["bank-a"]
    assert (key["key"]["good"], key["key"]["believed"], key["key"]["revocation"]) == (True, True, None)
    said = made.run("key", made.address["stranger"])
    assert said.code == 1
    assert "was never bound" in said.out


def a_namespace_is_opened(made: Consortium) -> str:
    file = made.folder / "namespace.json"
    words = ("--name", "green-certificates-2026", "--kind", "certificate", "--scheme", "uscc")
    said = say("registry", "new-namespace", str(file), *words, "--json")
    assert said.code == 0, said.err
    namespace = str(said.json["namespace"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    made.decided(
        "open-namespace", namespace, made.organisation["registrar"], "lender", "--releasable", "--transferable"
    )
    (space,) = made.did("claims")["namespaces"]
    assert space == {
        "id": namespace,
        "registrar": made.organisation["registrar"],
        "claimant_role": "lender",
        "releasable": True,
        "transferable": True,
    }
    return namespace


def a_certificate_is_claimed(made: Consortium, namespace: str) -> str:
    content = made.folder / "content.txt"
    content.write_text("12.5 MWh", "utf-8")
    hidden = say("registry", "digest", str(content), "--json").json
    again = say("registry", "digest", str(content), "--salt", hidden["salt"], "--json").json
    assert again == hidden
    file = made.folder / "claim.json"
    countersigned = made.did(
        "countersign", "claim", made.folder / "namespace.json", USCC, "GC-2026-000117", "--organisation",
        made.organisation["bank-a"], "--digest", hidden["digest"], "--out", file, by="registrar",
    )  # fmt: skip
    assert countersigned["round"] == 1
    nullifier = str(countersigned["nullifier"])
    other_spelling = ("nullifier", made.folder / "namespace.json", "91350100 M000100Y43", "gc–2026–000117")
    assert say("registry", *map(str, other_spelling), "--json").json["nullifier"] == nullifier
    assert made.did("claims", nullifier)["claims"] == []
    refused = made.run("claim", file, by="bank-b")
    assert refused.code == 1
    assert made.organisation["bank-b"] in refused.err
    made_claim = made.did("claim", file, by="bank-a")
    assert (made_claim["holder"], made_claim["digest"]) == (made.organisation["bank-a"], hidden["digest"])
    assert made_claim["already_claimed"] is False
    assert made.did("claim", file, by="bank-a")["already_claimed"] is True
    second = made.run(
        "countersign", "claim", made.folder / "namespace.json", USCC, "GC-2026-000117", "--organisation",
        made.organisation["bank-b"], "--digest", hidden["digest"], "--out", made.folder / "second.json", by="registrar",
    )  # fmt: skip
    assert second.code == 1
    assert f"claimed by organisation {made.organisation['bank-a']}" in second.err
    assert not (made.folder / "second.json").exists()
    return nullifier


def a_claim_changes_hands_and_ends(made: Consortium, namespace: str, nullifier: str) -> None:
    bank_a, bank_b = made.organisation["bank-a"], made.organisation["bank-b"]
    not_offered = made.run("accept", namespace, nullifier, by="bank-b")
    assert not_offered.code == 1
    assert "ClaimsNotOfferedTo" in not_offered.err
    assert made.did("offer", namespace, nullifier, "--to", bank_b, by="bank-a")["offered_to"] == bank_b
    assert made.did("claims", nullifier)["claims"][0]["offered_to"] == bank_b
    assert f"offered to {bank_b}" in made.run("claims").out
    assert made.did("offer", namespace, nullifier, "--withdraw", by="bank-a")["offered_to"] is None
    assert made.did("claims", nullifier)["claims"][0]["offered_to"] is None
    made.did("offer", namespace, nullifier, "--to", bank_b, by="bank-a")
    assert made.did("accept", namespace, nullifier, by="bank-b")["holder"] == bank_b
    file = made.folder / "release.json"
    signed = ("countersign", "release", made.folder / "namespace.json", USCC, "GC-2026-000117", "--out", file)
    assert "claimed by" in made.run(*signed, "--organisation", bank_a, by="registrar").err
    made.did("offer", namespace, nullifier, "--to", bank_a, by="bank-b")
    made.did(*signed, "--organisation", bank_b, by="registrar")
    wrong_verb = made.run("claim", file, by="bank-b")
    assert (wrong_verb.code, "countersigns a release" in wrong_verb.err) == (1, True)
    ended = made.did("release", file, by="bank-b")
    assert (ended["holder"], ended["rounds"]) == (None, 1)
    (thing,) = made.did("claims", nullifier, "--namespace", namespace)["claims"]
    assert [held["holder"] for held in thing["holdings"]] == [bank_a, bank_b]
    assert all(held["until_block"] is not None for held in thing["holdings"])
    assert thing["offered_to"] is None
    assert "free" in made.run("claims", nullifier).out


def a_proposal_is_cancelled(made: Consortium) -> None:
    """bob sees what alice is about to do, and stops it."""
    binding = ("bind-key", made.organisation["bank-a"], made.address["stranger"], "authority", "--until", UNTIL)
    proposed = made.did("propose", *binding, by="alice")
    seen = made.run("proposals", "--open")
    assert f"transaction key {made.address['stranger']} of organisation {made.organisation['bank-a']}" in seen.out
    assert "as authority, from its binding to 2040-01-01T00:00:00Z" in seen.out
    assert "a node can hide one" in seen.out
    assert made.did("cancel", proposed["operation"], by="bob")["state"] == "cancelled"
    made.wait()
    refused = made.run("execute", proposed["operation"], by="stranger")
    assert (refused.code, "was cancelled in block" in refused.err) == (1, True)
    states = {one["id"]: one["state"] for one in made.did("proposals")["proposals"]}
    assert states[proposed["operation"]] == "cancelled"
    assert sorted(states.values()) == ["cancelled", "done", "done", "done"]


def a_key_is_revoked(made: Consortium) -> None:
    before = made.now()
    since = before - 10
    made.wait(5)
    revoked = made.did("revoke-key", made.address["bank-a"], "--reason", "compromised", "--since", since, by="revoker")
    assert revoked["key"]["revocation"]["since"] == since
    made.wait(5)
    now = made.run("key", made.address["bank-a"], "--json")
    assert (now.code, now.json["key"]["good"]) == (1, False)
    hindsight = made.run("key", made.address["bank-a"], "--at", before, "--json")
    assert (hindsight.code, hindsight.json["key"]["good"], hindsight.json["key"]["believed"]) == (1, True, False)
    assert "not believed in hindsight" in made.run("key", made.address["bank-a"], "--at", before).out
    earlier = made.did("key", made.address["bank-a"], "--at", since - 1)
    assert (earlier["key"]["good"], earlier["key"]["believed"]) == (True, True)
    assert "not good" in made.run("organisation", made.organisation["bank-a"]).out
