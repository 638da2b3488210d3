"""One rule for a file that is not there: what is one's own (settings, policy, key, secret, folder) is 2; what there is
to look at is 3, as when it is damaged. One line says so, names the file, and never a temporary one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tally_edge import command
from tests.vectors import bundle as bundle_vectors

PASSPHRASE = "correct horse battery staple"
SIGN = "--dir OFFICE --passphrase-file WORD --second KEY --second-passphrase-file WORD --yes"
AT = "2026-01-01T00:00:00Z"
OWN = (
    "edge init --dir NEW --device urn:d --point urn:p --passphrase-file NONE",
    *(f"edge {name} --config NONE" for name in ("run", "status", "resend", "settle", "recover", "release 3")),
    "authority init --dir NEW --name urn:a --passphrase-file NONE",
    "authority person NEW --second-passphrase-file NONE",
    f"authority plan NONE {SIGN}",
    "authority renew --dir NONE --passphrase-file WORD --second KEY",
    "authority show --dir NONE",
    "authority export --dir NONE --to NEW",
    "authority send --dir NONE --gateway http://127.0.0.1:1 --token-file WORD",
    "authority send --dir OFFICE --gateway http://127.0.0.1:1 --token-file NONE",
    f"meter install NONE {SIGN}",
    f"meter exchange NONE {SIGN}",
    f"meter revoke {'00' * 32} --reason retired --dir NONE --passphrase-file WORD --second KEY",
    f"meter calibrate urn:p --at {AT} --certificate c --expires {AT} --dir NONE --passphrase-file WORD --second KEY",
    f"meter ratio urn:p --at {AT} --multiplier 2 --dir NONE --passphrase-file WORD --second KEY",
    f"meter remove urn:p --at {AT} --dir NONE --passphrase-file WORD --second KEY",
    "verify BUNDLE --policy NONE",
    "bundle grant BUNDLE --key NONE --owner urn:a --reader urn:b --purpose x --expires 2030-01-01 -o NEW",
    "bundle open BUNDLE --key NONE -o NEW",
    "bundle open BUNDLE --key READER --passphrase-file NONE -o NEW",
    "bundle seal BUNDLE --to NONE -o NEW",
    "reader init NEW --passphrase-file NONE",
    "reader show NONE",
    "policy show NONE",
    "finance ownership NONE --on 2026-01-01",
    "finance factor sign NONE --organisation m --key KEY --out NEW",
    "policy check NONE",
    "policy note NONE -o OUT --embedded NONE",
    *(f"gateway {name} --dir NONE" for name in ("run", "status", "rebuild", "client list", "token remove x")),
    "gateway export --dir NONE --out NEW",
    "gateway backup --dir NONE NEW",
    "sim run NONE --dir NEW",
    "gateway replace --dir NEW --refill --origin e/2 --owner-key NONE",
    "gateway replace --dir NEW --origin e/2 --successor-of e/1 --checkpoint CHECKPOINT --transaction-key NONE",
)
TO_LOOK_AT = (
    *(f"meter {name} {{}} {SIGN}" for name in ("enrol", "rotate")),
    "authority countersign {} --key KEY --out NEW",
    "authority finish {} JUNK --dir OFFICE --passphrase-file WORD",
    "site import {}",
    "verify {} --policy POLICY",
    "bundle show {}",
    "bundle extract {} --index 0 -o NEW",
    "bundle grant {} --key KEY --owner urn:a --reader urn:b --purpose x --expires 2030-01-01 -o NEW",
    "bundle seal {} --to KEY -o NEW",
    "bundle open {} --key READER --passphrase-file WORD -o NEW",
    f"chain status --embedded {{}} --contract 0x{'11' * 20}",
    "finance quote check {} --embedded CHAIN",
    f"finance factor list --own {{}} --signer {'00' * 32}",
    "finance trace replay {}",
    "finance trace open {} kg",
    "gateway restore --dir NEW {}",
    "gateway replace --dir NEW --chain none --origin e/2 --successor-of e/1 --checkpoint {}",
    "replay {} --column a --unit kWh --dir NEW",
)
WRITTEN = (
    "reader init NONE/x --passphrase-file WORD",
    "bundle extract BUNDLE --index 0 -o NONE/x",
)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the command lines name, all there but NONE."""
    folder = tmp_path_factory.mktemp("exit-codes")
    (folder / "WORD").write_text(PASSPHRASE)
    (folder / "WORD").chmod(0o600)
    (folder / "JUNK").write_text("a,b\n1\n")
    (folder / "CHAIN").mkdir()
    (folder / "CHAIN" / "chain.sqlite").write_bytes(b"no database at all" * 500)
    vector = Path(bundle_vectors.__path__[0]) / "a_level"
    for name, source in (("BUNDLE", "bundle.tally"), ("POLICY", "policy.toml")):
        (folder / name).write_bytes((vector / source).read_bytes())
    for line in (
        "authority init --dir OFFICE --name urn:dev:org:32473-office --passphrase-file WORD",
        "authority person KEY --second-passphrase-file WORD",
        "reader init READER --passphrase-file WORD",
        "gateway init --dir GATEWAY --origin e/1 --chain none --passphrase-file WORD",
    ):
        assert _run(folder, line) == 0
    (folder / "CHECKPOINT").write_bytes((folder / "GATEWAY" / "log" / "checkpoint").read_bytes())
    return folder


def _run(folder: Path, line: str) -> int:
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        for variable in ("TALLYSTICK_PASSPHRASE", "TALLYSTICK_SECOND_PASSPHRASE"):
            patched.setenv(variable, PASSPHRASE)
        return command.main(line.replace("NEW", f"NEW-{len(list(folder.iterdir()))}").split())


CASES = (
    *((line, 2) for line in OWN),
    *((line.format("NONE"), 3) for line in TO_LOOK_AT),
    *((line.format("JUNK"), 3) for line in TO_LOOK_AT),
    *((line, 3) for line in WRITTEN),
    (f"chain status --embedded CHAIN --contract 0x{'11' * 20}", 3),
)


@pytest.mark.parametrize(("line", "code"), CASES, ids=[line for line, _ in CASES])
def test_a_missing_file_has_the_code_of_its_kind(
    files: Path, capfd: pytest.CaptureFixture[str], line: str, code: int
) -> None:
    assert _run(files, line) == code
    said = capfd.readouterr().err
    assert len([text for text in said.splitlines() if text.startswith("tallystick")]) == 1
    assert ".tmp" not in said
    if "NONE" in line:
        assert "NONE" in said


def test_a_demonstration_that_is_refused_has_not_begun(files: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert _run(files, "demo --dir GATEWAY") == 2
    assert capfd.readouterr() == ("", "tallystick: " + str(files / "GATEWAY") + " is not empty; name another folder\n")
