"""An external signer: a real HTTP server that signs with eth-account, and anvil's own eth_signTransaction beside it."""

from __future__ import annotations

import datetime
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from eth_account import Account

from tally_chain.anchoring import setup
from tally_chain.anchoring.alarms import Alarm
from tally_chain.anchoring.client import Anchorer
from tally_chain.anchoring.external_signer import ExternalSigner
from tally_chain.anchoring.keys import FeeOffer, Transaction
from tally_chain.anchoring.profile import EMBEDDED
from tally_chain.anchoring.reading import read_head
from tally_chain.errors import SignerError
from tally_gateway.tls import TlsFiles, create_ca, issue_server, server_context
from tests.chain.anchoring.test_client import begun, give, kinds
from tests.chain.contracts import oracle
from tests.chain.contracts.stage import OWNER, STRANGER, TX_KEY, Stage, fresh_log_id

DYNAMIC = FeeOffer(dynamic=True, max_fee_wei=10**10, priority_fee_wei=3)
PLAIN = FeeOffer(dynamic=False, max_fee_wei=7, priority_fee_wei=0)


class SigningServer:
    """Signs whatever it is asked with one key, unless a test changes its mind."""

    def __init__(self) -> None:
        self.change: Callable[[dict[str, Any]], dict[str, Any]] = lambda fields: fields
        self.answer: Callable[[str], object] = lambda raw: raw
        self.asked: list[dict[str, Any]] = []
        self.url = ""

    def reply(self, question: dict[str, Any]) -> dict[str, Any]:
        if question["method"] == "eth_accounts":
            return {"result": [TX_KEY.address.lower()]}
        (asked,) = question["params"]
        self.asked.append(asked)
        if asked["from"] != TX_KEY.address:
            return {"error": {"code": -32000, "message": "Signing failed: no key for this address"}}
        numbers = ("chainId", "nonce", "gas", "value", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas")
        fields = {name: int(value, 16) if name in numbers else value for name, value in asked.items()}
        del fields["from"]
        signed = TX_KEY._account.sign_transaction(self.change(fields))
        return {"result": self.answer("0x" + signed.raw_transaction.hex())}


class _Quiet(ThreadingHTTPServer):
    """A client that turns away at the certificate is no news here."""

    def handle_error(self, *_: object) -> None:
        pass


@contextmanager
def signing(tls: ssl.SSLContext | None = None) -> Iterator[SigningServer]:
    signer = SigningServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps({"jsonrpc": "2.0", "id": question["id"], **signer.reply(question)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = _Quiet(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    signer.url = f"http{'' if tls is None else 's'}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield signer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def client_of(url: str, address: str = TX_KEY.address) -> Iterator[ExternalSigner]:
    external = ExternalSigner(url, address)
    try:
        yield external
    finally:
        external.close()


@pytest.fixture
def server() -> Iterator[SigningServer]:
    with signing() as found:
        yield found


def transaction(fee: FeeOffer, to: str | None = OWNER.address) -> Transaction:
    return Transaction(77, 3, to, b"\x01\x02", 50_000, fee)


@pytest.mark.parametrize("fee", [DYNAMIC, PLAIN])
@pytest.mark.parametrize("to", [OWNER.address, None])
def test_it_signs_what_a_key_in_this_process_signs(server: SigningServer, fee: FeeOffer, to: str | None) -> None:
    with client_of(server.url, TX_KEY.address.lower()) as external:
        assert external.address == TX_KEY.address
        assert external.accounts() == [TX_KEY.address]
        assert external.sign(transaction(fee, to)) == TX_KEY.sign(transaction(fee, to))
        server.answer = lambda raw: {"raw": raw, "tx": {}}
        assert external.sign(transaction(fee, to)) == TX_KEY.sign(transaction(fee, to))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("chain id", {"chainId": 78}),
        ("nonce", {"nonce": 4}),
        ("recipient", {"to": STRANGER.address}),
        ("value", {"value": 1}),
        ("data", {"data": "0x01"}),
        ("gas", {"gas": 50_001}),
        ("fee", {"maxFeePerGas": 10**11}),
        ("fee", {"maxPriorityFeePerGas": 4}),
        ("access list", {"accessList": [{"address": STRANGER.address, "storageKeys": []}]}),
    ],
)
def test_what_it_signed_otherwise_is_not_taken(server: SigningServer, name: str, changes: dict[str, Any]) -> None:
    server.change = lambda fields: fields | changes
    with client_of(server.url, TX_KEY.address) as external, pytest.raises(SignerError, match=f"its {name} is not"):
        external.sign(transaction(DYNAMIC))


@pytest.mark.parametrize(
    "answer", [None, 7, "0x", "0x02", "0xzz", "02", {}, "0x" + "ff" * 50, "0x02" + "c0", [], "0xc0"]
)
def test_what_is_no_transaction_is_not_taken(server: SigningServer, answer: object) -> None:
    server.answer = lambda _: answer
    with client_of(server.url, TX_KEY.address) as external, pytest.raises(SignerError):
        external.sign(transaction(DYNAMIC))


def test_another_key_is_not_taken(server: SigningServer) -> None:
    with client_of(server.url, OWNER.address) as external, pytest.raises(SignerError, match="no key for this address"):
        external.sign(transaction(DYNAMIC))
    stranger = "0x" + STRANGER.sign(transaction(DYNAMIC)).raw.hex()
    server.answer = lambda _: stranger
    with client_of(server.url, TX_KEY.address) as external, pytest.raises(SignerError, match="signed as"):
        external.sign(transaction(DYNAMIC))


def test_where_it_may_be(tmp_path: Path) -> None:
    for url in ("http://signer.example:9000", "ftp://127.0.0.1", "signer"):
        with pytest.raises(SignerError, match="https"):
            ExternalSigner(url, TX_KEY.address)
    with pytest.raises(SignerError, match="can not be used"):
        ExternalSigner("http://127.0.0.1:9", "0x12")
    with pytest.raises(SignerError, match="can not be used"):
        ExternalSigner("https://signer.example", TX_KEY.address, ca_file=tmp_path / "none.pem")
    with (
        client_of("http://127.0.0.1:9", TX_KEY.address) as external,
        pytest.raises(SignerError, match="does not answer"),
    ):
        external.sign(transaction(DYNAMIC))


def client_certificate(path: Path, now: datetime.datetime) -> Path:
    """A key and its self-signed certificate in one file, as signers ask for that know their clients."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    certificate = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    kind = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
    path.write_bytes(certificate + secret)
    return path


def test_over_tls_only_the_named_authority_counts_and_clients_show_theirs(tmp_path: Path) -> None:
    now = datetime.datetime.now(datetime.UTC)
    ours, other = TlsFiles(tmp_path / "ours"), TlsFiles(tmp_path / "other")
    for files in (ours, other):
        create_ca(files, now)
        issue_server(files, ("127.0.0.1",), now)
    context = server_context(ours)
    context.verify_mode = ssl.CERT_REQUIRED
    own = client_certificate(tmp_path / "client.pem", now)
    context.load_verify_locations(own)
    with signing(context) as server:
        with closing(ExternalSigner(server.url, TX_KEY.address, ca_file=ours.ca_cert, certificate_file=own)) as signer:
            assert signer.sign(transaction(DYNAMIC)) == TX_KEY.sign(transaction(DYNAMIC))
        for ca, certificate in ((other.ca_cert, own), (ours.ca_cert, None), (None, own)):
            stranger = ExternalSigner(server.url, TX_KEY.address, ca_file=ca, certificate_file=certificate)
            with closing(stranger), pytest.raises(SignerError, match="does not answer"):
                stranger.sign(transaction(DYNAMIC))
        assert len(server.asked) == 1


def test_anchoring_with_a_signer_that_fails_for_a_while(embedded: Stage, tmp_path: Path, server: SigningServer) -> None:
    target = embedded.registered()
    external = ExternalSigner(server.url, TX_KEY.address)
    client = Anchorer(embedded.engine, external, target, EMBEDDED, tmp_path / "journal.sqlite")
    try:
        give(client, 4)
        server.change = lambda fields: fields | {"to": STRANGER.address}
        found = client.step()
        assert (kinds(found), begun(found)) == (["waiting"], [Alarm.SIGNER_FAILS])
        server.change = lambda fields: fields
        assert kinds(client.step()) == ["sent", "seen", "final"]
        assert client.alarms == ()
    finally:
        client.close()
        external.close()
    head = read_head(embedded.engine, embedded.contract, target.log_id)
    assert (head.size, head.root) == (4, oracle.root(0, 4))


@pytest.mark.evm_node
def test_a_real_node_signs_too(anvil: Stage) -> None:
    """anvil has keys of its own and answers eth_signTransaction; the same client takes what it signs."""
    (account,) = anvil.rpc("eth_accounts")  # type: ignore[misc]
    with client_of(anvil.endpoint, str(account)) as external:
        assert external.accounts() == [external.address]
        chain_id = anvil.engine.identity().chain_id
        for fee in (DYNAMIC, PLAIN):
            signed = external.sign(Transaction(chain_id, 0, OWNER.address, b"\x01", 30_000, fee))
            assert Account.recover_transaction(signed.raw) == external.address
        log_id = fresh_log_id()
        setup.register(
            anvil.engine, external, anvil.profile, contract=anvil.contract, log_id=log_id, tx_key=TX_KEY.address
        )
        assert read_head(anvil.engine, anvil.contract, log_id).owner == external.address
