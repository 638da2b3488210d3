"""What other proposers decide on: every proposal, in words, true or not shown at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from eth_utils.address import to_checksum_address

from tally_chain import contract_abi
from tally_chain.errors import RegistryHistoryError
from tally_chain.registry.call_words import RIGHTS, describe
from tally_chain.registry.operations import Call, Operation, bind_key, register_organisation
from tally_chain.registry.organisations import key_id_of
from tally_chain.registry.proposals import (
    CANCELLED_TOPIC,
    EXECUTED_TOPIC,
    SALT_TOPIC,
    SCHEDULED_TOPIC,
    Standing,
    proposals_of,
)
from tally_chain.registry.roles import KeyRole
from tests.chain.registry.consortium import Consortium, Said
from tests.chain.registry.parties import fresh

SOMEWHERE = to_checksum_address("0x" + "5a" * 20)
Events = list[dict[str, Any]]


def registering(made: Consortium) -> Call:
    return register_organisation(made.contracts["Organisations"], fresh("organisation"), fresh("commitment"))


def words_of(said: Said, operation: str) -> list[str]:
    """The lines below an operation."""
    lines = said.out.splitlines()
    start = next(place for place, line in enumerate(lines) if operation in line) + 1
    stop = next((place for place in range(start, len(lines)) if not lines[place].startswith(" ")), len(lines))
    return [line.strip() for line in lines[start:stop]]


def test_each_kind_of_call_in_words() -> None:
    organisations, claims, timelock, sites = (to_checksum_address("0x" + f"{n:02x}" * 20) for n in (1, 2, 3, 4))
    named = {organisations: "Organisations", claims: "Claims", timelock: "TimelockController", sites: "Sites"}
    one, two, account = b"\x01" * 32, b"\x02" * 32, to_checksum_address("0x" + "77" * 20)

    def said(contract: str, function: str, *arguments: object) -> str:
        return describe(Call(contract, contract_abi.call_data(named[contract], function, *arguments)), named)

    h1, h2 = "0x" + "01" * 32, "0x" + "02" * 32
    assert said(organisations, "registerOrganisation", one, two) == f"register organisation {h1} with commitment {h2}"
    assert said(organisations, "bindKey", one, two, 4, 1_767_225_600, 1_798_761_600) == (
        f"bind key {h2} of organisation {h1} as lender, 2026-01-01T00:00:00Z to 2027-01-01T00:00:00Z"
    )
    assert said(organisations, "bindKey", one, key_id_of(account), 9, 0, 2**64 - 1) == (
        f"bind transaction key {account} of organisation {h1} as registry-admin, from its binding to second {2**64 - 1}"
    )
    corners = [(1_214_737_021, 312_304_163), (1_214_747_021, -5), (1_214_747_021, 0)]
    assert said(sites, "registerSite", one, two, corners) == (
        f"register site {h1} of organisation {h2}, corners "
        "121.4737021,31.2304163 121.4747021,-0.0000005 121.4747021,0.0000000"
    )
    assert said(organisations, "revokeKey", one, 2, 0) == (
        f"revoke key {h1}: compromised, not believed since 1970-01-01T00:00:00Z"
    )
    assert said(claims, "openNamespace", one, two, 4, False, True) == (
        f"open namespace {h1}: registrar {h2}, claimed by keys of role lender, final, transferable"
    )
    assert said(claims, "appointRegistrar", one, two) == f"appoint organisation {h2} registrar of namespace {h1}"
    assert said(timelock, "updateDelay", 0) == (
        "change the delay of all later proposals to 0, in the chain's unit of time"
    )
    for right, (name, role) in RIGHTS.items():
        contract = next(address for address, found in named.items() if found == name)
        assert said(contract, "grantRole", role, account) == f"grant the right {right} to {account}"
        assert said(contract, "revokeRole", role, account) == f"take the right {right} from {account}"
    assert said(claims, "grantRole", one, account) == f"grant the right role {h1} of Claims to {account}"
    # The same role means something else elsewhere, and the same bytes elsewhere mean nothing.
    assert describe(Call(SOMEWHERE, b"\x01\x02"), named).startswith("UNKNOWN")


def test_what_is_not_understood_is_shown_with_all_its_bytes(consortium: Consortium) -> None:
    organisations, timelock = (consortium.contracts[name] for name in ("Organisations", "TimelockController"))
    good = bind_key(organisations, fresh(), fresh(), KeyRole.LENDER, valid_from=0, valid_until=2_000_000_000)
    no_role = good.data[:4] + good.data[4:68] + (max(KeyRole) + 1).to_bytes(32, "big") + good.data[100:]
    calls = (
        Call(SOMEWHERE, bytes.fromhex("deadbeef00"), 7),
        Call(organisations, bytes.fromhex("12345678")),
        Call(organisations, good.data + b"\x00"),
        Call(organisations, good.data[:-1]),
        Call(organisations, no_role),
        Call(organisations, b""),
        Call(timelock, contract_abi.call_data("TimelockController", "cancel", fresh())),
        Call(organisations, good.data, 1),
    )
    operation = consortium.propose_directly(Operation(calls, fresh("salt")))
    shown = words_of(consortium.run("proposals"), operation)
    assert len(shown) == len(calls)
    assert shown[0] == (
        f"UNKNOWN: a call to {SOMEWHERE}, which is none of the contracts that were named, with 7 wei: 0xdeadbeef00"
    )
    assert all(line.startswith("UNKNOWN: a call to ") for line in shown[:7])
    assert all("0x" + call.data.hex() in line for call, line in zip(calls[:7], shown[:7], strict=True))
    assert shown[7].startswith("bind key ")
    assert shown[7].endswith(", with 1 wei")
    rows = {row["id"]: row for row in consortium.did("proposals")["proposals"]}
    assert [call["contract"] for call in rows[operation]["calls"]][:2] == [None, "Organisations"]
    assert rows[operation]["calls"][0]["data"] == "0xdeadbeef00"
    assert rows[operation]["calls"][0]["value_wei"] == 7


def test_a_contract_that_was_not_named_is_unknown(consortium: Consortium) -> None:
    operation = consortium.propose_directly(Operation((registering(consortium),), fresh("salt")))
    alone = consortium.run("proposals", "--timelock", consortium.contracts["TimelockController"], pinned=False)
    assert alone.code == 0
    assert words_of(alone, operation)[0].startswith(f"UNKNOWN: a call to {consortium.contracts['Organisations']}, ")


def test_calls_alone_predecessors_and_batches_without_calls(consortium: Consortium) -> None:
    """All that OpenZeppelin's timelock takes; a batch of nothing must not blind the other proposers."""
    call = registering(consortium)
    single = consortium.propose_directly(Operation((call,), fresh("salt"), fresh("predecessor"), single=True))
    nothing = consortium.propose_directly(Operation((), fresh("salt")))
    blinding = consortium.propose_directly(Operation((), fresh("salt"), fresh("predecessor")))
    said = consortium.run("proposals")
    assert said.code == 0
    assert words_of(said, single)[0].startswith("after operation 0x")
    assert words_of(said, single)[1].startswith("register organisation 0x")
    for empty in (nothing, blinding):
        assert words_of(said, empty) == ["UNKNOWN: no call is shown; it does nothing, or the node hides what it does"]
    consortium.wait()
    waiting = consortium.run("execute", single, by="stranger")
    assert (waiting.code, "TimelockUnexecutedPredecessor" in waiting.err) == (1, True)
    consortium.did("execute", nothing, by="stranger")
    assert {row["id"]: row["state"] for row in consortium.did("proposals")["proposals"]}[nothing] == "done"
    assert consortium.did("cancel", blinding, by="bob")["state"] == "cancelled"


