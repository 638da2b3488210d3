"""`tallystick finance review serve`, `token` and `pack`: a desk without a chain answers whoever was given a token."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from tally_chain import policy_text
from tally_edge.command import main
from tally_finance.review_api import sheet_file
from tests.finance.activity import works
from tests.finance.review_api import reviews
from tests.world import START

REVIEW = ("finance", "review")


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([*REVIEW, *words])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.slow
def test_a_report_is_packed_sent_and_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the clock of now, under a policy whose heads were anchored on the works' last day."""
    now = int(time.time())
    assert now > START + 30 * works.DAY_S, "the simulated works lie in the future of this machine"
    world = reviews.world_of()
    late = works.policy_of(world)
    anchored = tuple(replace(root, time=START + 20 * works.DAY_S) for log in late.logs for root in log.roots)
    believed = replace(late, logs=tuple(replace(log, roots=anchored) for log in late.logs))
    sheet, archive = reviews.sheet(tmp_path, world), tmp_path / "report.tar"
    (tmp_path / "policy.toml").write_text(policy_text.write(believed))
    packed = reviews.report(tmp_path / "mill", world, believed=believed, now=now)
    folder = str(tmp_path / "mill" / "report")
    assert said(capsys, "pack", folder, "--out", str(archive))[0] == 0
    assert archive.read_bytes() == packed
    assert said(capsys, "pack", folder, "--out", str(archive))[0] != 0
    words = ("token", "new", "li-wei", "--organisation", reviews.OWN.hex(), "--role", "reviewer", "--json")
    code, out, _ = said(capsys, *words, "--sheet", str(sheet))
    assert code == 0
    headers = {"authorization": f"Bearer {json.loads(out)['token']}"}
    command = [sys.executable, "-m", "tally_edge.command", *REVIEW, "serve", "--sheet", str(sheet), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("reviews of green on http://127.0.0.1:"), process.communicate(timeout=10)
        with httpx.Client(base_url=line.split()[-1], headers=headers, trust_env=False, timeout=60) as client:
            digest = client.post("/v1/reports", content=packed).json()["digest"]
            for _ in range(600):
                if (told := client.get(f"/v1/arrivals/{digest}").json())["state"] != "computing":
                    break
                time.sleep(0.1)
            assert told["state"] == "kept", told
            opened = client.get(f"/v1/reports/{digest}/open/load-1").json()
            assert len(opened["intervals"]) == reviews.DAYS
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGTERM), errors
    assert "Traceback" not in errors, errors


def test_a_sheet_that_is_none_is_refused_by_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = reviews.sheet(tmp_path, reviews.world_of())
    good = sheet.read_text()
    for wrong, why in (
        (good.replace('bank = "Bank of the Delta"\n', ""), "bank: is missing"),
        (good.replace('desk = "green"', 'desk = "Green Desk"'), "desk: is not 1 to 64"),
        (good + '[[signer]]\nkey = "00"\n', "signer[4].key: has 1 bytes"),
        (good + "[[signer]]" + good.split("[[signer]]")[1], "stands here already"),
        (good + "nonsense = 1\n", "is not a known setting"),
    ):
        sheet.write_text(wrong)
        code, _, err = said(capsys, "serve", "--sheet", str(sheet))
        assert code != 0
        assert why in err
    sheet.write_text(good)
    assert len(sheet_file.load(sheet).signers) == 3
    (tmp_path / "policy.toml").unlink()
    assert "policy.toml" in said(capsys, "serve", "--sheet", str(sheet))[2]
