"""The operations of Sites: slots (货位) and who keeps them. Verdict-critical: no IO."""

from __future__ import annotations

from tally_chain.receipts.kinds.kind import Field, Measure, Signer, digest, head, ident, kind, party, since
from tally_chain.registry.roles import KeyRole

_OWNER = Signer("owner of the site", (KeyRole.SITE_OWNER,))
_SLOT = ident("slot", "the slot")

KINDS = (
    kind(
        "AddSlot",
        "划定货位",
        "Sites",
        (
            ident("site", "the site (库区)"),
            head("site"),
            Field("outline", "Point[]", Measure.OUTLINE, "the slot's corners, convex, counter-clockwise"),
            Field("bottom", "int32", Measure.MM, "lower height over the site's floor datum"),
            Field("top", "int32", Measure.MM, "upper height over the site's floor datum"),
            digest("plan", "the site plan that shows it"),
        ),
        (_OWNER,),
        object="site",
    ),
    kind(
        "AssignKeeper",
        "指定保管人",
        "Sites",
        (_SLOT, head("slot"), party("keeper", "who keeps it from now on"), since("keeperSince", "the new keeper")),
        (_OWNER, Signer("new keeper of the slot", (KeyRole.KEEPER,), named_by="keeper")),
        object="slot",
    ),
    kind("DismissKeeper", "解除保管人", "Sites", (_SLOT, head("slot")), (_OWNER,), object="slot"),
    kind("RetireSlot", "撤销货位", "Sites", (_SLOT, head("slot")), (_OWNER,), object="slot"),
)
