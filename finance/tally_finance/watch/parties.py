"""Alerts about dates (4xx) and about the parties and their claims (5xx). No IO."""

from __future__ import annotations

from collections.abc import Iterator

from tally_chain.verify.verdict import time_text
from tally_finance.ownership.remark import Name
from tally_finance.watch.alert import Alert
from tally_finance.watch.codes import Code
from tally_finance.watch.limits import Limits
from tally_finance.watch.seen import Seen
from tally_finance.watch.seen_papers import TitleSeen


def judge(seen: Seen, limits: Limits) -> Iterator[Alert]:
    """Every alert about what runs out, what is claimed twice, and who is whose."""
    for term in seen.terms:
        if seen.at >= term.at - limits.ahead_s[term.ends]:
            code = term.ends.over if seen.at >= term.at else term.ends.ahead
            yield Alert(code, term.of, {"at": time_text(term.at)}, (term.evidence,))
    yield from _duplicates(seen)
    for one in seen.keepings:
        shared = (one.behind_keeper | {one.keeper}) & (one.behind_depositor | {one.depositor})
        if shared:
            said = {"keeper": one.keeper, "depositor": one.depositor, "shared": ", ".join(sorted(shared))}
            yield Alert(Code.RELATED_KEEPER, f"lot {one.lot}", said, (one.evidence,))
    for title in seen.titles:
        yield _of_title(title)
    for filing in seen.filings:
        if filing.items:
            yield Alert(Code.FILING_DIFFERS, filing.of, {"items": ", ".join(filing.items)}, (filing.evidence,))


def _of_title(title: TitleSeen) -> Alert:
    remark = title.remark
    touches = f"{title.of}, {remark.touches}"
    if remark.name is Name.CIRCULAR:
        return Alert(Code.CIRCULAR_TRADE, touches, {"text": remark.sentence}, (title.evidence,))
    said = {"name": remark.name.text, "name_zh": remark.name.chinese, "text": remark.sentence}
    return Alert(Code.TITLE_IN_DOUBT, f"{touches}, {remark.name.text}", said, (title.evidence,))


def _duplicates(seen: Seen) -> Iterator[Alert]:
    """Things with one fingerprint: each is told of, with the others."""
    alike: dict[bytes, set[str]] = {}
    for one in seen.fingerprints:
        alike.setdefault(one.digest, set()).add(one.of)
    for digest, things in alike.items():
        for thing in sorted(things) if len(things) > 1 else ():
            said = {"others": ", ".join(sorted(things - {thing}))}
            yield Alert(Code.DUPLICATE_FINGERPRINT, thing, said, (digest,))
