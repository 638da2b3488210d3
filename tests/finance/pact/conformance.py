"""The 41 cases that a host must pass to conform to PACT 3.0, asked of a running one over TLS.

The cases are those of the PACT conformance service (its page "V3 test cases and expected results"); the calls and
checks are ours. Where a case's title and its text differ, the published schema decides: an id of a footprint is a UUID,
so case 15 sends one and case 40 sends a URN.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx

from tally_finance.pact.criteria import criteria
from tally_finance.pact.document import ProductFootprint, read
from tests.finance.pact.running import Pair

EVENTS = "application/cloudevents+json; charset=UTF-8"
_FAMILY = "org.wbcsd.pact.ProductFootprint."


@dataclass
class Context:
    """What the cases share. `schema`: the published one, where it is at hand; it is asked beside our own reader."""

    pair: Pair
    http: httpx.Client
    schema: Callable[[str, Any], list[str]] | None = None
    run: str = field(default_factory=lambda: str(uuid.uuid4()))
    footprints: list[dict[str, Any]] = field(default_factory=list)
    token: str = ""

    @property
    def base(self) -> str:
        return self.pair.ours.address

    @property
    def first(self) -> ProductFootprint:
        return read(self.footprints[0])

    def begin(self) -> None:
        """A token by discovery, and what there is."""
        found = self.http.get(f"{self.base}/.well-known/openid-configuration")
        assert found.json()["token_endpoint"] == f"{self.base}/auth/token"
        self.token = self.ask_token(found.json()["token_endpoint"]).json()["access_token"]
        self.footprints = self.get("/3/footprints").json()["data"]
        assert len(self.footprints) >= 2

    def ask_token(self, url: str, secret: str | None = None) -> httpx.Response:
        mine = self.pair.client, self.pair.secret if secret is None else secret
        return self.http.post(url, auth=mine, data={"grant_type": "client_credentials"})

    def get(self, path: str, token: str | None = None) -> httpx.Response:
        url = path if path.startswith("http") else self.base + path
        return self.http.get(url, headers={"authorization": f"Bearer {token or self.token}"})

    def post(
        self, kind: str, data: Mapping[str, Any], *, token: str | None = None, base: str | None = None, name: str = ""
    ) -> httpx.Response:
        event = {
            "type": f"{_FAMILY}{kind}Event.3", "specversion": "1.0", "id": name or str(uuid.uuid4()),
            "source": self.pair.theirs.address, "time": datetime.now(UTC).isoformat(), "data": data,
        }  # fmt: skip
        headers = {"authorization": f"Bearer {token or self.token}", "content-type": EVENTS}
        return self.http.post(f"{base or self.base}/3/events", json=event, headers=headers)

    def conforms(self, schema: str, value: Any) -> None:
        if self.schema is not None:
            assert self.schema(schema, value) == []

    def listed(self, query: str) -> list[ProductFootprint]:
        answer = self.get(f"/3/footprints?{query}")
        assert answer.status_code == 200, answer.text
        found = answer.json()["data"]
        for one in found:
            self.conforms("ProductFootprint", one)
        return [read(one) for one in found]

    def some(self, *asked: tuple[str, str]) -> list[ProductFootprint]:
        """A list that is not empty and holds exactly what there is of that."""
        found = self.listed(str(httpx.QueryParams(list(asked))))
        wanted = criteria(asked)
        assert found
        assert [one.id for one in found] == [one.id for one in map(read, self.footprints) if wanted.meets(one)]
        return found

    def none(self, *asked: tuple[str, str]) -> None:
        assert self.listed(str(httpx.QueryParams(list(asked)))) == []


def _refused_without_tls(call: Callable[[], httpx.Response]) -> None:
    try:
        answer = call()
    except httpx.HTTPError:
        return
    assert answer.status_code >= 400
    assert "access_token" not in answer.text
    assert "data" not in answer.json()


def _plain(context: Context) -> str:
    return context.base.replace("https", "http", 1)


def case_1(c: Context) -> None:
    answer = c.ask_token(f"{c.base}/auth/token")
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["access_token"]
    assert answer.json()["expires_in"] == 3600


def case_2(c: Context) -> None:
    answer = c.ask_token(f"{c.base}/auth/token", "another secret")
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] == "invalid_client"


def case_3(c: Context) -> None:
    answer = c.get(f"/3/footprints/{c.first.id}")
    assert answer.status_code == 200
    c.conforms("ProductFootprint", answer.json()["data"])
    assert answer.json()["data"]["id"] == str(c.first.id)


def case_4(c: Context) -> None:
    assert len(c.listed("")) == len(c.footprints)


def case_5(c: Context) -> None:
    first = c.get("/3/footprints?limit=1")
    assert len(first.json()["data"]) == 1
    seen = [first.json()["data"][0]["id"]]
    link = first.links["next"]["url"]
    while True:
        assert link.startswith(c.base)
        answer = c.get(link)
        assert answer.status_code == 200
        assert len(answer.json()["data"]) == 1
        assert c.get(link).json() == answer.json()
        seen.append(answer.json()["data"][0]["id"])
        if "next" not in answer.links:
            break
        link = answer.links["next"]["url"]
    assert seen == [one["id"] for one in c.footprints]


def _bad_token(answer: httpx.Response) -> None:
    assert answer.status_code in {400, 401}
    assert answer.json()["code"] == "BadRequest"


def case_6(c: Context) -> None:
    _bad_token(c.get("/3/footprints", "very-invalid-access-token"))


def case_7(c: Context) -> None:
    _bad_token(c.get(f"/3/footprints/{c.first.id}", "very-invalid-access-token"))


def case_8(c: Context) -> None:
    for name in (str(uuid.UUID(int=0)), "non-existent-id"):
        answer = c.get(f"/3/footprints/{name}")
        assert answer.status_code in {400, 404}
        assert answer.json()["code"] in {"NotFound", "BadRequest"}


def case_9(c: Context) -> None:
    _refused_without_tls(lambda: c.ask_token(f"{_plain(c)}/auth/token"))


def case_10(c: Context) -> None:
    _refused_without_tls(lambda: c.get(f"{_plain(c)}/3/footprints"))


def case_11(c: Context) -> None:
    _refused_without_tls(lambda: c.get(f"{_plain(c)}/3/footprints/{c.first.id}"))


def case_12(c: Context) -> None:
    answer = c.post("RequestCreated", {"productId": list(c.first.product_ids), "comment": "x"}, name=f"{c.run}/13")
    assert answer.status_code == 200


def _answer_to(c: Context, request: str) -> dict[str, Any]:
    """What the partner's own host took."""
    c.pair.carrier.send_waiting()
    found = [json.loads(one.body) for one in c.pair.theirs.host.mail.arrived()]
    (answer,) = [one for one in found if one["data"].get("requestEventId") == request]
    return answer


