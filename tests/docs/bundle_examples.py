"""The worked examples on the pages of bundle, grant, policy and sealed bundle, computed from the code.

`python -m tests.docs.bundle_examples` fills the blocks; a test compares them. A byte string longer than a hash is shown
by its beginning and its length.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from tally_chain import bundle, policy_text, sealing
from tally_chain.bundle import Attachment, Content
from tally_edge import cbor, statement
from tally_edge.keys import P256_ORDER
from tests.chain.verify.case import plain
from tests.chain.verify.cases_grant import INVOICE, SECRET, granted, reader
from tests.world import World, p256

PAGES = Path(__file__).parents[2] / "docs" / "formats"
BLOCK = re.compile(r"^(```(?:bytes|toml) example ([a-z-]+))\n.*?^```$", re.MULTILINE | re.DOTALL)
SHOWN_BYTES = 32

Names = Mapping[int, "str | tuple[str, Names]"]

SECTION: Names = {
    1: "origin", 2: "tree size", 3: "checkpoint", 4: "protected header of the head", 5: "signature of the head",
    6: "entries: [index, statement]", 7: "hashes of cut branches", 8: "claimed anchors", 9: "links",
}  # fmt: skip
ATTACHMENT: Names = {1: "name", 2: "media type", 3: "digest", 4: "salt", 5: "content"}
BUNDLE: Names = {
    0: "media type", 1: "content: 1 full, 2 totals", 2: "created at", 3: "from", 4: "to", 5: ("sections", SECTION),
    6: "grant", 7: ("attachments", ATTACHMENT),
}  # fmt: skip
GRANT: Names = {
    1: "owner", 2: "reader", 3: "purpose", 4: "points", 5: "from", 6: "to", 7: "expires at", 8: "evidence",
    9: "bindings of attachments", 10: "reader's key",
}  # fmt: skip


def lines(data: bytes, names: Names) -> list[str]:
    """One line for every item of `data`: hex first, then what it is."""
    out: list[str] = []
    _walk(data, 0, 0, "", names, out)
    return out


def _walk(data: bytes, at: int, depth: int, what: str, names: Names, out: list[str]) -> int:
    major, argument, end = cbor.read_head(data, at)
    if major in (2, 3):
        stop = end + argument
        text = data[end:stop].decode() if major == 3 else ""
        shown = data[end : min(stop, end + SHOWN_BYTES)].hex() + ("…" if argument > SHOWN_BYTES else "")
        said = f'"{text}"' if text else f"{argument} bytes"
        _say(out, depth, data[at:end].hex() + " " + shown, f"{what}: {said}" if what else said)
        return stop
    if major in (4, 5):
        kind = "array" if major == 4 else "map"
        _say(out, depth, data[at:end].hex(), f"{what}: {kind} of {argument}" if what else f"{kind} of {argument}")
        for _ in range(argument):
            inside, member = names, ""
            if major == 5:
                key, begin = cbor.decode_prefix(data, end)
                name = names.get(key, str(key)) if isinstance(key, int) else str(key)
                member, inside = name if isinstance(name, tuple) else (name, {})
                member = f"{key} {member}"
                end = begin
            end = _walk(data, end, depth + 1, member, inside, out)
        return end
    value, stop = cbor.decode_prefix(data, at)
    _say(out, depth, data[at:stop].hex(), f"{what}: {value}" if what else str(value))
    return stop


def _say(out: list[str], depth: int, code: str, words: str) -> None:
    out.append(f"{'  ' * depth}{code.strip()}  # {words}")


def world() -> World:
    """The world of every example: a settled day of three hours."""
    return plain()


def small_bundle() -> bytes:
    """A totals-only bundle."""
    return bundle.encode(world().bundle(Content.TOTALS, hours=3))


def grant_payload() -> bytes:
    """What the grant of the example says."""
    return statement.decode(granted(world(), (INVOICE, SECRET)).grant or b"").payload


def attachment_bytes(attachment: Attachment) -> bytes:
    """An attachment as it stands in a bundle."""
    made = dataclasses.replace(granted(world(), (attachment,)))
    item = cbor.decode(bundle.encode(made))
    assert isinstance(item, dict)
    (encoded,) = item[7]  # type: ignore[misc]
    return cbor.encode(encoded)


def sealed_bytes() -> bytes:
    """A file sealed to one reader, with the randomness of the example."""

    def ephemeral() -> ec.EllipticCurvePrivateKey:
        secret = int.from_bytes(hashlib.sha256(b"example ephemeral").digest(), "big") % (P256_ORDER - 1) + 1
        return ec.derive_private_key(secret, ec.SECP256R1())

    return sealing.seal(
        b"(a bundle)",
        [p256("example reader").public_key],
        random=lambda count: hashlib.sha256(b"example %d" % count).digest()[:count],
        ephemeral=ephemeral,
    )


def sealed_lines() -> list[str]:
    """The sealed file: its tag, then what the tag holds."""
    data = sealed_bytes()
    return [f"{data[:2].hex()}  # tag 96: COSE_Encrypt", *lines(data[2:], {5: "nonce", -1: "ephemeral key", 4: "kid"})]


EXAMPLES: dict[str, Callable[[], list[str]]] = {
    "totals": lambda: lines(small_bundle(), BUNDLE),
    "grant": lambda: lines(grant_payload(), GRANT),
    "attachment-carried": lambda: lines(attachment_bytes(INVOICE), ATTACHMENT),
    "attachment-withheld": lambda: lines(attachment_bytes(SECRET), ATTACHMENT),
    "policy": lambda: policy_text.write(reader(world())).splitlines(),
    "sealed": sealed_lines,
}


def filled(text: str) -> str:
    """A page with every example as computed now."""
    return BLOCK.sub(lambda found: "\n".join((found[1], *EXAMPLES[found[2]](), "```")), text)


def main() -> None:
    """Fill the pages."""
    for page in ("bundle", "grant", "policy", "sealed-bundle"):
        path = PAGES / f"{page}.md"
        path.write_text(filled(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
