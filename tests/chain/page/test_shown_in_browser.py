"""What the verifier hands a page beside the verdict: points, statements, heads, proofs, progress, heads at hand."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

from tally_chain import bundle, policy_text, transparent
from tally_chain.policy import PinnedRoot, RootSource, Standing
from tally_chain.verify.verdict import to_json
from tally_chain.verify.verifier import examine, verify
from tests.chain.page.verifier_page import VerifierPage
from tests.vectors import generate_bundles

DAY = generate_bundles.HERE / "plain_day"
AT = json.loads((DAY / "expected.json").read_text("utf-8"))["at"]
DATA, POLICY = (DAY / "bundle.tally").read_bytes(), (DAY / "policy.toml").read_text("utf-8")


def _shown(
    page: VerifierPage, policy: str = POLICY, anchors: list[dict[str, Any]] | None = None, index: int = 6
) -> Any:
    given = {"bundle": base64.b64encode(DATA).decode(), "policy": policy, "at": AT, "anchors": anchors or []}
    return page.run("/shown.js", "shown", given, index)


def test_every_statement_and_sample_is_there(verifier_page: VerifierPage) -> None:
    """Statements with their bytes, samples as exact text, both leading to the same entries as Python's."""
    shown = _shown(verifier_page)
    examined = examine(bundle.decode(DATA), policy_text.parse(POLICY), now=AT)
    (section,) = bundle.decode(DATA).sections
    assert [one["bytes"] for one in shown["statements"]] == [entry.statement.hex() for entry in section.entries]
    counted = {logged.place: logged.statement.id.hex() for logged in examined.statements}
    ids = {one["place"]: one["id"] for one in shown["statements"]}
    assert counted.items() <= ids.items()
    (point,) = shown["points"]
    (register,) = point["registers"]
    assert [sample["value"] for sample in register["samples"]] == ["100.00", "101.25", "102.50", "103.75"]
    assert {sample["place"] for sample in register["samples"]} <= ids.keys()
    assert [one["at"] for one in point["settlements"]] == [examined.verdict.from_at, examined.verdict.to_at]


def test_a_proof_is_the_one_that_python_cuts_out(verifier_page: VerifierPage) -> None:
    """Byte for byte, as a transparent statement that the proof key verifies."""
    (section,) = bundle.decode(DATA).sections
    log = policy_text.parse(POLICY).logs[0]
    for index in (0, 5, section.size - 1):
        shown = _shown(verifier_page, index=index)
        cut = base64.b64decode(shown["transparent"])
        assert cut == transparent.extract(section, index)
        assert transparent.decode(cut).verify(log.proof_key)[0][1].hex() == shown["heads"][0]["root"]
        assert shown["missing"] is None


def test_progress_names_every_step_in_both_languages(verifier_page: VerifierPage) -> None:
    told = _shown(verifier_page)["progress"]
    steps = list(dict.fromkeys(one["step"] for one in told))
    assert steps == ["read", "logs", "authorities", "streams", "payloads", "figures", "grant", "done"]
    assert all(0 <= one["done"] <= one["of"] and one["said_en"] and one["said_zh"] for one in told)


def test_heads_at_hand_count_as_the_policys_own(verifier_page: VerifierPage) -> None:
    """A head that a chain showed, or one that was pasted: the verdict of Python with that head in the policy."""
    trusted = policy_text.parse(POLICY)
    (log,) = trusted.logs
    bare = replace(trusted, logs=(replace(log, roots=()),))
    (true,) = log.roots
    for root in (true, replace(true, root=bytes(32)), replace(true, size=true.size + 1)):
        for source in (RootSource.OUT_OF_BAND, RootSource.CONSORTIUM):
            held = PinnedRoot(root.size, root.root, source, AT - 1, 7, Standing.SHOWN)
            wanted = verify(bundle.decode(DATA), replace(bare, logs=(replace(log, roots=(held,)),)), now=AT)
            anchor = {
                "origin": log.origin,
                "size": held.size,
                "root": held.root.hex(),
                "source": source.value,
                "time": held.time,
                "chain_id": held.chain_id,
                "standing": "shown",
            }
            assert _shown(verifier_page, policy_text.write(bare), [anchor])["verdict"] == to_json(wanted)
