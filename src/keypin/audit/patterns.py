"""What a pin, a host and a certificate look like among other bytes.

Every expression begins with a literal, so that `re` looks for that at the speed of memory, and
looks behind and around only where it stands. Spellings are those of the field: `sha256/BASE64`
(OkHttp, Chromium), `sha256//BASE64` (curl), `pin-sha256="BASE64"` (HPKP), bare base64 (TrustKit,
Apple, React Native), hex with colons (Flutter's fingerprints).
"""

import re
from dataclasses import dataclass

from keypin.errors import HostError, PinError
from keypin.pins import HostPattern, Of, Pin
from keypin.pins.ca_facts import known_key

_BASE64 = rb"[A-Za-z0-9+/_-]"

PREFIXED = re.compile(rb"sha-?(?:1|256|512)(?:/{1,2}|=\\?[\"'])" + _BASE64 + rb"{20,90}={0,2}")
"""A pin with the name of its hash, the broken ones too."""

BARE = re.compile(
    rb"=(?<=[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)(?<![A-Za-z0-9+/_-]{44}=)(?![A-Za-z0-9+/=])"
)
"""The end of 32 bytes in canonical base64: a pin, a key, or anything else of that size."""
BARE_LENGTH = 44

FINGERPRINT = re.compile(
    rb":(?<=[^:A-Fa-f0-9][A-Fa-f0-9]{2}:)(?:[A-Fa-f0-9]{2}:){30}[A-Fa-f0-9]{2}"
)
"""The digest of a certificate in hex with colons, but for its first byte, which stands before."""

WIDE = re.compile(
    rb"s\0h\0a\0(?:1\0|2\0005\0006\0|5\0001\0002\0)(?:/\0){1,2}"
    rb"(?:[A-Za-z0-9+/]\0){27,86}(?:=\0){0,2}"
)
"""A pin with its hash's name in UTF-16, as .NET stores texts."""

HOST = re.compile(
    rb"(?:(?<=//)|(?<![A-Za-z0-9._%@/\\-]))"
    rb"((?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,18})(?![A-Za-z0-9._-])"
)
"""A host among other bytes. Slow: for the few bytes around a pin alone."""

_SHAPE = re.compile(
    r"(?:\*{1,2}\.)?(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.){1,20}[a-z]{2,18}\.?",
    re.IGNORECASE,
)

_QUOTED = re.compile(r"=\\?[\"']")

# Names of Java packages and of files look like hosts; their first or last labels tell.
_PACKAGES = frozenset(
    (
        "android", "androidx", "com", "dagger", "dalvik", "io", "java", "javax", "kotlin",
        "kotlinx", "me", "net", "okhttp3", "okio", "org", "retrofit2", "sun",
    )
)  # fmt: skip
_ENDINGS = frozenset(
    (
        "apk", "arsc", "bin", "bundle", "cc", "cer", "cpp", "crt", "css", "dart", "db", "dex",
        "dll", "dylib", "gif", "gz", "htm", "html", "jar", "java", "jpeg", "jpg", "js",
        "jsbundle", "json", "kt", "lock", "map", "md", "mm", "pem", "plist", "png", "pro",
        "properties", "py", "rs", "sh", "so", "svg", "swift", "toml", "ts", "ttf", "txt",
        "webp", "woff", "xml", "yaml", "yml", "zip",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spelled:
    """A pin as it was found: its text, and the pin, or why it is none.

    Attributes:
        text: as it stands in the app.
        pin: what it means, None where it cannot be a pin.
        problem: why not.
        broken: whether the reason is its hash function.
    """

    text: str
    pin: Pin | None
    problem: str | None = None
    broken: bool = False


def spelled(text: str) -> Spelled:
    """Return the pin that a text spells, or what is wrong with it."""
    try:
        if ":" in text and "/" not in text:
            return Spelled(text, Pin(bytes.fromhex(text.replace(":", "")), of=Of.CERTIFICATE))
        return Spelled(text, Pin.parse(_QUOTED.sub("/", text)))
    except PinError as error:
        return Spelled(text, None, error.seen, "SHA-1" in error.seen)


def pins_in(text: str) -> tuple[str, ...]:
    """Return the pins that a text of code holds: one, or several with a separator."""
    data = text.encode()
    found = [match[0].decode() for match in PREFIXED.finditer(data)]
    if not found and len(text) == BARE_LENGTH and BARE.search(data):
        found = [text]
    return tuple(found)


def is_known(text: str) -> bool:
    """Tell whether a bare digest is that of a CA key that is publicly known."""
    return known_key(f"sha256/{text}") is not None


def looks_like_host(text: str) -> bool:
    """Tell whether a text has the shape of a host or host pattern, wildcards included."""
    return len(text) <= 253 and _SHAPE.fullmatch(text) is not None  # noqa: PLR2004 - RFC 1035


def is_evident_host(text: str) -> bool:
    """Tell whether a text is a host and nothing else that has dots: no package, no file."""
    labels = text.lower().rstrip(".").split(".")
    return looks_like_host(text) and labels[0] not in _PACKAGES and labels[-1] not in _ENDINGS


def host_pattern(text: str) -> HostPattern | None:
    """Return the host pattern that a text of an app is, or None."""
    try:
        return HostPattern.parse(text)
    except HostError:
        return None
