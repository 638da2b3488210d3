"""What was typed into a form that wants a fresh proof goes with its person to the proof and back (再次验证). No IO.

Nothing of it is kept on the server: it travels in hidden fields of the pages in between, which are that session's own.
Carried are fields that are named here and nothing else. A form with any other field, or with a file, is not carried:
what may be a password, a passphrase or a one-time code is never written into a page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import quote_plus

from tally_gateway.pages.visit import own_path
from tally_gateway.pages.words import Words

MOST_BYTES: Final = 180_000
"""As a form encodes it: it comes back once inside a form of its own, which may have 256 kB."""
GUARD: Final = frozenset({"csrf", "once"})
"""Of every form: the page after the proof has its own."""

TYPED: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "name": Words("Name", "名称"),
        "identity": Words("Id in the registry", "登记标识"),
        "latin": Words("Name in Latin script", "英文名称"),
        "chinese": Words("Name in Chinese", "中文名称"),
        "subject": Words("Identifier (sub)", "标识（sub）"),
        "days": Words("Good for (days)", "有效天数"),
    }
)
"""Shown again in fields that can be changed."""
SHOWN: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "roles": Words("Roles", "角色"),
        "role": Words("In the role of", "角色"),
        "may": Words("It may", "权限"),
        "to": Words("State", "状态"),
    }
)
"""Chosen, and shown again as it is."""
CHOSEN: Final = frozenset({
    *SHOWN, "organisation", "place", "kind", "public_key", "unsigned", "signature", "own_key", "ledger",
    "bank", "reviewer", "borrower", "loan", "use_of_proceeds", "catalogue", "decision", "conditions", "until",
    "verifier", "lead", "standard", "independence", "level", "type", "basis", "visited_at", "accreditation.body",
    "accreditation.number", "accreditation.until",
})  # fmt: skip
"""Chosen from lists, or shown again by the page that they are sent to."""


@dataclass(frozen=True, slots=True)
class CarriedForm:
    """Where it is sent, where it stood, and what stood in it: pairs of names and values, in order. Paths are ours."""

    to: str
    of: str
    fields: tuple[tuple[str, str], ...]


def carried(to: str, of: str, form: Iterable[tuple[str, Any]]) -> CarriedForm | None:
    """A form that may be carried; None for one with other fields, a file, or more than MOST_BYTES.

    `form`: names and values as they came; a value that is no text is a file, which an empty name tells of none.
    """
    fields = list[tuple[str, str]]()
    for name, value in form:
        if name in GUARD or (not isinstance(value, str) and not value.filename):
            continue
        if not isinstance(value, str) or (name not in TYPED and name not in CHOSEN):
            return None
        fields.append((name, value))
    made = CarriedForm(to, own_path(of), tuple(fields))
    return made if len(quote_plus(written(made))) <= MOST_BYTES else None


def written(form: CarriedForm) -> str:
    """As a hidden field has it; `read` gives it back."""
    return json.dumps([form.to, form.of, form.fields])


def read(text: str) -> CarriedForm | None:
    """Of a hidden field; None where it is empty, or nothing that was written here."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not (isinstance(told, list) and len(told) == 3 and all(isinstance(one, str) for one in told[:2])):
        return None
    to, of, fields = told
    if not isinstance(fields, list) or not all(_is_pair(one) for one in fields):
        return None
    return None if own_path(to) != to else CarriedForm(to, own_path(of), tuple((name, value) for name, value in fields))


def _is_pair(one: object) -> bool:
    return (
        isinstance(one, Sequence)
        and len(one) == 2
        and all(isinstance(text, str) for text in one)
        and (one[0] in TYPED or one[0] in CHOSEN)
    )