def case_13(c: Context) -> None:
    answer = _answer_to(c, f"{c.run}/13")
    assert answer["type"] == f"{_FAMILY}RequestFulfilledEvent.3"
    c.conforms("RequestFulfilledEvent", answer)
    assert answer["data"]["pfs"]
    for one in answer["data"]["pfs"]:
        assert set(one["productIds"]) <= set(c.first.product_ids)


def case_14a(c: Context) -> None:
    data = {"productId": ["urn:pact:null"], "comment": "x"}
    assert c.post("RequestCreated", data, name=f"{c.run}/14.B").status_code == 200


def case_14b(c: Context) -> None:
    answer = _answer_to(c, f"{c.run}/14.B")
    assert answer["type"] == f"{_FAMILY}RequestRejectedEvent.3"
    c.conforms("RequestRejectedEvent", answer)
    assert answer["data"]["error"]["code"]
    assert answer["data"]["error"]["message"]


def case_15(c: Context) -> None:
    answer = c.post("Published", {"pfIds": ["3a6c14a7-4deb-498a-b5ea-16ce2535b576"]})
    assert answer.status_code == 200
    assert answer.content == b""


def case_16(c: Context) -> None:
    _bad_token(c.post("Published", {"pfIds": [str(c.first.id)]}, token="very-invalid-access-token"))


def case_17(c: Context) -> None:
    _refused_without_tls(lambda: c.post("Published", {"pfIds": [str(c.first.id)]}, base=_plain(c)))


def case_18(c: Context) -> None:
    endpoint = c.http.get(f"{c.base}/.well-known/openid-configuration").json()["token_endpoint"]
    assert c.ask_token(endpoint).status_code == 200


def case_19(c: Context) -> None:
    endpoint = c.http.get(f"{c.base}/.well-known/openid-configuration").json()["token_endpoint"]
    assert c.ask_token(endpoint, "another secret").status_code in {400, 401}


def case_20(c: Context) -> None:
    c.some(("productId", c.first.product_ids[0]))
    c.some(("productId", c.first.product_ids[0].upper()))


def case_21(c: Context) -> None:
    c.some(("companyId", c.first.company_ids[0]))


