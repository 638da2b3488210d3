"""The vector folders, judged by the verifier in JavaScript, in a browser."""

from __future__ import annotations

import base64
import json
from typing import Any

from tally_chain import bundle, policy_text
from tally_chain.finding_help import HELP
from tally_chain.findings import Code
from tally_chain.verify.verdict import to_json
from tally_chain.verify.verifier import verify
from tests.chain.page.verifier_page import VerifierPage
from tests.vectors import case, generate_bundles

FOLDERS = sorted(folder for folder in generate_bundles.HERE.iterdir() if folder.is_dir())


def _integers(value: Any) -> Any:
    """Integers that JSON of a browser can not hold come as text."""
    if isinstance(value, dict):
        return int(value["integer"]) if value.keys() == {"integer"} else {key: _integers(value[key]) for key in value}
    return [_integers(member) for member in value] if isinstance(value, list) else value


def test_formats_are_read_as_their_vectors_say(verifier_page: VerifierPage) -> None:
    """Every format that a bundle is made of: what is read, or the error by its name and words."""
    wrong = []
    formats = verifier_page.run("/readers.js", "formats")
    cases = [case.load(folder) for name in formats for folder in case.folders(name)]
    given = [[one.format, {name: data.hex() for name, data in one.data.items()}] for one in cases]
    for one, got in zip(cases, verifier_page.run("/readers.js", "readAll", given), strict=True):
        if one.error is None:
            fits = "read" in got and _integers(got["read"]) == one.expected
        else:
            fits = got.get("error") == one.error[0] and one.error[1] in got["text"]
        if not fits:
            wrong.append((str(one.folder), got))
    assert wrong == []
    assert len(cases) > 150
    assert verifier_page.faults == []


def test_bundles_get_the_very_verdict_of_python(verifier_page: VerifierPage) -> None:
    """Findings with their sentences, figures, logs: all that `tallystick verify --json` prints."""
    given, wanted = [], []
    for folder in FOLDERS:
        at = json.loads((folder / "expected.json").read_text("utf-8"))["at"]
        encoded, policy = (folder / "bundle.tally").read_bytes(), (folder / "policy.toml").read_text("utf-8")
        given.append({"bundle": base64.b64encode(encoded).decode(), "policy": policy, "at": at})
        wanted.append(to_json(verify(bundle.decode(encoded), policy_text.parse(policy), now=at)))
    got = verifier_page.run("/bundles.js", "verdicts", given)
    differing = [folder.name for folder, one, other in zip(FOLDERS, got, wanted, strict=True) if one != other]
    assert differing == []
    assert {one["holds"] for one in got} == {True, False}
    assert verifier_page.faults == []


def test_codes_and_their_help_are_those_of_python(verifier_page: VerifierPage) -> None:
    wanted = {
        code.name: [code.number, int(code.severity), code.meaning, *HELP[code]]
        for code in Code
    }  # fmt: skip
    assert verifier_page.run("/readers.js", "codes") == wanted
