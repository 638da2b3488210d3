"""The commands around bundles, as people call them."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from tally_chain import bundle, fingerprint, granting, policy_text, transparent
from tally_chain.bundle import Attachment
from tally_chain.policy import Policy, TrustedKey
from tally_edge import keys, signer
from tally_edge.command import main
from tests.chain.verify.case import NOW, plain
from tests.world import World

SECRET = "a long passphrase"


@pytest.fixture
def world() -> World:
    """A plain day."""
    return plain()


@pytest.fixture
def home(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a bundle, a policy, an owner's key and a document."""
    monkeypatch.setenv("TALLYSTICK_PASSPHRASE", SECRET)
    monkeypatch.chdir(tmp_path)
    Path("plain.tally").write_bytes(bundle.encode(world.bundle(hours=3)))
    owner = signer.generate()
    owner.save(Path("owner.pem"), SECRET)
    trusted = world.policy()
    with_owner = Policy(
        trusted.authorities,
        trusted.persons,
        (TrustedKey(owner.public_key, "Mill"),),
        trusted.logs,
        trusted.accept,
        trusted.audited,
        "First Bank",
    )
    Path("policy.toml").write_text(policy_text.write(with_owner), "utf-8")
    Path("invoice.txt").write_text("an invoice", "utf-8")
    Path("price.txt").write_text("a price", "utf-8")
    return tmp_path


def run(*words: str) -> int:
    """One call of the command."""
    return main(list(words))


