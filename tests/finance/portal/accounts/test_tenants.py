"""Nobody sees or changes what is another organisation's: every route of the portal, in every role."""

from __future__ import annotations

from sqlalchemy import select

from tally_finance.portal.accounts.account import Account, State, organisation_of
from tally_finance.portal.accounts.factors import Passkey
from tally_finance.portal.accounts.tables import ACCOUNTS, LINKS, ORGANISATIONS, PASSKEYS, SESSIONS
from tally_finance.portal.visitor import ROLES
from tests.finance.portal.accounts.rig import HOST, OTHER, Rig
from tests.finance.portal.walker import Walk

STRANGERS = b"\x33" * 32


def kept(rig: Rig) -> list[object]:
    """All that the other organisation has."""
    with rig.accounts.engine.connect() as connection:
        theirs = [row.name for row in connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.organisation == OTHER))]
        told = [column for column in ACCOUNTS.c if column is not ACCOUNTS.c.failed]  # anybody may try a name
        found: list[object] = list(connection.execute(select(*told).where(ACCOUNTS.c.name.in_(theirs))))
        for table in (SESSIONS, LINKS, PASSKEYS):
            found += connection.execute(select(table).where(table.c.account.in_(theirs)))
        found += connection.execute(select(ORGANISATIONS))
    return found


def test_no_route_opens_to_another_organisation_in_any_role(portal: Rig) -> None:
    accounts = portal.accounts
    zed = portal.invited("zed", OTHER, "administrator", "keeper")
    portal.link("zed-2", OTHER, "keeper")
    accounts.factors.add_passkey(Passkey(b"credential of zed", "zed", b"key", 0, "ring of zed", portal.clock()))
    identity = accounts.sessions.of("zed", portal.clock())[0].id.hex()
    theirs = {
        "name": ["zed", "zed-2"], "identity": [identity], "credential": [b"credential of zed".hex()],
        "secret": ["0" * 64], "at": ["lending"], "organisation": [OTHER.hex()], "roles": ["administrator"],
        "to": ["locked"], "latin": ["Evil"], "chinese": ["恶"],
    }  # fmt: skip
    walk = Walk(portal.portal.pages, portal.client(), theirs, ["ring of zed", "zed-2", identity])
    accounts.directory.add_organisation(organisation_of(STRANGERS, "Strangers", "外人", ROLES), portal.clock())
    asked = walk.nobody()
    before = kept(portal)
    for role in sorted(ROLES):
        name = f"strange-{role}"
        accounts.directory.add(Account(name, STRANGERS, frozenset({role}), State.ACTIVE), portal.clock())
        secret = accounts.sessions.make(name, "password", "x", portal.clock())
        assert walk.stranger(role, ("tallystick", secret)) > 30
    assert asked > 30
    assert walk.wrong == []
    assert kept(portal) == before
    assert zed.get("/account").status_code == 200


def test_an_administrator_gives_no_role_that_the_organisation_may_not_have(portal: Rig) -> None:
    yan = portal.invited("yan", OTHER, "administrator")
    portal.invited("yao", OTHER, "keeper")
    for where, form in (
        ("/administration/accounts/yao/roles", {"roles": "operator"}),
        ("/administration/accounts/yan/roles", {"roles": ["administrator", "reviewer"]}),
        ("/administration/invite", {"name": "yao-2", "roles": "operator"}),
        ("/administration/invite", {"name": "yao-2", "roles": "owner-of-all"}),
    ):
        assert yan.post(where, **form).status_code == 422
    account = portal.accounts.directory.account("yao")
    assert account is not None
    assert account.roles == {"keeper"}

    assert (
        yan.post(
            "/administration/organisations", identity="44" * 32, latin="x", chinese="x", roles="operator"
        ).status_code
        == 403
    )


def test_an_invitation_to_another_organisation_lands_in_ones_own(portal: Rig) -> None:
    xia = portal.invited("xia", OTHER, "administrator")
    answer = xia.post("/administration/invite", name="xu", organisation=HOST.hex(), roles="keeper")
    assert answer.status_code == 200
    account = portal.accounts.directory.account("xu")
    assert account is not None
    assert account.organisation == OTHER


def test_the_hosts_invite_only_an_administrator_elsewhere(portal: Rig) -> None:
    wu = portal.invited("wu", HOST, "administrator", "lender")
    assert (
        wu.post(
            "/administration/organisations", identity="55" * 32, latin="Mill", chinese="面粉厂", roles="depositor"
        ).status_code
        == 303
    )
    assert wu.post("/administration/invite", name="vic", organisation="55" * 32, roles="depositor").status_code == 200
    account = portal.accounts.directory.account("vic")
    assert account is not None
    assert (account.organisation, account.roles) == (b"\x55" * 32, {"administrator"})
    assert wu.post("/administration/accounts/vic/state", to="locked").status_code == 404


def test_locking_ends_sessions_and_a_new_link_ends_what_was(portal: Rig) -> None:
    una, tom = portal.invited("una", HOST, "administrator"), portal.invited("tom", HOST, "lender")
    assert una.post("/administration/accounts/tom/state", to="locked").status_code == 303
    assert tom.get("/account").status_code == 303
    assert tom.sign_in().status_code == 401
    assert una.post("/administration/accounts/tom/state", to="active").status_code == 303
    assert tom.sign_in().status_code == 303
    answer = una.post("/administration/accounts/tom/reset")
    link = answer.text.partition("/invitation/")[2][:64]
    assert tom.get("/account").status_code == 303
    assert tom.sign_in().status_code == 401
    assert portal.set_up("tom", link).get("/account").status_code == 200
    assert una.post("/administration/accounts/una/state", to="locked").status_code == 422  # nobody locks itself out
    assert una.post("/administration/accounts/tom/state", to="left").status_code == 303
    assert una.post("/administration/accounts/tom/state", to="active").status_code == 422
