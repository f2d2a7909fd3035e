"""The forms of pin failure reports, and how one is told from another.

RFC 7469 section 3 made the first; the others added members to it. A row is a form: what gives it
away, what it must have, and where it says who the application is. Must not know how members are
decoded; that is `keypin.reports.members`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Protocol


class Form(StrEnum):
    """Who writes such reports."""

    RFC7469 = "rfc7469"
    """Browsers of the years of HPKP, and everything that follows RFC 7469 section 3."""
    TRUSTKIT_IOS = "trustkit-ios"
    TRUSTKIT_ANDROID = "trustkit-android"
    EXPECT_CT = "expect-ct"
    """RFC 9163 section 3.1: certificates without enough SCTs; no pins."""
    KEYPIN = "keypin"


class Result(IntEnum):
    """What TrustKit found: `TSKTrustEvaluationResult`, and on Android the ordinal of the same."""

    SUCCESS = 0
    NO_MATCHING_PIN = 1
    CHAIN_NOT_TRUSTED = 2
    INVALID_PARAMETERS = 3
    USER_DEFINED_ANCHOR = 4
    NO_SPKI_DIGEST = 5

    @classmethod
    def of(cls, code: int | None) -> "Result | None":
        """Return what a number means, or None where it is none that is known."""
        return cls(code) if code in set(cls) else None


class Said(Protocol):
    """What is asked of a report to tell its form; None where it does not say."""

    app: str | None
    app_bundle_id: str | None
    app_platform: str | None
    app_version: str | None
    known_pins: list[str] | None
    policy: str | None
    trustkit_version: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class FormRow:
    """A form.

    Attributes:
        form: which.
        gives_away: tells whether a report that is no earlier row's is of this form.
        pins: whether it must name the pins that were missed.
        platform: what it runs on, where its form alone says so.
    """

    form: Form
    gives_away: Callable[[Said], bool]
    pins: bool = True
    platform: str | None = None


# The first row that is given away is the form. Expect-CT stands in an envelope of its own.
FORMS: tuple[FormRow, ...] = (
    FormRow(
        Form.TRUSTKIT_ANDROID,
        lambda said: (said.app_platform or "").upper() == "ANDROID",
        platform="android",
    ),
    FormRow(
        Form.TRUSTKIT_IOS,
        lambda said: said.app_bundle_id is not None or said.trustkit_version is not None,
        platform="ios",
    ),
    FormRow(Form.KEYPIN, lambda said: said.policy is not None),
    FormRow(Form.RFC7469, lambda _: True),
)

EXPECT_CT = FormRow(Form.EXPECT_CT, lambda _: False, pins=False)


def recognise_form(said: Said) -> FormRow:
    """Return the form of a report that stands in no envelope."""
    return next(row for row in FORMS if row.gives_away(said))


def application(said: Said) -> str | None:
    """Return who the application says it is: TrustKit's bundle, or keypin's name."""
    return said.app_bundle_id or said.app


def version(said: Said) -> str | None:
    """Return which release the application says it is."""
    return said.app_version or said.version
