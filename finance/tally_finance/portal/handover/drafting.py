"""From what an owner fills in to a draft of a grant: nothing is signed here. No IO but randomness for salts."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from tally_chain.bundle import MAX_ATTACHMENTS, SALT_BYTES, Attachment, Bundle, Content
from tally_chain.errors import BundleError
from tally_chain.granting import Draft, Terms, draft
from tally_chain.narrowing import narrowed
from tally_edge import keys
from tally_edge.errors import DecodeError
from tally_edge.keys import PublicKey
from tally_finance.portal.handover.arrivals import base_name
from tally_finance.portal.handover.scope import counted
from tally_gateway.pages.shown import CHINA
from tally_gateway.pages.words import Words

MAX_DOCUMENT_BYTES: Final = 8 << 20
MOST_DOCUMENTS: Final = 20
MAX_VALID_S: Final = 3 * 366 * 86_400

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f]{1,128}")
_PURPOSE: Final = re.compile(r"[^\x00-\x1f\x7f]{1,500}")
_TOKEN: Final = re.compile(r"([a-z0-9][a-z0-9-]{0,63})?")


@dataclass(frozen=True, slots=True)
class Document:
    """A file that an owner adds: carried, or named and withheld."""

    name: str
    media_type: str
    content: bytes
    is_carried: bool


@dataclass(frozen=True, slots=True)
class Filled:
    """The form as it came. Keys are hex of COSE keys; days are YYYY-MM-DD in UTC+8; no points: all."""

    owner: str
    owner_key: str
    reader: str
    reader_key: str
    purpose: str
    expires: str
    content: str = "full"
    from_day: str = ""
    to_day: str = ""
    points: tuple[str, ...] = ()
    reader_organisation: str = ""
    token_name: str = ""
    documents: tuple[Document, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft, both keys, and the salts of what is withheld by the documents' names."""

    draft: Draft
    reader_key: PublicKey
    reader_organisation: bytes | None
    salts: dict[str, str]


class FormError(Exception):
    """What was filled in can not be: `field` says where, `words` why."""

    def __init__(self, field: str, english: str, chinese: str) -> None:
        super().__init__(english)
        self.field, self.words = field, Words(english, chinese)


def drafted(evidence: Bundle, filled: Filled, now: int) -> Drafted:
    """The draft. Raises FormError."""
    owner_key, reader_key = _key("owner_key", filled.owner_key), _key("reader_key", filled.reader_key)
    if not reader_key.y:
        raise FormError("reader_key", "bundles are sealed to P-256 keys", "证据包只能密封给 P-256 密钥")
    for name, text, form in (
        ("owner", filled.owner, _NAME), ("reader", filled.reader, _NAME), ("purpose", filled.purpose, _PURPOSE),
    ):  # fmt: skip
        if form.fullmatch(text.strip()) is None:
            raise FormError(name, "say it in plain text", "请用普通文字填写")
    if _TOKEN.fullmatch(filled.token_name) is None:
        raise FormError("token_name", "a token's name is of a-z, 0-9 and '-'", "令牌名由小写字母、数字和连字符组成")
    cut = _cut(evidence, filled)
    attachments, salts = _attachments(filled.documents)
    points = tuple(sorted(counted(cut))) if filled.points else ()
    expires_at = _expires_at(filled.expires, now)
    purpose = filled.purpose.strip()
    terms = Terms(filled.owner.strip(), filled.reader.strip(), purpose, expires_at, points, reader_key.kid)
    try:
        made = draft(cut, terms, attachments, owner_key, now)
    except BundleError as error:
        raise FormError("purpose", str(error), f"授权内容不符合格式：{error}") from None
    return Drafted(made, reader_key, _organisation(filled.reader_organisation), salts)


def start_of(day: str, name: str) -> int:
    """When a day begins in UTC+8, Unix seconds. Raises FormError."""
    try:
        if _DAY.fullmatch(day) is None:
            raise ValueError
        return int(datetime.combine(date.fromisoformat(day), datetime.min.time(), CHINA).timestamp())
    except (ValueError, OverflowError):
        raise FormError(name, "write a day as 2026-12-31", "日期请写作 2026-12-31") from None


def day_of(unix_s: int) -> str:
    """The day of a time in UTC+8; seconds behind the year 9999, of which a stranger's grant may speak."""
    try:
        return f"{datetime.fromtimestamp(unix_s, UTC).astimezone(CHINA):%Y-%m-%d}"
    except (ValueError, OverflowError, OSError):
        return str(unix_s)


def _cut(evidence: Bundle, filled: Filled) -> Bundle:
    known = counted(evidence)
    unknown = set(filled.points) - set(known)
    if unknown:
        raise FormError("points", f"the bundle says nothing of {sorted(unknown)[0]}", "证据包中没有该计量点")
    content = {"full": Content.FULL, "totals": Content.TOTALS}.get(filled.content)
    if content is None:
        raise FormError("content", "choose full or totals", "请选择完整或仅合计")
    from_at = None if not filled.from_day else start_of(filled.from_day, "from_day")
    to_at = None if not filled.to_day else start_of(filled.to_day, "to_day")
    if set(filled.points) == set(known) and from_at is to_at is None and content is evidence.content:
        return narrowed(evidence)
    try:
        return narrowed(evidence, points=frozenset(filled.points), from_at=from_at, to_at=to_at, content=content)
    except BundleError as error:
        raise FormError("content", str(error), f"证据包无法这样裁减：{error}") from None


def _expires_at(day: str, now: int) -> int:
    """The last second of the day."""
    end = start_of(day, "expires") + int(timedelta(days=1).total_seconds()) - 1
    if not now < end <= now + MAX_VALID_S:
        raise FormError("expires", "a grant lasts from today for three years at most", "授权有效期自今日起，最长三年")
    return end


def _key(name: str, text: str) -> PublicKey:
    try:
        return keys.decode_public_key(bytes.fromhex("".join(text.split())))
    except (ValueError, DecodeError):
        english = "this is not a public key: paste what stands in the .pub file (hex, begins with a)"
        raise FormError(name, english, "不是公钥：请粘贴 .pub 文件中的内容（十六进制，以 a 开头）") from None


def _organisation(text: str) -> bytes | None:
    if not text.strip():
        return None
    try:
        found = bytes.fromhex(text.strip().removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != 32:
        raise FormError("reader_organisation", "an organisation's id has 64 digits", "机构编号为 64 位十六进制")
    return found


def _attachments(documents: tuple[Document, ...]) -> tuple[list[Attachment], dict[str, str]]:
    if len(documents) > min(MOST_DOCUMENTS, MAX_ATTACHMENTS):
        raise FormError("carry", f"at most {MOST_DOCUMENTS} documents", f"附件最多 {MOST_DOCUMENTS} 份")
    made: list[Attachment] = []
    salts: dict[str, str] = {}
    for one in documents:
        name = base_name(one.name)
        if len(one.content) > MAX_DOCUMENT_BYTES:
            raise FormError("carry", f"{name} is longer than 8 MB", f"{name} 超过 8 MB")
        if name in {each.name for each in made}:
            raise FormError("carry", f"two documents are named {name}", f"有两份附件同名：{name}")
        attachment = Attachment.carry(name, one.media_type[:128] or "application/octet-stream", one.content, _salt())
        if not one.is_carried:
            salts[name] = (attachment.salt or b"").hex()
            attachment = attachment.withheld()
        made.append(attachment)
    return made, salts


def _salt() -> bytes:
    return os.urandom(SALT_BYTES)
