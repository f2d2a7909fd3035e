"""Hosts and host patterns: one canonical form, and which pattern covers which host.

A host that is spelled in a second way and misses its policy is the oldest bypass there is
(OkHttp's trailing dot, TrustKit's upper case), so everything that compares goes through
`canonical_host` once, and what has no canonical form is refused rather than compared.

Follows RFC 1034 (names), RFC 5890 and UTS 46 (internationalised names), RFC 5952 (IPv6 text).
Must not know of pins or policies.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Self

from keypin.certs.hostname import is_plain
from keypin.errors import HostError

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

MAX_NAME = 253  # RFC 1035 section 2.3.4, as text and without the trailing dot
MAX_LABEL = 63  # the same

# The longest text that is looked at: a name in Unicode may shrink or grow on the way to ASCII.
MAX_HOST_TEXT = 1024

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_FORBIDDEN = {
    "/": ("a URL or path", "write the host alone"),
    "@": ("user information", "write the host alone"),
    "%": ("a percent sign or zone", "write the host as it is, without escapes or zone"),
    "[": ("brackets", "write an IPv6 address without brackets"),
    "\\": ("a backslash", "write the host alone"),
    "*": ("a wildcard", "write `*.name` or `**.name`, in a host pattern alone"),
}


def canonical_host(text: str) -> str:
    """Return the one form in which hosts are compared.

    Lower case, without the one trailing dot that a name may have, in A-labels by UTS 46; an IP
    address as RFC 5952 writes it.

    Raises:
        HostError: it is no host name: a URL, a port, an escape, a control character, an empty
            label, two trailing dots, a number that some resolvers take for an IPv4 address.
    """
    if is_plain(text):
        return text
    _refuse_characters(text)
    if (address := _address(text)) is not None:
        return str(address)
    if ":" in text:
        raise HostError(
            f"{text!r} has a colon", expected="a host", next_step="write the host without the port"
        )
    name = text.lower() if text.isascii() else _to_ascii(text)
    name = name.removesuffix(".")
    _check_name(name, text)
    return name


def _refuse_characters(text: str) -> None:
    if not text:
        raise HostError("the host is empty", expected="a name or an IP address")
    if len(text) > MAX_HOST_TEXT:
        raise HostError(
            f"a host of {len(text)} characters", expected=f"{MAX_NAME} characters at most"
        )
    for index, character in enumerate(text):
        if character in _FORBIDDEN:
            what, cure = _FORBIDDEN[character]
            raise HostError(f"{what} in {text!r}", expected="a host", next_step=cure)
        if character.isspace() or not character.isprintable():
            raise HostError(
                f"the character U+{ord(character):04X} at place {index + 1} of {text!r}",
                expected="a host without blanks and control characters",
            )


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _to_ascii(text: str) -> str:
    """Return a name with other than ASCII characters in A-labels (UTS 46, non-transitional)."""
    import idna  # noqa: PLC0415 - its tables cost start-up time that few hosts need

    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise HostError(
            f"{text!r} is no internationalised name: {error}", expected="a name as UTS 46 allows"
        ) from error


def _check_name(name: str, text: str) -> None:
    if len(name) > MAX_NAME:
        raise HostError(f"a name of {len(name)} characters", expected=f"{MAX_NAME} at most")
    labels = name.split(".")
    for label in labels:
        if not label:
            raise HostError(
                f"an empty label in {text!r}", expected="a name with at most one trailing dot"
            )
        if len(label) > MAX_LABEL:
            raise HostError(
                f"a label of {len(label)} characters in {text!r}", expected=f"{MAX_LABEL} at most"
            )
        if _LABEL.fullmatch(label) is None:
            raise HostError(
                f"the label {label!r} in {text!r}",
                expected="letters, digits, hyphens and underscores, no hyphen at either end",
            )
    if _NUMBER.fullmatch(labels[-1]):
        raise HostError(
            f"{text!r} ends in a number, which some clients read as an IPv4 address",
            expected="a name, or an IPv4 address as 192.0.2.1",
        )


@dataclass(frozen=True, slots=True)
class HostPattern:
    """The hosts a policy is for. Build one with `parse`.

    Attributes:
        name: the canonical name or IP address, without a wildcard.
        wildcard: `""` for this host alone, `"*."` for the names exactly one label longer,
            `"**."` for the name and all its subdomains.
        wide: it may cover a public suffix, as in the lists of browsers, whose makers own some.
    """

    name: str
    wildcard: str = ""
    wide: bool = field(default=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.name != canonical_host(self.name) or self.wildcard not in _WILDCARDS:
            raise HostError(f"{self.wildcard}{self.name!r} is not canonical", expected=_EXPECTED)
        if self.wildcard and not self.wide:
            _refuse_wide(self)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `example.com`, `*.example.com` or `**.example.com`, in any spelling of the name.

        Raises:
            HostError: it is none of these, its name is no host, or its wildcard covers a whole
                public suffix (publicsuffix.org, the private section included: whoever pins
                `**.github.io` pins strangers' hosts).
        """
        if is_plain(text):
            return cls(text)
        wildcard = next((mark for mark in ("**.", "*.") if text.startswith(mark)), "")
        name = text.removeprefix(wildcard)
        if "*" in name:
            raise HostError(f"the wildcard in {text!r}", expected=_EXPECTED)
        return cls(canonical_host(name), wildcard)

    def matches(self, host: str) -> bool:
        """Tell whether the pattern covers `host`, in any spelling.

        Raises:
            HostError: `host` is no host.
        """
        return self.covers(canonical_host(host))

    def covers(self, canonical: str) -> bool:
        """Tell the same of a host that is canonical already. Compares whole labels."""
        if self.wildcard == "":
            return canonical == self.name
        if self.wildcard == "**." and canonical == self.name:
            return True
        above = canonical.removesuffix("." + self.name)
        if above == canonical:
            return False
        return self.wildcard == "**." or "." not in above

    @property
    def specificity(self) -> tuple[int, int]:
        """How specific: a host alone, then longer names, then `*.` before `**.`; larger wins."""
        labels = self.name.count(".") + 1
        return (labels, _RANK[self.wildcard]) if self.wildcard else (MAX_NAME, 0)

    def __str__(self) -> str:
        return self.wildcard + self.name


_RANK = {"*.": 1, "**.": 0}
_WILDCARDS = ("", "*.", "**.")
_EXPECTED = "a host, `*.name` for one label more, or `**.name` for the name and its subdomains"


def _refuse_wide(pattern: HostPattern) -> None:
    if _address(pattern.name) is not None:
        raise HostError(
            f"the wildcard of {str(pattern)!r}",
            expected="an IP address alone",
            next_step="IP addresses have no subdomains",
        )
    if _suffixes().publicsuffix(pattern.name, accept_unknown=False) == pattern.name:
        raise HostError(
            f"{pattern.name!r} is a public suffix: everybody registers names below it",
            expected="a name that is yours",
            next_step=f"write {pattern.wildcard}NAME.{pattern.name}",
        )
    if "." not in pattern.name and pattern.name != "localhost":
        raise HostError(
            f"{str(pattern)!r} covers a whole top-level domain", expected="a name that is yours"
        )


@cache
def _suffixes() -> "PublicSuffixList":
    """Return the public suffix list that the package ships. It costs start-up time: loaded late."""
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - as said

    return PublicSuffixList(accept_unknown=False)