def test_an_operation_may_come_again_after_it_was_cancelled(consortium: Consortium) -> None:
    call, salt = registering(consortium), fresh("salt")
    operation = Operation((call,), salt)
    name = consortium.propose_directly(operation)
    consortium.did("cancel", name, by="alice")
    assert consortium.propose_directly(operation) == name
    both = consortium.did("proposals", name)["proposals"]
    assert [one["state"] for one in both] == ["cancelled", "waiting"]
    consortium.wait()
    consortium.did("execute", name, by="stranger")
    assert [one["state"] for one in consortium.did("proposals", name)["proposals"]] == ["cancelled", "done"]


def test_a_hidden_proposal(consortium: Consortium) -> None:
    """The list can not know. Who has heard of the id sees that it is hidden, and can stop it all the same."""
    name = consortium.propose_directly(Operation((registering(consortium), registering(consortium)), fresh("salt")))
    consortium.wait()
    with consortium.through(lambda events: [event for event in events if name not in event["topics"]]) as hiding:
        said = hiding.run("proposals")
        assert said.code == 0
        assert name not in said.out
        assert "Nothing proves that none is missing: a node can hide one. Ask several nodes" in said.out
        assert "a node can hide one" in hiding.did("proposals")["note"]
        named = hiding.run("proposals", name)
        assert named.code == 1
        assert f"HIDDEN    {name}  the timelock says ready, and the node does not show what it would do" in named.out
        assert hiding.run("proposals", name, "--json").json["not_shown"] == {name: "ready"}
        refused = hiding.run("execute", name, by="stranger")
        assert refused.code == 1
        assert "the node does not show what it would do" in refused.err
        assert hiding.did("cancel", name, by="bob")["state"] == "cancelled"
    assert consortium.did("proposals", name)["proposals"][0]["state"] == "cancelled"


