"""What registrars and claimants do by command: every refusal, no secret shown, files as they must be."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tally_chain.anchoring.keys import read_keystore
from tally_chain.errors import RegistryError, TransactionKeyError
from tally_chain.registry import countersignature_file, namespace_key
from tally_chain.registry.claims import TRANSFERRED_TOPIC
from tally_chain.registry.countersignature_file import Countersignature
from tally_chain.registry.identifiers import Scheme
from tally_chain.registry.nullifier import Namespace, namespace_id
from tests.chain.registry.consortium import PASSPHRASE, Consortium, Said, say
from tests.chain.registry.parties import fresh
from tests.chain.registry.test_registry_story import USCC

LIGHT = 1 << 10
RULES = Namespace("slots", "slot", Scheme.USCC, 2)


def new_namespace(made: Consortium, *rules: str, opened: bool = True) -> Path:
    """A namespace of the registrar, and its key file."""
    file = made.folder / f"{fresh().hex()}.json"
    key = namespace_key.create(file, RULES, lambda: PASSPHRASE, work_factor=LIGHT)
    if opened:
        made.decided("open-namespace", "0x" + key.namespace_id.hex(), made.organisation["registrar"], "lender", *rules)
    return file


def countersign(
    made: Consortium, file: Path, what: str, *more: object, by: str = "registrar", who: str = "bank-a"
) -> Said:
    """A countersignature into `out.json` beside the namespace's file; the digest is fresh."""
    words: list[object] = ["countersign", what, file, USCC, "2026-11-22", "7", "--out", file.with_suffix(".out")]
    words += ["--organisation", made.organisation.get(who, who)]
    words += ["--digest", "0x" + fresh("digest").hex()] if what == "claim" and "--digest" not in more else []
    file.with_suffix(".out").unlink(missing_ok=True)
    return made.run(*words, *more, "--json", by=by)


def test_an_identifier_with_a_wrong_character_is_refused() -> None:
    for scheme, text in (("uscc", "91350100M000100Y44"), ("lei", "5493001KJTIIGC8Y1R13"), ("lei", USCC)):
        said = say("registry", "commitment", scheme, text)
        assert (said.code, said.out) == (1, "")
        assert "is not a" in said.err
    said = say("registry", "commitment", "lei", "5493001KJTIIGC8Y1R12")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()] == [
        "scheme", "identifier", "organisation", "salt", "commitment",
    ]  # fmt: skip
    assert said.out != say("registry", "commitment", "lei", "5493001KJTIIGC8Y1R12").out


def test_the_key_of_a_namespace_is_a_private_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)
    file = tmp_path / "space.json"
    words = ("registry", "new-namespace", str(file), "--name", "slots", "--kind", "slot", "--scheme", "uscc")
    made = say(*words, "--numbers", "2")
    assert made.code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    opened = namespace_key.open_file(file, lambda: PASSPHRASE)
    assert made.out.split() == ["namespace", "0x" + opened.namespace_id.hex()]
    assert opened.rules == RULES
    assert opened.key.hex() not in file.read_text("utf-8") + made.out + made.err
    assert opened.key.hex() not in repr(opened)
    assert repr(opened.key) not in repr(opened)
    before = file.read_bytes()
    again = say(*words)
    assert (again.code, "never overwritten" in again.err) == (2, True)
    assert file.read_bytes() == before
    for wrong in (("--name", "Slots"), ("--kind", "a slot"), ("--numbers", "0")):
        refused = say(*words[:2], str(tmp_path / "other.json"), *words[3:], *wrong)
        assert refused.code == 1
        assert not (tmp_path / "other.json").exists()


