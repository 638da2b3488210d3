"""The agent's way to its gateway over MQTT: `Uplink` behind the agent's `Transport`.

Asks travel on the same topic as statements: the gateway tells them apart by their first byte (0xd2 a statement, 0xa_ an
ask), as the agent does with what comes down.
"""

from __future__ import annotations

from tally_edge import pinned_tls
from tally_edge.agent import config
from tally_edge.agent.config import GatewayConfig
from tally_edge.agent.transport import TransportListener
from tally_edge.agent.uplink import Uplink, UplinkListener, UplinkSettings

ASK_TOKEN = -1
"""No statement has this number. Its acknowledgement says nothing that the answer does not."""


class UplinkTransport:
    """One MQTT client for one agent."""

    def __init__(self, settings: UplinkSettings) -> None:
        """Nothing is connected before `start`."""
        self._settings = settings
        self._uplink: Uplink | None = None

    def start(self, listener: TransportListener) -> None:
        """Begin to connect. Raises ConfigError when started twice."""
        self._uplink = Uplink(self._settings, _Relay(listener))
        self._uplink.start()

    def publish(self, token: int, client: str, payload: bytes, newest: int) -> bool:
        """See `Transport`."""
        return self._uplink is not None and self._uplink.publish(token, client, payload, newest)

    def ask(self, client: str, payload: bytes) -> bool:
        """See `Transport`."""
        return self._uplink is not None and self._uplink.publish(ASK_TOKEN, client, payload)

    def stop(self) -> None:
        """See `Transport`."""
        if self._uplink is not None:
            self._uplink.stop()


class _Relay(UplinkListener):
    def __init__(self, listener: TransportListener) -> None:
        self._listener = listener

    def on_state(self, connected: bool) -> None:
        self._listener.on_state(connected)

    def on_puback(self, token: int, reason: int) -> None:
        if token != ASK_TOKEN:
            self._listener.on_puback(token, reason)

    def on_down(self, client: str, payload: bytes) -> None:
        self._listener.on_down(client, payload)


def transport_of(gateway: GatewayConfig, name: str) -> UplinkTransport:
    """The transport that the settings describe; `name` is the MQTT client's. Raises ConfigError."""
    tls = None if gateway.ca_file is None else pinned_tls.client_context(gateway.ca_file)
    token = config.secret(gateway.token_file)
    return UplinkTransport(UplinkSettings(gateway.host, gateway.port, name, token, tls=tls))
