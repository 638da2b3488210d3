"""Finished statements of an authority, uploaded to be handed to the gateway: shown in words and checked first. No IO.

The gateway checks signatures when it takes them; here it is looked whether they follow on what stands in the log, and
whether a reader would refuse them by the authority's own rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tally_edge import countersign, proof, statement, wire
from tally_edge.authority import PAYLOAD_OF_KIND, AuthorityPayload
from tally_edge.errors import ConfigError, EdgeError
from tally_edge.keys import PublicKey
from tally_edge.office import authority_rules, authority_summary
from tally_edge.office.authority_rules import Standing
from tally_edge.statement import AUTHORITY_KINDS, Statement
from tally_gateway.console.sentences import both
from tally_gateway.console.site_book import SiteBook
from tally_gateway.pages.words import Words

MOST: Final = 500
"""As many as one submission holds."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Looked:
    """One uploaded statement. `tone`: good (new and in order), plain (in the log already), doubt, or bad (not sent)."""

    name: str
    encoded: bytes
    seq: int
    lines: tuple[str, ...]
    tone: str
    said: Words


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of one statement at the gateway. `stage`: refused, logged, proven or anchored."""

    index: int | None
    stage: str
    said: Words
    root: str = ""
    size: int = 0
    block: int | None = None
    block_at: int | None = None


_BROKEN: Final = "bad"
_FINE: Final = Words("New, and follows on what is in the log.", "新陈述，与日志现有内容衔接。")
_KNOWN: Final = Words("Stands in the log already; handing it in again does no harm.", "日志中已有，重复提交无妨。")


def look(uploads: Sequence[tuple[str, bytes]], books: Sequence[SiteBook]) -> list[Looked]:
    """Each file of an upload, in the order of the stream; at most MOST are looked at."""
    read = [_read(name, data) for name, data in uploads[:MOST]]
    found = [one for one in read if isinstance(one, Looked)]
    signed = [one for one in read if not isinstance(one, Looked)]
    states = {book.kid: (book, book.standing, book.next_place) for book in books}
    for name, one, payload in sorted(signed, key=lambda item: (item[1].claims.kid, item[1].claims.seq or 0)):
        kid = one.claims.kid
        if kid not in states:
            said = Words("This gateway does not trust this authority.", "本网关未信任该主管方。")
            found.append(_looked(name, one, payload, Standing(kid), ("bad", said)))
            continue
        book, standing, place = states[kid]
        tone, said, is_next = _judge(one, payload, book, standing, place)
        found.append(_looked(name, one, payload, standing, (tone, said)))
        if is_next:
            states[kid] = (book, standing.after(payload), ((one.claims.seq or 0) + 1, one.id))
    return found


def _read(name: str, data: bytes) -> Looked | tuple[str, Statement, AuthorityPayload]:
    try:
        signed = statement.decode(data)
        if signed.claims.kind not in AUTHORITY_KINDS:
            text = f"A {signed.claims.kind.value} is not for here: only statements of an authority are."
            said = Words(text, f"此处仅接收主管方陈述，不接收 {signed.claims.kind.value}。")
            return Looked(name, data, -1, (), _BROKEN, said)
        return name, signed, wire.decode(PAYLOAD_OF_KIND[signed.claims.kind], signed.payload)
    except EdgeError as error:
        return Looked(name, data, -1, (), _BROKEN, Words(f"Not a statement: {error}.", f"不是有效陈述：{error}。"))


def _looked(
    name: str, signed: Statement, payload: AuthorityPayload, standing: Standing, judged: tuple[str, Words]
) -> Looked:
    lines = tuple(authority_summary.lines(payload, standing))
    tone, said = judged
    return Looked(name, signed.encoded, signed.claims.seq or 0, lines, tone, said)


def _judge(
    signed: Statement, payload: AuthorityPayload, book: SiteBook, standing: Standing, place: tuple[int, bytes]
) -> tuple[str, Words, bool]:
    """Tone, sentence, and whether it is the next of its stream."""
    seq, prev = signed.claims.seq or 0, signed.claims.prev
    next_seq, last_id = place
    if any(stated.seq == seq for stated in book.stated):
        if any(stated.encoded == signed.encoded for stated in book.stated):
            return "plain", _KNOWN, False
        text = f"Another statement stands at number {seq}: handing this in proves that the authority forked."
        return _BROKEN, Words(text, f"序号 {seq} 已有另一条陈述：提交将证明主管方分叉。"), False
    if seq > next_seq:
        text = f"Numbers {next_seq} to {seq - 1} are missing: upload them too, or nothing is complete."
        return "doubt", Words(text, f"缺少序号 {next_seq} 至 {seq - 1}，请一并上传，否则不能证明完整。"), False
    if prev != last_id:
        text = f"It does not follow on number {seq - 1} that is in the log."
        return _BROKEN, Words(text, f"与日志中序号 {seq - 1} 的陈述不衔接。"), False
    try:
        authority_rules.check(payload, standing, signed.claims.issued_at)
        if authority_rules.needs_second_person(payload, standing):
            endorsed = countersign.read(signed, payload)
            if endorsed is None:
                raise ConfigError("the second person has not signed")
            authority_rules.second_person(payload, standing, endorsed.kid)
    except EdgeError as error:
        text = f"The gateway will take it, and readers will refuse it: {error}."
        return "doubt", Words(text, f"网关会收录，但核验方将不予采信：{both(str(error)).chinese}。"), True
    return "good", _FINE, True


def follow(outcome: Json, encoded: bytes, proven: bytes | None, key: PublicKey, anchors: Sequence[Json]) -> Followed:
    """What became of a statement: `outcome` of its submission, its proof once there is one, the newest anchors."""
    index = outcome.get("index")
    if index is None:
        text = f"Refused: {outcome.get('explanation') or outcome.get('reason')}."
        return Followed(
            None, "refused", Words(text, f"被拒收：{outcome.get('explanation') or outcome.get('reason')}。")
        )
    if proven is None:
        text = f"In the log at index {index}; waits for the next checkpoint."
        return Followed(index, "logged", Words(text, f"已入日志，序号 {index}；等待下一检查点。"))
    try:
        found = proof.decode(proven)
        root = found.verify([encoded], key).hex()
        size = found.head.size
    except EdgeError as error:
        text = f"Its proof does not hold: {error}."
        return Followed(index, "refused", Words(text, f"证明不成立：{error}。"))
    anchor = next((one for one in reversed(anchors) if one["size"] > index), None)
    if anchor is None:
        text = f"In the log at index {index}; its proof under a head of {size} entries holds."
        said = Words(text, f"已入日志，序号 {index}；在 {size} 条的树头下证明成立。")
        return Followed(index, "proven", said, root, size)
    text = f"In the log at index {index}, proven, and anchored in block {anchor['block_number']}."
    said = Words(text, f"已入日志，序号 {index}，证明成立，已锚定于区块 {anchor['block_number']}。")
    return Followed(index, "anchored", said, root, size, anchor["block_number"], anchor["block_time_seconds"])