def test_a_namespace_file_that_is_not_as_it_was_made(tmp_path: Path) -> None:
    file = tmp_path / "space.json"
    namespace_key.create(file, RULES, lambda: PASSPHRASE, work_factor=LIGHT)
    with pytest.raises(TransactionKeyError, match="wrong password"):
        namespace_key.open_file(file, lambda: "guess")
    with pytest.raises(TransactionKeyError, match="empty password"):
        namespace_key.create(tmp_path / "no.json", RULES, lambda: "")
    fields = read_keystore(file)
    assert set(fields) == {"format", "namespace", "crypto", "version"}

    def refused(told: str, **changed: Any) -> None:
        file.write_text(json.dumps(fields | changed), "utf-8")
        with pytest.raises(TransactionKeyError, match=told):
            namespace_key.open_file(file, lambda: PASSPHRASE)

    rules = fields["namespace"]
    refused("is not the key of a namespace", format="another")
    refused("the rules are not those", namespace=rules | {"number_parts": 1})
    refused("the rules are not those", namespace=rules | {"kind": "trade"})
    refused("the rules are not those", namespace=rules | {"scheme": "LEI"})
    refused("rules are damaged", namespace=rules | {"scheme": "DUNS"})
    refused("rules are damaged", namespace=rules | {"name": 7})
    refused("rules are damaged", namespace=rules | {"number_parts": "2"})
    refused("rules are damaged", namespace=[])
    refused("not a key file", crypto={})
    file.write_text(json.dumps(fields), "utf-8")
    file.chmod(0o640)
    with pytest.raises(TransactionKeyError, match="readable by others"):
        namespace_key.open_file(file, lambda: PASSPHRASE)


def test_a_nullifier_by_command_is_that_of_the_thing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", PASSPHRASE)
    file = tmp_path / "space.json"
    key = namespace_key.create(file, RULES, lambda: PASSPHRASE, work_factor=LIGHT)
    said = say("registry", "nullifier", str(file), USCC, "2026-11-22", "７", "--json")
    assert said.json == {
        "namespace": "0x" + namespace_id(RULES, key.key).hex(),
        "nullifier": "0x" + key.nullifier(USCC, "2026-11-22", "7").hex(),
    }
    for wrong in ((USCC, "2026-11-22"), (USCC, "2026-11-22", "Ü"), ("91350100M000100Y44", "2026-11-22", "7")):
        refused = say("registry", "nullifier", str(file), *wrong)
        assert (refused.code, refused.out) == (1, "")
    absent = say("registry", "nullifier", str(tmp_path / "absent.json"), USCC, "2026-11-22", "7")
    assert absent.code == 2


def test_a_registrar_does_not_sign_what_the_contract_would_refuse(consortium: Consortium) -> None:
    made = consortium
    closed = countersign(made, new_namespace(made, opened=False), "claim")
    assert (closed.code, "was never opened" in closed.err) == (1, True)
    file = new_namespace(made)
    for by in ("bank-a", "stranger"):
        said = countersign(made, file, "claim", by=by)
        assert (said.code, "is no good key of role registry-admin" in said.err) == (1, True)
    unknown = countersign(made, file, "claim", who="0x" + fresh().hex())
    assert (unknown.code, "is not registered" in unknown.err) == (1, True)
    final = countersign(made, file, "release")
    assert (final.code, "claims of this namespace are final" in final.err) == (1, True)
    said = countersign(made, file, "release", "--digest", "0x" + "11" * 32)
    assert (said.code, "--digest" in said.err) == (2, True)
    without = made.run(
        "countersign", "claim", file, USCC, "1", "2", "--organisation", made.organisation["bank-a"],
        "--out", file.with_suffix(".none"), by="registrar",
    )  # fmt: skip
    assert (without.code, "--digest" in without.err) == (2, True)
    assert not file.with_suffix(".out").exists()
    releasable = new_namespace(made, "--releasable")
    nobody = countersign(made, releasable, "release")
    assert (nobody.code, "claimed by nobody" in nobody.err) == (1, True)
    assert countersign(made, file, "claim").code == 0
    overwritten = made.run(
        "countersign", "claim", file, USCC, "1", "2", "--organisation", made.organisation["bank-a"],
        "--digest", "0x" + "11" * 32, "--out", file.with_suffix(".out"), by="registrar",
    )  # fmt: skip
    assert (overwritten.code, "exists already" in overwritten.err) == (2, True)


