"""The questions whose answers decide whether to pin: each as data, asked by flag or in a form.

Every answer may be unknown (None). This module holds no opinion; `keypin.pins.advice` has.
"""

from dataclasses import dataclass
from enum import StrEnum


class Client(StrEnum):
    """Who controls the client."""

    MINE = "mine"
    OTHERS = "others"


class Server(StrEnum):
    """Who holds the server's key."""

    MINE = "mine"
    PROVIDER = "provider"
    THIRD_PARTY = "third-party"


class Platform(StrEnum):
    """What the client is."""

    MOBILE = "mobile-app"
    DEVICE = "device"
    SERVICE = "service"
    TOOL = "tool"
    BROWSER = "browser"


class Updates(StrEnum):
    """How soon new pins reach the clients in the field."""

    DAYS = "days"
    WEEKS = "weeks"
    NEVER = "never"


class Authority(StrEnum):
    """Whose CA issues the server's certificate."""

    PUBLIC = "public"
    PRIVATE = "private"


class Renewal(StrEnum):
    """What a renewal does to the key."""

    SAME_KEY = "same-key"
    NEW_KEY = "new-key"
    MANAGED = "managed"


class Reserve(StrEnum):
    """Whether a backup key exists."""

    OFFLINE_KEY = "offline-key"
    NONE = "none"


class Exposure(StrEnum):
    """Who can reach the host."""

    PUBLIC = "public"
    INTERNAL = "internal"


class Stakes(StrEnum):
    """What a wrongly issued certificate would cost."""

    HIGH = "high"
    ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The answers, each None where it is not known; the names are the questions' keys."""

    client: Client | None = None
    server: Server | None = None
    platform: Platform | None = None
    updates: Updates | None = None
    authority: Authority | None = None
    renewal: Renewal | None = None
    reserve: Reserve | None = None
    exposure: Exposure | None = None
    stakes: Stakes | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the questionnaire.

    Attributes:
        key: the field of `Situation` that it fills.
        text: the question as put to a person.
        choices: each possible answer and its meaning.
        why: why it is asked, one sentence.
    """

    key: str
    text: str
    choices: tuple[tuple[StrEnum, str], ...]
    why: str


QUESTIONS: tuple[Question, ...] = (
    Question(
        "client",
        "Who controls the client that would carry the pins?",
        ((Client.MINE, "we build and ship it"), (Client.OTHERS, "others do")),
        "Pins that you cannot change are a debt in somebody else's hands.",
    ),
    Question(
        "server",
        "Who holds the private key of the server?",
        (
            (Server.MINE, "we do"),
            (Server.PROVIDER, "a CDN or hosting platform, for us"),
            (Server.THIRD_PARTY, "another company: it is their service"),
        ),
        "Whoever holds the key decides when it changes.",
    ),
    Question(
        "platform",
        "What is the client?",
        (
            (Platform.MOBILE, "a mobile app"),
            (Platform.DEVICE, "a device"),
            (Platform.SERVICE, "a service of ours on a server"),
            (Platform.TOOL, "a desktop or command-line program"),
            (Platform.BROWSER, "a web browser"),
        ),
        "Browsers no longer pin, and devices live longer than keys.",
    ),
    Question(
        "updates",
        "How soon do new pins reach the clients in the field?",
        (
            (Updates.DAYS, "within days: pins or clients are updated remotely"),
            (Updates.WEEKS, "within weeks: through an app store or a maintenance window"),
            (Updates.NEVER, "never, or only by hand"),
        ),
        "It is the longest outage that a wrong pin can cause.",
    ),
    Question(
        "authority",
        "Whose CA issues the server's certificate?",
        ((Authority.PUBLIC, "a public CA"), (Authority.PRIVATE, "our own")),
        "A root of your own is the one pin that nobody else can change.",
    ),
    Question(
        "renewal",
        "What does a renewal do to the server's key?",
        (
            (Renewal.SAME_KEY, "it keeps the key"),
            (Renewal.NEW_KEY, "it makes a new key"),
            (Renewal.MANAGED, "it is out of our hands"),
        ),
        "Certificates live 200 days at most since March 2026, and 47 from March 2029.",
    ),
    Question(
        "reserve",
        "Is there a backup key, made already and kept offline?",
        ((Reserve.OFFLINE_KEY, "yes"), (Reserve.NONE, "no")),
        "Without one, the loss of the key is the loss of every client.",
    ),
    Question(
        "exposure",
        "Who can reach the host?",
        ((Exposure.PUBLIC, "anyone"), (Exposure.INTERNAL, "only our own network")),
        "An internal host needs no public CA.",
    ),
    Question(
        "stakes",
        "What would a wrongly issued certificate cost?",
        (
            (Stakes.HIGH, "money, lives or a regulator's fine"),
            (Stakes.ORDINARY, "no more than at most web sites"),
        ),
        "Pinning trades a rare attack for a frequent chore.",
    ),
)
