"""Watches a living plant from outside: every checkpoint, every confirmation, and what crosses the broker."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tally_edge import statement
from tally_edge.errors import DecodeError
from tally_edge.pinned_tls import client_context
from tally_edge.statement import Kind
from tests.mosquitto import Mosquitto
from tests.system.oracle import Seen, newest_confirmation
from tests.system.plant import Plant

OBSERVER = "observer"
OBSERVER_PASSWORD = "observer-password"
_LOOK_EVERY_S = 0.05


class WatchedMosquitto(Mosquitto):
    """A broker on which one more user may read everything. It keeps what was queued as well as it can by itself."""

    def start(self, *extra: str) -> None:
        """As the broker's, with the observer's right to read."""
        super().start("max_inflight_messages 0", "max_queued_messages 0", *extra)

    def _write_config(self, extra: tuple[str, ...]) -> Any:
        config = super()._write_config(extra)
        with (self._folder / "access").open("a") as access:
            access.write(f"user {OBSERVER}\ntopic read tally/1/#\n")
        return config


class Observer:
    """Use as a context; `seen` fills meanwhile."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self.seen = Seen()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look_forever, name="observer")
        self._client: Client | None = None

    def __enter__(self) -> Observer:
        self._thread.start()
        if self._plant.broker is not None:
            self._client = self._connect(self._plant.broker)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
            self._client.reinitialise()  # closes its wake-up sockets

    def _look_forever(self) -> None:
        published = self._plant.settings.folder / "log" / "checkpoint"
        outbox = self._plant.folders.edge / "outbox"
        while not self._stop.wait(_LOOK_EVERY_S):
            with contextlib.suppress(FileNotFoundError):
                self.seen.checkpoints.add(published.read_bytes())
            confirmation = newest_confirmation(outbox)
            if confirmation is not None:
                self.seen.confirmations.add(confirmation)

    def _connect(self, broker: Mosquitto) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id=OBSERVER, protocol=MQTTProtocolVersion.MQTTv5)
        client.username_pw_set(OBSERVER, OBSERVER_PASSWORD)
        client.tls_set_context(client_context(broker.tls_files.ca_cert))
        client.reconnect_delay_set(1, 1)
        client.on_connect = lambda client, *_: client.subscribe("tally/1/#", qos=1)
        client.on_message = lambda _client, _data, message: self._note(message.topic, bytes(message.payload))
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        return client

    def _note(self, topic: str, payload: bytes) -> None:
        if topic.endswith("/up"):
            if statement.decode(payload).claims.kind is not Kind.ASK:
                self.seen.wire.add(payload)
        elif payload[:1] == b"\xd2" and not _is_statement(payload):  # a tagged message that is none: a confirmation
            self.seen.confirmations.add(payload)


def _is_statement(payload: bytes) -> bool:
    """Whether a refusal or a notice came down."""
    try:
        statement.decode(payload)
    except DecodeError:
        return False
    return True