def test_a_countersignature_says_what_it_is_over_and_shows_no_secret(consortium: Consortium) -> None:
    file = new_namespace(consortium)
    said = countersign(consortium, file, "claim")
    assert list(said.json) == ["file", "what", "namespace", "nullifier", "organisation", "round", "deadline"]
    text = file.with_suffix(".out").read_text("utf-8")
    key = namespace_key.open_file(file, lambda: PASSPHRASE)
    assert key.key.hex() not in text + said.out + said.err
    assert PASSPHRASE not in text + said.out + said.err
    made = countersignature_file.decode(text.encode())
    assert made.what.nullifier == key.nullifier(USCC, "2026-11-22", "7")
    assert countersignature_file.encode(made) == text


def test_a_claim_is_refused_in_the_contracts_words(consortium: Consortium) -> None:
    made, file = consortium, new_namespace(consortium, "--transferable")
    out = file.with_suffix(".out")
    assert countersign(made, file, "claim", "--deadline", "2001-09-09T01:46:40Z").code == 0
    late = made.run("claim", out, by="bank-a")
    assert (late.code, "ClaimsTooLate" in late.err) == (1, True)
    assert countersign(made, file, "claim", who="keeper").code == 0
    keeper = made.run("claim", out, by="keeper")
    assert (keeper.code, "ClaimsNotClaimant" in keeper.err) == (1, True)
    assert countersign(made, file, "claim").code == 0
    for by, told in (("stranger", "the key of no organisation"), ("bank-b", made.organisation["bank-b"])):
        said = made.run("claim", out, by=by)
        assert (said.code, told in said.err) == (1, True)
    release = made.run("release", out, by="bank-a")
    assert (release.code, "countersigns a claim" in release.err) == (1, True)
    honest = countersignature_file.decode(out.read_bytes())
    for changed in (
        replace(honest.what, digest=fresh()),
        replace(honest.what, deadline=honest.what.deadline + 1),
        replace(honest.what, nullifier=fresh()),
    ):
        out.write_text(countersignature_file.encode(Countersignature(changed, honest.signature)), "utf-8")
        said = made.run("claim", out, by="bank-a")
        assert (said.code, "ClaimsNotRegistrar" in said.err) == (1, True)
    for changed in (replace(honest.what, chain_id=1), replace(honest.what, contract=made.contracts["Organisations"])):
        out.write_text(countersignature_file.encode(Countersignature(changed, honest.signature)), "utf-8")
        said = made.run("claim", out, by="bank-a")
        assert (said.code, "the countersignature is for contract" in said.err) == (1, True)


def test_what_is_shown_of_claims(consortium: Consortium) -> None:
    made, file = consortium, new_namespace(consortium, "--transferable")
    assert countersign(made, file, "claim").code == 0
    state = made.did("claim", file.with_suffix(".out"), by="bank-a")
    assert list(state) == [
        "already_claimed", "namespace", "nullifier", "holder", "digest", "offered_to", "claimed_at",
        "claimed_block", "rounds", "held_since", "takers_since",
    ]  # fmt: skip
    seen = made.did("claims", state["nullifier"])
    assert list(seen) == ["contract", "events", "namespaces", "claims"]
    (thing,) = seen["claims"]
    assert list(thing) == ["namespace", "nullifier", "holder", "offered_to", "holdings"]
    assert list(thing["holdings"][0]) == ["holder", "digest", "round", "from_block", "until_block", "held_since"]
    assert made.did("claims", "--namespace", "0x" + fresh().hex())["claims"] == []
    text = made.run("claims", state["nullifier"])
    assert f"held by {made.organisation['bank-a']}" in text.out
    never = made.run("claims", "0x" + fresh().hex())
    assert (never.code, "was never claimed" in never.out) == (0, True)
    moved = ("offer", state["namespace"], state["nullifier"], "--to", "0x" + fresh().hex())
    unknown = made.run(*moved, by="bank-a")
    assert (unknown.code, "ClaimsUnknownOrganisation" in unknown.err) == (1, True)
    other = made.run("offer", *moved[1:3], "--withdraw", by="bank-b")
    assert (other.code, "ClaimsNotHolder" in other.err) == (1, True)
    assert made.run("offer", *moved[1:3], by="bank-a").code == 2
    said = made.run("offer", *moved[1:3], "--withdraw", by="bank-a")
    assert "offered to      -" in said.out