def test_several_nodes_show_what_one_hides(consortium: Consortium) -> None:
    name = consortium.propose_directly(Operation((registering(consortium),), fresh("salt")))

    def hide(events: Events) -> Events:
        return [event for event in events if name not in event["topics"]]

    def honest(events: Events) -> Events:
        return events

    with consortium.through(hide, honest, honest) as three:
        assert f"{name}  proposed in block" in three.run("proposals").out
        assert three.run("proposals", "--agree", "3").code == 1
    with consortium.through(hide, hide, honest) as three:
        assert name not in three.run("proposals").out


def _without(topic: bytes, index: int | None = None) -> Callable[[Events, str], Events]:
    wanted = "0x" + topic.hex()

    def change(events: Events, name: str) -> Events:
        place = None if index is None else "0x" + index.to_bytes(32, "big").hex()
        return [
            event
            for event in events
            if not (event["topics"][:2] == [wanted, name] and place in (None, *event["topics"][2:]))
        ]

    return change


def _forged(events: Events, name: str) -> Events:
    """The operation is shown with another organisation than the one that would be registered."""
    wanted = "0x" + SCHEDULED_TOPIC.hex()
    selector = contract_abi.selector("registerOrganisation", ("bytes32", "bytes32")).hex()

    def forged(data: str) -> str:
        start = data.index(selector) + len(selector)
        return data[:start] + ("00" if data[start : start + 2] != "00" else "01") + data[start + 2 :]

    return [
        event | {"data": forged(event["data"])} if event["topics"][:2] == [wanted, name] else event for event in events
    ]


def _twice(events: Events, name: str) -> Events:
    return [event for event in events for _ in range(2 if name in event["topics"] else 1)]


def _moved(events: Events, name: str) -> Events:
    """Every event of the operation under the name of another."""
    other = "0x" + "99" * 32
    return [event | {"topics": [other if topic == name else topic for topic in event["topics"]]} for event in events]


def _cut(events: Events, name: str) -> Events:
    return [event | {"data": event["data"][:100]} if name in event["topics"] else event for event in events]


def _invented(topic: bytes) -> Callable[[Events, str], Events]:
    def change(events: Events, name: str) -> Events:
        last = next(event for event in reversed(events) if name in event["topics"])
        return [*events, last | {"topics": ["0x" + topic.hex(), name], "data": "0x"}]

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_without(SCHEDULED_TOPIC, 0), "hidden, or shown twice"),
        (_without(SCHEDULED_TOPIC, 1), "are not those that were proposed"),
        (_without(SALT_TOPIC), "are not those that were proposed"),
        (_forged, "are not those that were proposed"),
        (_twice, "hidden, or shown twice"),
        (_moved, "are not those that were proposed"),
        (_cut, "does not decode"),
        (_invented(CANCELLED_TOPIC), "shows operation 0x.* as cancelled, and the contract says"),
        (_invented(EXECUTED_TOPIC), "shows operation"),
    ],
)
def test_an_operation_that_waits_is_shown_as_it_is_or_not_at_all(
    consortium: Consortium, change: Callable[[Events, str], Events], told: str
) -> None:
    name = consortium.propose_directly(Operation((registering(consortium), registering(consortium)), fresh("salt")))
    _refuses(consortium, lambda events: change(events, name), told)
    assert consortium.run("proposals").code == 0


@pytest.mark.parametrize("ended", ["cancelled", "done"])
def test_the_end_of_an_operation_can_not_be_hidden_or_stand_alone(consortium: Consortium, ended: str) -> None:
    name = consortium.propose_directly(Operation((registering(consortium),), fresh("salt")))
    if ended == "done":
        consortium.wait()
        consortium.did("execute", name, by="stranger")
    else:
        consortium.did("cancel", name, by="bob")
    end = EXECUTED_TOPIC if ended == "done" else CANCELLED_TOPIC
    hide_end, hide_start = _without(end), _without(SCHEDULED_TOPIC)
    _refuses(consortium, lambda events: hide_end(events, name), "as waiting, and the contract says")
    if ended == "done":
        with consortium.engine() as engine:
            events = engine.events(consortium.contracts["TimelockController"], (), 0, 10**6)
        mine = [event for event in events if bytes.fromhex(name[2:]) in event.topics]
        assert [one.standing for one in proposals_of(mine)] == [Standing.DONE]
        with pytest.raises(RegistryHistoryError, match="as proposed after it was executed"):
            proposals_of([*mine, *mine])
    no_salt = _without(SALT_TOPIC)
    _refuses(consortium, lambda events: no_salt(hide_start(events, name), name), "the node hides the proposal")


def _refuses(made: Consortium, shown: Callable[[Events], Events], told: str) -> None:
    with made.through(shown) as lying:
        said = lying.run("proposals")
        assert said.code == 1, said.out
        assert said.out == ""
        for part in told.split(".*"):
            assert part in said.err
