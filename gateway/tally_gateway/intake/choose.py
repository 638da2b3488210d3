"""Which way in, by configuration. MQTT libraries are loaded only for the way that is chosen."""

from __future__ import annotations

from tally_gateway.errors import IntakeConfigError
from tally_gateway.intake.broker_settings import BrokerSettings
from tally_gateway.intake.clients import Authenticator
from tally_gateway.intake.interface import Intake
from tally_gateway.intake.settings import ListenerSettings

BROKER_LIBRARIES = ("paho", "aiomqtt")


def open_intake(
    settings: ListenerSettings | BrokerSettings, *, authenticator: Authenticator | None = None, library: str = "paho"
) -> Intake:
    """The listener for ListenerSettings (needs `authenticator`), a broker intake for BrokerSettings (by `library`).

    Raises IntakeConfigError: no authenticator, or an unknown library.
    """
    if isinstance(settings, ListenerSettings):
        if authenticator is None:
            raise IntakeConfigError("the listener needs to know its clients")
        from tally_gateway.intake.listener import MqttListener  # noqa: PLC0415

        return MqttListener(settings, authenticator)
    if library == "paho":
        from tally_gateway.intake.broker import BrokerIntake  # noqa: PLC0415

        return BrokerIntake(settings)
    if library == "aiomqtt":
        from tally_gateway.intake.broker_aio import AioBrokerIntake  # noqa: PLC0415

        return AioBrokerIntake(settings)
    raise IntakeConfigError(f"unknown broker library {library!r}; there are {', '.join(BROKER_LIBRARIES)}")