def test_a_transfer_to_whom_nothing_was_offered_is_not_believed(consortium: Consortium) -> None:
    """A node shows the true offer, and another taker than there was."""
    made, file = consortium, new_namespace(consortium, "--transferable")
    assert countersign(made, file, "claim").code == 0
    state = made.did("claim", file.with_suffix(".out"), by="bank-a")
    bank_b, keeper = made.organisation["bank-b"], made.organisation["keeper"]
    made.did("offer", state["namespace"], state["nullifier"], "--to", bank_b, by="bank-a")
    made.did("accept", state["namespace"], state["nullifier"], by="bank-b")
    transferred = "0x" + TRANSFERRED_TOPIC.hex()

    def shown(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            event | {"data": event["data"].replace(bank_b[2:], keeper[2:])}
            if event["topics"][0] == transferred
            else event
            for event in events
        ]

    with made.through(shown) as lying:
        said = lying.run("claims")
        assert (said.code, said.out, "transfers what was not offered" in said.err) == (1, "", True)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": "another"}, "of the format"),
        ({"more": 1}, "of the format"),
        ({"round": True}, "round of the countersignature"),
        ({"round": -1}, "round of the countersignature"),
        ({"round": 2**32}, "round of the countersignature"),
        ({"deadline": "soon"}, "deadline of the countersignature"),
        ({"chain_id": 2**63}, "chain_id of the countersignature"),
        ({"what": "release"}, "for a claim, with a digest"),
        ({"what": "gift"}, "for a claim, with a digest"),
        ({"digest": None}, "for a claim, with a digest"),
        ({"digest": "0x12"}, "digest of the countersignature"),
        ({"contract": "0x" + "ab" * 20}, "fits its checksum"),
        ({"contract": 7}, "fits its checksum"),
        ({"signature": "0x" + "11" * 64}, "signature of the countersignature"),
        ({"nullifier": "11" * 33}, "nullifier of the countersignature"),
        ({"nullifier": 0}, "nullifier of the countersignature"),
    ],
)
def test_a_file_that_is_no_countersignature(change: dict[str, Any], told: str) -> None:
    good = {
        "format": countersignature_file.FORMAT,
        "what": "claim",
        "chain_id": 7,
        "contract": "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "namespace": "0x" + "01" * 32,
        "nullifier": "0x" + "02" * 32,
        "organisation": "0x" + "03" * 32,
        "digest": "0x" + "04" * 32,
        "round": 1,
        "deadline": 2_000_000_000,
        "signature": "0x" + "05" * 65,
    }
    assert countersignature_file.decode(json.dumps(good).encode()).what.round == 1
    with pytest.raises(RegistryError, match=told):
        countersignature_file.decode(json.dumps(good | change).encode())


@pytest.mark.parametrize("text", [b"", b"[1]", b"\xff", b"[" * 100_000, b" " * 5_000 + b"{}"])
def test_bytes_that_are_no_countersignature(text: bytes) -> None:
    with pytest.raises(RegistryError, match="this is not a countersignature"):
        countersignature_file.decode(text)


def test_content_that_is_too_long_has_no_digest(tmp_path: Path) -> None:
    file = tmp_path / "content"
    with file.open("wb") as opened:
        opened.truncate(64 * 1024 * 1024 + 1)
    said = say("registry", "digest", str(file))
    assert (said.code, "too long" in said.err) == (2, True)
    assert say("registry", "digest", str(tmp_path / "absent")).code == 3
