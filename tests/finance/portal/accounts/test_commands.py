"""`tallystick finance portal`, `account` and `audit`."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from tally_edge import command
from tally_finance.portal import config_file
from tests.finance.portal.accounts.rig import HOST, OTHER


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object]]:
    code = command.main(["finance", *arguments, "--json"])
    out = capsys.readouterr().out
    return code, json.loads(out) if out.startswith("{") else {}


def test_a_portal_is_made_people_are_invited_and_the_log_checks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, file = tmp_path / "portal", tmp_path / "audit.tally"
    init = (
        "portal", "init", "--dir", str(folder), "--organisation", HOST.hex(), "--name", 'Bank "of" the Delta',
        "--name-zh", "三角洲银行", "--address", "https://portal.example",
    )  # fmt: skip
    code, made = run(capsys, *init)
    assert code == 0
    assert str(made["link"]).startswith("https://portal.example/invitation/")
    for name in ("audit.key", "seal.key"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    sheet = config_file.load(folder / "portal.toml")
    assert (sheet.name.english, sheet.name.chinese, sheet.organisation) == ('Bank "of" the Delta', "三角洲银行", HOST)
    assert run(capsys, *init)[0] == 2  # not over what is there

    at = ("--portal", str(folder / "portal.toml"))
    invite = ("account", "invite", "bo", "--role", "keeper", "--organisation", OTHER.hex(), *at)
    assert run(capsys, *invite)[0] != 0  # nobody said what that organisation is called
    assert run(capsys, *invite, "--organisation-name", "Granary", "--organisation-name-zh", "粮仓")[0] == 0
    assert run(capsys, *invite)[0] != 0
    assert run(capsys, "account", "lock", "bo", *at)[0] == 0
    code, again = run(capsys, "account", "reset", "bo", *at)
    assert "/invitation/" in str(again["link"])
    assert run(capsys, "account", "lock", "nobody", *at)[0] != 0
    code, told = run(capsys, "account", "list", *at)
    accounts = told["accounts"]
    assert isinstance(accounts, list)
    assert [(one["name"], one["state"], one["roles"]) for one in accounts] == [
        ("admin", "invited", ["administrator"]), ("bo", "invited", ["keeper"]),
    ]  # fmt: skip

    code, exported = run(capsys, "audit", "export", *at, "-o", str(file))
    assert (code, exported["key"]) == (0, made["audit_key"])
    named = ("audit", "verify", str(file), "--key", str(made["audit_key"]))
    code, checked = run(capsys, *named, "--head", str(exported["head"]))
    assert (code, checked["holds"], checked["whole"], checked["rows"]) == (0, True, True, 5)
    assert run(capsys, *named, "--head", "0" * 64)[0] == 1
    assert run(capsys, "audit", "verify", str(file), "--key", "0" * 64)[0] == 1
    data = bytearray(file.read_bytes())
    data[-70] ^= 1
    file.write_bytes(data)
    code, wrong = run(capsys, *named)
    assert (code, wrong["holds"]) == (1, False)
    (folder / "seal.key").chmod(0o644)
    assert run(capsys, "account", "list", *at)[0] == 2
