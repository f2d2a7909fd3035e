"""What an audit says of an app beyond what the lint rules say of its pin set: rows of data."""

from keypin.findings import Severity
from keypin.formats.remark import SHA1_PIN, Remark

ONE_PIN = Remark(
    "app-one-pin",
    Severity.WARNING,
    "When that key is lost or replaced, every installed copy of the app is cut off.",
    "Ship a second pin, of a key that is kept offline.",
)
HOST_UNKNOWN = Remark(
    "app-host-unknown",
    Severity.NOTE,
    "A pin is judged, and compared with a server, by the host that it is for.",
    "Look at the place, and say the host with `keypin verify --pins`.",
)
MALFORMED_PIN = Remark(
    "app-pin-malformed",
    Severity.WARNING,
    "It can match nothing, so it is either no pin or one that bricks.",
    "Compute the pin again with `keypin pin`.",
)
CERTIFICATE_PIN = Remark(
    "app-leaf-certificate",
    Severity.WARNING,
    "If the app accepts this certificate alone, the next renewal cuts off every installed copy.",
    "Pin the key instead, with a backup, or ship the CA's certificate.",
)
CERTIFICATE_EXPIRED = Remark(
    "app-certificate-expired",
    Severity.WARNING,
    "A client that trusts it refuses every server below it, or no longer checks dates.",
    "Take it out of the app, or ship its successor.",
)
DEAD_KEY = Remark(
    "app-ca-key-retired",
    Severity.WARNING,
    "Current clients build no chain to that key.",
    "Take the pin out, and pin a key that is in use.",
)
AT_RUN_TIME = Remark(
    "app-pins-at-run-time",
    Severity.NOTE,
    "The pins are fetched or computed when the app runs, so a copy of the app does not hold them.",
    "Ask whoever serves them for the pins, and verify those with `keypin verify`.",
)
NO_PINS = Remark(
    "app-no-pins",
    Severity.NOTE,
    "Every certificate of every CA that the phone trusts is accepted.",
    "If that is not meant, see `keypin check HOST` for whether to pin.",
)
UNREADABLE = Remark(
    "app-part-unreadable",
    Severity.WARNING,
    "Pins in it were not found.",
    "Look at that part by hand, or build the app without what packs or encrypts it.",
)
ENCRYPTED = Remark(
    "app-code-encrypted",
    Severity.WARNING,
    "The App Store encrypts the code of the copies that it delivers; pins in it were not found.",
    "Audit the IPA as it was uploaded.",
)
RULES: tuple[Remark, ...] = (
    ONE_PIN,
    HOST_UNKNOWN,
    SHA1_PIN,
    MALFORMED_PIN,
    CERTIFICATE_PIN,
    CERTIFICATE_EXPIRED,
    DEAD_KEY,
    AT_RUN_TIME,
    NO_PINS,
    UNREADABLE,
    ENCRYPTED,
)
"""Every rule, in the order in which a reader meets it."""
