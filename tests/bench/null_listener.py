"""The listener with a sink that stores nothing: what MQTT and TLS cost by themselves. Run as a process of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from tally_gateway.intake.clients import ClientFile
from tally_gateway.intake.interface import Delivery, Outcome
from tally_gateway.intake.listener import MqttListener
from tally_gateway.intake.settings import ListenerSettings
from tally_gateway.tls import TlsFiles, server_context


class NullSink:
    """Says COMMITTED and forgets."""

    async def deliver(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """See Sink."""
        return [Outcome.COMMITTED] * len(deliveries)


async def main(tls: Path, clients: Path) -> None:
    """Print the port, then serve until killed."""
    listener = MqttListener(ListenerSettings(port=0, tls=server_context(TlsFiles(tls))), ClientFile(clients))
    print(listener.bind()[1], flush=True)
    await listener.serve(NullSink())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), Path(sys.argv[2])))
