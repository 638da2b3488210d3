"""Who uses the portal: a person of one organisation, with the roles that its administrator gave. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from fastapi import Request

from tally_finance.api.rights import Role
from tally_finance.api.tokens import Bearer
from tally_gateway.errors import ApiError
from tally_gateway.pages.guest import Guest
from tally_gateway.pages.words import Words

OPERATOR: Final = "operator"
"""运行人员: looks after gateways."""
OWNER: Final = "owner"
"""数据所有者: whose evidence it is; makes grants."""
ADMINISTRATOR: Final = "administrator"
"""管理员: the accounts of its own organisation."""

ROLES: Final = frozenset({*map(str, Role), OPERATOR, OWNER, ADMINISTRATOR})

MARK: Final = "~"
"""Begins the name under which an account asks: no token's name does."""


@dataclass(frozen=True, slots=True)
class Visitor(Guest):
    """A Guest of the portal. `may_write`: false for whoever may only look."""

    organisation: bytes
    may_write: bool = True

    def bearer(self, role: Role) -> Bearer:
        """As whom an interface is asked. Raises ApiError 403 where the account has no such role."""
        if str(role) not in self.roles:
            raise ApiError(
                403,
                "not for this role",
                Words(f"this is for a {role}; ask your administrator", f"仅限角色 {role}，请联系管理员"),
            )
        return Bearer(MARK + self.name, self.organisation, role, self.may_write)


class Sessions(Protocol):
    """What `portal.accounts` is to the portal: a Guests whose guests are Visitors."""

    def guest_of(self, request: Request) -> Visitor | None:
        """See Guests."""
        ...
