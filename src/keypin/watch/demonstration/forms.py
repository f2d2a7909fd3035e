"""The forms in which the phones of the shop report: what each client would write of one failure.

Sources: RFC 7469 section 3; TrustKit's `TSKReport` (iOS) and `PinningFailureReport` (Android).
"""

from collections.abc import Callable, Mapping

from keypin.tls.report import PinFailure

_KEYPINS_OWN = frozenset({"app", "version", "policy"})

Form = Callable[[PinFailure, str, str], dict[str, object]]


def keypins(failure: PinFailure, app: str, version: str) -> dict[str, object]:
    """Return the report that `keypin.Reporter` sends."""
    return failure.report(app=app, version=version)


def rfc7469(failure: PinFailure, app: str, version: str) -> dict[str, object]:
    """Return the report of RFC 7469, which names no application."""
    said = failure.report(app=app, version=version)
    return {name: value for name, value in said.items() if name not in _KEYPINS_OWN}


def trustkit_ios(failure: PinFailure, app: str, version: str) -> dict[str, object]:
    """Return TrustKit's report on iOS, which has the verified chain alone."""
    said = rfc7469(failure, app, version)
    del said["served-certificate-chain"]
    return said | _trustkit(app, version) | {"app-platform": "IOS", "app-platform-version": "26.1"}


def trustkit_android(failure: PinFailure, app: str, version: str) -> dict[str, object]:
    """Return TrustKit's report on Android."""
    return rfc7469(failure, app, version) | _trustkit(app, version) | {"app-platform": "ANDROID"}


def _trustkit(app: str, version: str) -> dict[str, object]:
    return {
        "app-bundle-id": f"test.shop.{app}",
        "app-version": version,
        "trustkit-version": "3.0.7",
        "enforce-pinning": True,
        "validation-result": 1,
    }


FORMS: Mapping[str, Form] = {
    "keypin": keypins,
    "rfc7469": rfc7469,
    "trustkit-ios": trustkit_ios,
    "trustkit-android": trustkit_android,
}
