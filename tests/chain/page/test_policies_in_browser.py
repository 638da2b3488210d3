"""Policies as the page reads them: what Python reads, it reads,
to the same policy; what Python refuses, it refuses."""

from __future__ import annotations

import os
import random
import tomllib
from typing import Any, Final

from tally_chain import policy_text
from tally_chain.errors import PolicyError
from tally_chain.policy import Policy, TrustedKey, TrustedLog
from tests.chain.page.verifier_page import VerifierPage
from tests.vectors import generate_bundles

ROUNDS = 20 * int(os.environ.get("TALLYSTICK_ALIKE_ROUNDS", "20"))
"""The long form is on demand: docs/verifier-in-javascript.md."""

TEXTS = [path.read_text("utf-8") for path in sorted(generate_bundles.HERE.glob("*/policy.toml"))]

LINES: Final = (
    "a.b = 1", "[log.x]", "[[log]]", "x = {a = 1, b.c = 2}", "x = [1, 2, # c\n 3,]",
    'x = """\nab\\\n   c"""', "x = '''a'b'''",
    'x = "\\u00e9"', 'x = "\\ud800"', '"quoted key" = 1', "accept.simulated = true", "[accept]\nby_hand = true",
    "[accept]\n[accept]", "[[accept]]", 'reader = "银行"', "x = 0x1F", "x = 1__0",
    "x = +5", "x = 01", "# \x01", 'x = "\x7f"',
    "[chain]", '[ chain ]\nkind="public"', "max_head_age_s = 9223372036854775808", "max_head_age_s = 1_000",
    'audited = "\\u200b"', "[[registry.key]]", "[a.b]\n[a]\nb.c=1", "x=[{a=1},{b=2}]",
    "version = 1 # c", "\r", 'x = "a\\qb"',
    'x = """a""""', "x = {}", "x = {a=1,}", "x = {a=1\n}", "registry.key = []",
    'members = ["a", ""]', "x=1 y=2", "= 1",
    "x =", "[]", "[a]]", "[[a]", 'x = "', "\ufeff", "log = []", "log = [1]", "1 = 1", "é = 1", "x = 0b12", "x = -0",
    "[accept]\nsimulated = 1", 'checkpoint_key = "a+b+c"', "simulated = true",
)  # fmt: skip
"""Corners of TOML and of policies. No floats and no dates: both refuse them, each in its own notation."""


def _changed(chance: random.Random) -> str:
    lines = chance.choice(TEXTS).splitlines(keepends=True)
    for _ in range(chance.choice([1, 1, 2])):
        at = chance.randrange(len(lines))
        line = lines[at]
        cut = chance.randrange(len(line))
        match chance.randrange(5):
            case 0:
                lines.insert(at, chance.choice(LINES) + "\n")
            case 1:
                del lines[at]
            case 2:
                lines.insert(at, chance.choice(lines))
            case 3:
                lines[at] = line[:cut] + chance.choice(list(" \"'=[]{},#\n\t\\0ax+_é")) + line[cut:]
            case _:
                lines[at] = line[:cut] + line[cut + 1 :] or "\n"
        lines = lines or ["\n"]
    return "".join(lines)


def _hex(data: bytes | None) -> str | None:
    return None if data is None else data.hex()


def _trusted(one: TrustedKey) -> list[Any]:
    return [one.key.kid.hex(), one.organisation, one.issuer, _hex(one.registered)]


def _log(one: TrustedLog) -> list[Any]:
    roots = [
        [str(root.size), root.root.hex(), root.source.value, root.time, root.chain_id and str(root.chain_id)]
        for root in one.roots
    ]
    keys = [one.proof_key.kid.hex(), one.checkpoint_key]
    return [one.origin, *keys, roots, _hex(one.anchor_owner), _hex(one.registered)]


def _plain(policy: Policy) -> dict[str, Any]:
    accept, chain, registry = policy.accept, policy.chain, policy.registry
    return {
        "parties": [[_trusted(one) for one in some] for some in (policy.authorities, policy.persons, policy.owners)],
        "logs": [[_log(one) for one in some] for some in (policy.logs, policy.aggregators)],
        "accept": [accept.simulated, accept.self_enrolled, accept.self_anchored, accept.by_hand, accept.without_grant],
        "said": [policy.audited, policy.reader, policy.max_head_age_s],
        "chain": chain
        and [str(chain.chain_id), chain.kind.value, list(chain.members), chain.confirmations, chain.contract.hex()],
        "registry": registry
        and [
            registry.read_at,
            [[key.key_id.hex(), key.role.word, key.good_from, key.good_until] for key in registry.keys],
        ],
    }


def _agree(text: str, got: dict[str, Any]) -> bool:
    try:
        return got == {"read": _plain(policy_text.parse(text))}
    except PolicyError as error:
        refusal = str(error)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return "refused" in got  # why a text is no TOML is told in each reader's words
    return got == {"refused": refusal}


def test_policies_are_read_alike(verifier_page: VerifierPage) -> None:
    seed = os.environ.get("TALLYSTICK_SEED", "7")
    print("seed", seed)
    chance = random.Random(seed)
    texts = [*TEXTS, *(_changed(chance) for _ in range(ROUNDS))]
    answers = verifier_page.run("/policies.js", "policies", texts)
    assert [text for text, got in zip(texts, answers, strict=True) if not _agree(text, got)] == []
    assert {"read" in got for got in answers} == {True, False}
