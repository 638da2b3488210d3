"""Setting a device up: a key made here, settings to fill in, a request to be enrolled; and starting over after a
loss."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tally_edge import durable, enrolment_request, signer, statement
from tally_edge.agent import config
from tally_edge.agent.agent import LAST_LOGGED
from tally_edge.agent.config import EdgeConfig
from tally_edge.authority import SigningPlace, StreamPlace
from tally_edge.enrolment_request import EnrolmentRequest
from tally_edge.errors import ConfigError, OutboxError, SignatureError
from tally_edge.signer import FileSigner
from tally_edge.statement import STREAM_KINDS, Statement

SETTINGS_FILE: Final = "edge.toml"
REQUEST_FILE: Final = "enrolment-request.cose"

_TEMPLATE: Final = """\
# Settings of one Tallystick agent. Relative paths start at this file's folder. Unknown keys are refused.

[device]
uri = "{device}"
model = "{model}"
place = "{place}"                # in-meter, polled-bus, by-hand, simulated: where a reading becomes a signed statement
algorithm = "{algorithm}"
key_file = "device.key"
{passphrase}
# Fill in what `tallystick gateway` printed for this device, then remove the marks.
# [gateway]
# name = "plant-7"                       # as in `tallystick gateway client add`; default: this key's id
# host = "gateway.example"
# port = 8883
# ca_file = "gateway-ca.pem"             # a copy of the gateway's tls/ca.pem
# token_file = "gateway-token"           # mode 0600
# proof_key = "a401..."                  # the proof public key of `tallystick gateway init`

[outbox]
folder = "outbox"
max_bytes = 67108864

[site]
timezone = "{timezone}"
reading_day = 1                          # the utility's day of the month, 1..28
{points}"""

_POINT: Final = """
[[point]]
uri = "{uri}"
driver = "modbus"                        # modbus, csv, simulated
cadence_s = 900
pack_readings = 60
pack_seconds = 900
serial = "SERIAL-ON-THE-PLATE"
multiplier = 1                           # current times voltage transformer ratio
# facts = "..."                          # id of the meter-facts statement in force, from `tallystick meter`

[point.meter]
host = "192.0.2.10"
port = 502
unit_id = 1

[[point.register]]
name = "energy_import"
unit = "kWh"
cumulative = true
modulus = 1000000                        # where the register starts again at 0
address = 0
type = "u32"                             # u16 i16 u32 i32 u64 i64 f32
decimals = 2
word_order = "big"
byte_order = "big"
"""

_PLACE_WORDS: Final = {place: word for word, place in config.PLACES.items()}
_ALGORITHM_WORDS: Final = {number: word for word, number in config.ALGORITHMS.items()}


@dataclass(frozen=True, slots=True)
class NewDevice:
    """What `init` is told."""

    device: str
    model: str
    place: SigningPlace
    algorithm: int
    timezone: str
    points: tuple[str, ...]
    passphrase_file: Path | None


def settings_text(new: NewDevice) -> str:
    """A settings file with comments, valid as it stands once the gateway and the facts are filled in."""
    passphrase = "" if new.passphrase_file is None else f'passphrase_file = "{new.passphrase_file.resolve()}"\n'
    return _TEMPLATE.format(
        device=new.device,
        model=new.model,
        place=_PLACE_WORDS[new.place],
        algorithm=_ALGORITHM_WORDS[new.algorithm],
        passphrase=passphrase,
        timezone=new.timezone,
        points="".join(_POINT.format(uri=uri) for uri in new.points),
    )


def initialise(folder: Path, new: NewDevice, passphrase: str, now: int) -> FileSigner:
    """Make the key, the settings and the request in `folder`. Raises ConfigError, KeyStoreError; never overwrites."""
    settings = folder / SETTINGS_FILE
    if settings.exists():
        raise ConfigError(f"{settings} exists already; it is never overwritten")
    text = settings_text(new)
    parsed = config.parse(text, settings)  # so that a wrong URI or zone is found before a key is made
    durable.make_folder(folder)
    made = signer.generate(new.algorithm)
    made.save(parsed.device.key_file, passphrase)
    durable.write_file(settings, text.encode(), mode=0o600)
    write_request(folder / REQUEST_FILE, parsed, made, now, None)
    return made


def write_request(
    path: Path, settings: EdgeConfig, made: FileSigner, now: int, predecessor: StreamPlace | None
) -> None:
    """Write an enrolment request, signed by the key that it asks for."""
    request = EnrolmentRequest(
        device=settings.device.uri,
        public_key=made.public_key.encode(),
        points=tuple(point.uri for point in settings.points),
        place=settings.device.place,
        model=settings.device.model,
        predecessor=predecessor,
    )
    durable.write_file(path, enrolment_request.sign(request, made, now).encoded)


@dataclass(frozen=True, slots=True)
class Recovered:
    """A device that starts over: its new key, its predecessor's last place, and where the old things were put."""

    signer: FileSigner
    predecessor: StreamPlace
    lost_since: int
    kept: tuple[Path, ...]


def recover(settings: EdgeConfig, last: Path | None, passphrase: str, now: int) -> Recovered:
    """Put the old key and outbox aside, make a new key, and write a request that names where the old stream ends.

    `last` is the old stream's last logged statement; without it the one that stopped the agent is taken. Where the old
    key still opens, the statement must be its own. Raises OutboxError, ConfigError, KeyStoreError, SignatureError.
    """
    path = settings.outbox_folder / LAST_LOGGED if last is None else last
    shown = _last_statement(path)
    key_file = settings.device.key_file
    if key_file.exists():
        old = signer.load(key_file, passphrase).public_key
        if old.kid != shown.claims.kid:
            raise SignatureError(f"{path} is not of the key {key_file}")
        shown.verify(old)
    mark = f"{shown.claims.kid.hex()[:16]}-{now}"
    moves = [
        (key_file, key_file.with_name(f"{key_file.name}.{mark}")),
        (settings.outbox_folder, settings.outbox_folder.with_name(f"{settings.outbox_folder.name}.{mark}")),
    ]
    kept = []
    for source, target in moves:
        if source.exists():
            source.rename(target)
            durable.sync_folder(target.parent)
            kept.append(target)
    made = signer.generate(settings.device.algorithm)
    made.save(key_file, passphrase)
    place = StreamPlace(shown.claims.kid, shown.claims.seq or 0, shown.id)
    write_request(settings.file.parent / REQUEST_FILE, settings, made, now, place)
    return Recovered(made, place, shown.claims.issued_at, tuple(kept))


def _last_statement(path: Path) -> Statement:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OutboxError(
            f"cannot read {path}: {error.strerror}. Name the old stream's last logged statement with --last; "
            "the gateway has it"
        ) from None
    shown = statement.decode(data)
    if shown.claims.kind not in STREAM_KINDS:
        raise OutboxError(f"{path} holds a {shown.claims.kind.value}, not a statement of a stream")
    return shown