def verdict(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    """The verdict as JSON."""
    capsys.readouterr()
    run("verify", *words, "--policy", "policy.toml", "--json", "--at", str(NOW))
    result: dict[str, object] = json.loads(capsys.readouterr().out)
    return result


def codes(found: dict[str, object]) -> set[int]:
    """The numbers of the findings."""
    return {finding["code"] for finding in found["findings"]}  # type: ignore[attr-defined]


@pytest.mark.usefixtures("home")
def test_grant_seal_verify_open(capsys: pytest.CaptureFixture[str]) -> None:
    """The whole way of a bundle to its reader."""
    assert run("reader", "init", "bank.pem") == 0
    assert "fingerprint" in capsys.readouterr().out
    expires = str(NOW + 1000)
    words = ["--key", "owner.pem", "--owner", "Mill", "--reader", "First Bank", "--purpose", "loan"]
    words += ["--expires", expires, "--to", "bank.pem.pub", "--attach", "invoice.txt", "--withhold", "price.txt"]
    assert run("bundle", "grant", "plain.tally", *words, "-o", "granted.tally") == 0
    salts = Path("granted.tally.salts.json")
    assert salts.stat().st_mode & 0o777 == 0o600
    assert list(json.loads(salts.read_text("utf-8"))) == ["price.txt"]
    assert b"a price" not in Path("granted.tally").read_bytes()
    assert run("bundle", "seal", "granted.tally", "--to", "bank.pem.pub", "-o", "sealed.tally") == 0
    assert b"an invoice" not in Path("sealed.tally").read_bytes()
    found = verdict(capsys, "sealed.tally", "--key", "bank.pem")
    assert found["holds"] is True
    assert 705 in codes(found)
    assert run("bundle", "open", "sealed.tally", "--key", "bank.pem", "-o", "opened.tally") == 0
    assert Path("opened.tally").read_bytes() == Path("granted.tally").read_bytes()
    assert 708 not in codes(found)
    assert 708 in codes(verdict(capsys, "opened.tally"))
    shown = codes(verdict(capsys, "opened.tally", "--key", "bank.pem"))
    assert not {703, 708} & shown, "the reader shows the key that the grant names"
    run("reader", "init", "other.pem")
    assert 703 in codes(verdict(capsys, "opened.tally", "--key", "other.pem"))


@pytest.mark.usefixtures("home")
def test_a_sealed_bundle_is_unreadable_without_its_key(capsys: pytest.CaptureFixture[str]) -> None:
    """No key, another key, a file that is none: exit code 3; a grant for another key: a finding."""
    run("reader", "init", "bank.pem")
    run("reader", "init", "other.pem")
    run("bundle", "seal", "plain.tally", "--to", "bank.pem.pub", "-o", "sealed.tally")
    assert run("verify", "sealed.tally", "--policy", "policy.toml") == 3
    assert "--key" in capsys.readouterr().err
    assert run("verify", "sealed.tally", "--policy", "policy.toml", "--key", "other.pem") == 3
    assert run("bundle", "open", "plain.tally", "--key", "bank.pem", "-o", "x") == 3
    assert run("bundle", "seal", "policy.toml", "--to", "bank.pem.pub", "-o", "x") == 3
    assert run("verify", "sealed.tally", "--policy", "policy.toml", "--key", "missing.pem") == 2
    words = ["--key", "owner.pem", "--owner", "Mill", "--reader", "First Bank", "--purpose", "loan"]
    run("bundle", "grant", "plain.tally", *words, "--expires", "2030-01-01", "--to", "other.pem.pub", "-o", "g.tally")
    run("bundle", "seal", "g.tally", "--to", "bank.pem.pub", "-o", "s.tally")
    assert 703 in codes(verdict(capsys, "s.tally", "--key", "bank.pem"))


@pytest.mark.usefixtures("home")
def test_verify_tells_by_its_exit_code(capsys: pytest.CaptureFixture[str], world: World) -> None:
    """0 holds, 1 does not, 2 wrong policy, 3 no bundle."""
    at = ["--policy", "policy.toml", "--at", str(NOW)]
    assert run("verify", "plain.tally", *at) == 0
    assert "证据成立" in capsys.readouterr().out
    Path("bad.tally").write_bytes(bundle.encode(world.bundle(hours=3, drop=frozenset({7}))))
    assert run("verify", "bad.tally", *at) == 1
    assert run("verify", "policy.toml", *at) == 3
    assert run("verify", "missing.tally", *at) == 3
    Path("empty.toml").write_text("version = 1\n", "utf-8")
    assert run("verify", "plain.tally", "--policy", "empty.toml") == 2
    assert run("verify", "plain.tally", *at, "--endpoint", "http://127.0.0.1:1") == 2
    assert "[chain]" in capsys.readouterr().err


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("words", [("verify", "plain.tally", "--policy"), ("policy", "show"), ("policy", "check")])
@pytest.mark.parametrize(("content", "says"), [(None, "cannot be read: No such file"), (b"\xff", "not UTF-8 text")])
def test_a_policy_that_can_not_be_read_is_named(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], content: bytes | None, says: str
) -> None:
    """In every command that reads one, with one line."""
    if content is not None:
        Path("other.toml").write_bytes(content)
    assert run(*words, "other.toml") == 2
    said = capsys.readouterr().err
    assert f"other.toml: {says}" in said.replace("is not a policy: ", "")
    assert said.count("\n") == 1


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("words", [("verify", "--policy", "policy.toml"), ("bundle", "show")])
def test_a_cut_bundle_is_called_damaged(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    """Behind its name, before what the decoder found."""
    Path("cut.tally").write_bytes(Path("plain.tally").read_bytes()[:500])
    assert run(*words, "cut.tally") == 3
    assert "cut.tally: is not a bundle, or is damaged: " in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_show_accounts_for_every_byte(capsys: pytest.CaptureFixture[str]) -> None:
    """The parts add up to the file."""
    assert run("bundle", "show", "plain.tally", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    sizes = shown["bytes"]
    assert sizes.pop("total") == Path("plain.tally").stat().st_size == sum(sizes.values())
    assert shown["logs"][0]["kinds"]["readings"] == 4
    assert run("bundle", "show", "plain.tally") == 0
    assert "not verified" in capsys.readouterr().out


@pytest.mark.usefixtures("home")
def test_a_statement_taken_out_still_proves_its_place(world: World) -> None:
    """Every entry, alone with its proof."""
    for index in range(len(world.entries)):
        assert run("bundle", "extract", "plain.tally", "--index", str(index), "-o", "one.cose") == 0
        taken = transparent.decode(Path("one.cose").read_bytes())
        assert taken.statement.encoded == world.entries[index]
        assert taken.verify(world.proof_key.public_key) == [(len(world.entries), world.root)]
    assert run("bundle", "extract", "plain.tally", "--index", "999", "-o", "one.cose") == 3


@pytest.mark.usefixtures("home")
def test_policies(capsys: pytest.CaptureFixture[str], world: World) -> None:
    """Fingerprints to compare, and an exit code for scripts."""
    assert run("policy", "check", "policy.toml") == 0
    assert run("policy", "show", "policy.toml") == 0
    out = capsys.readouterr().out.replace(" ", "")
    assert world.root.hex() in out
    assert world.authority.signer.public_key.kid.hex() in out
    Path("wrong.toml").write_text(Path("policy.toml").read_text("utf-8") + "\nsimulatde = true\n", "utf-8")
    assert run("policy", "check", "wrong.toml") == 2
    assert "simulatde" in capsys.readouterr().err


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("expires", ["tomorrow", "2027-13-01", "-5"])
def test_a_wrong_expiry_is_wrong_use(expires: str) -> None:
    """A time, a day or seconds, nothing else."""
    words = ["--key", "owner.pem", "--owner", "Mill", "--reader", "B", "--purpose", "x", f"--expires={expires}"]
    with pytest.raises(SystemExit) as ended:
        run("bundle", "grant", "plain.tally", *words, "-o", "g.tally")
    assert ended.value.code == 2


@pytest.mark.usefixtures("home")
def test_a_draft_is_shown_and_signed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What a portal drafted: printed with the key in digits, signed with --yes alone where nobody can be asked."""
    owner = signer.load(Path("owner.pem"), SECRET)
    assert run("reader", "init", "bank.pem") == 0
    reader = keys.decode_public_key(bytes.fromhex(Path("bank.pem.pub").read_text("utf-8").strip()))
    terms = granting.Terms("Mill", "First Bank", "a loan", NOW + 1000, (), reader.kid)
    carried = Attachment.carry("invoice.txt", "text/plain", b"an invoice", bytes(16))
    drafted = granting.draft(world.bundle(hours=3), terms, [carried], owner.public_key, NOW)
    Path("draft.tally").write_bytes(bundle.encode(drafted.unsigned))
    assert 701 in codes(verdict(capsys, "draft.tally"))
    assert run("bundle", "sign", "draft.tally", "--key", "owner.pem", "-o", "signed.tally") == 2
    assert not Path("signed.tally").exists()
    capsys.readouterr()
    assert run("bundle", "sign", "draft.tally", "--key", "owner.pem", "--yes", "-o", "signed.tally") == 0
    shown = capsys.readouterr().out
    assert fingerprint.digits(reader.kid) in shown
    assert "invoice.txt (carried)" in shown
    found = verdict(capsys, "signed.tally", "--key", "bank.pem")
    assert found["holds"]
    other = bundle.decode(Path("draft.tally").read_bytes())
    moved = dataclasses.replace(other, to_at=other.to_at - 1)
    Path("draft.tally").write_bytes(bundle.encode(moved))
    assert run("bundle", "sign", "draft.tally", "--key", "owner.pem", "--yes", "-o", "other.tally") == 3
    assert run("bundle", "sign", "plain.tally", "--key", "owner.pem", "--yes", "-o", "other.tally") == 3
    assert not Path("other.tally").exists()