def case_22(c: Context) -> None:
    c.some(("geography", c.first.geography or ""))


def case_23(c: Context) -> None:
    c.some(("classification", c.first.classifications[0]))


def case_24(c: Context) -> None:
    c.some(("validOn", c.first.valid_from.isoformat()))


def case_25(c: Context) -> None:
    c.some(("validAfter", (c.first.valid_from - timedelta(days=1)).isoformat()))


def case_26(c: Context) -> None:
    c.some(("validBefore", (c.first.valid_to + timedelta(days=1)).isoformat()))


def case_27(c: Context) -> None:
    c.some(("status", c.first.status.value))


def case_28(c: Context) -> None:
    c.some(("status", c.first.status.value), ("productId", c.first.product_ids[0]))


def case_29(c: Context) -> None:
    c.some(("companyId", c.first.company_ids[0]), ("companyId", "Xq7a"), ("companyId", "urn:uuid:other-company"))


def case_30(c: Context) -> None:
    c.none(("productId", "urn:bogus:product:5FIi8zS3"))


def case_31(c: Context) -> None:
    c.none(("companyId", "urn:bogus:company:5FIi8zS3"))


def case_32(c: Context) -> None:
    c.none(("geography", "XX"))


def case_33(c: Context) -> None:
    c.none(("classification", "urn:bogus:classification:5FIi8zS3"))


def case_34(c: Context) -> None:
    c.none(("validOn", "1900-01-01T00:00:00Z"))


def case_35(c: Context) -> None:
    c.none(("validAfter", "2099-12-31T23:59:59Z"))


def case_36(c: Context) -> None:
    c.none(("validBefore", "1900-01-01T00:00:00Z"))


def case_37(c: Context) -> None:
    c.none(("status", "BogusStatus5FIi8zS3"))


def case_38(c: Context) -> None:
    c.none(("companyId", "urn:bogus:company:a"), ("productId", "urn:bogus:product:b"))
    c.none(("companyId", c.first.company_ids[0]), ("productId", "urn:bogus:product:b"))


def case_39(c: Context) -> None:
    c.none(*(("companyId", f"urn:bogus:company:{n}") for n in range(3)))


def case_40(c: Context) -> None:
    answer = c.post("Published", {"pfIds": ["urn:gtin:4712345060507"]})
    assert answer.status_code == 400
    assert answer.json()["code"] == "BadRequest"
    assert c.get("/3/footprints?$filter=created ge '2023-01-15T10:15:30Z'").status_code == 400


CASES: Final[Mapping[str, tuple[str, Callable[[Context], None]]]] = {
    "1": ("a token for the right secret", case_1),
    "2": ("no token for a wrong secret", case_2),
    "3": ("one footprint", case_3),
    "4": ("all footprints", case_4),
    "5": ("pages and their links", case_5),
    "6": ("a list with a bad token", case_6),
    "7": ("one footprint with a bad token", case_7),
    "8": ("a footprint that is not there", case_8),
    "9": ("a token without TLS", case_9),
    "10": ("a list without TLS", case_10),
    "11": ("one footprint without TLS", case_11),
    "12": ("a request is taken", case_12),
    "13": ("and fulfilled", case_13),
    "14.A": ("a request for a product that is none is taken", case_14a),
    "14.B": ("and rejected", case_14b),
    "15": ("news of a footprint", case_15),
    "16": ("an event with a bad token", case_16),
    "17": ("an event without TLS", case_17),
    "18": ("a token by OpenID discovery", case_18),
    "19": ("no token by OpenID discovery for a wrong secret", case_19),
    "20": ("by product", case_20),
    "21": ("by company", case_21),
    "22": ("by geography", case_22),
    "23": ("by classification", case_23),
    "24": ("valid on", case_24),
    "25": ("valid after", case_25),
    "26": ("valid before", case_26),
    "27": ("by status", case_27),
    "28": ("by status and product", case_28),
    "29": ("by one of several companies", case_29),
    "30": ("by a product that is none", case_30),
    "31": ("by a company that is none", case_31),
    "32": ("by a geography that is none", case_32),
    "33": ("by a classification that is none", case_33),
    "34": ("valid on a day long ago", case_34),
    "35": ("valid after a day far ahead", case_35),
    "36": ("valid before a day long ago", case_36),
    "37": ("by a status that is none", case_37),
    "38": ("by a company and a product that do not belong together", case_38),
    "39": ("by several companies that are none", case_39),
    "40": ("malformed news, and a query of version 2", case_40),
}
