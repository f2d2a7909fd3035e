"""TrustKit for Android: Android's configuration with a `<trustkit-config>` in each domain-config.

https://github.com/datatheorem/TrustKit-Android. It enforces nothing unless `enforcePinning` says so
(on Android 7 and later the system enforces anyway), demands two pins where it enforces, honours the
last `<domain>` of a domain-config alone, and reports to its maker unless told otherwise.
"""

from keypin.findings import Severity
from keypin.formats.abilities import XML_FORBIDS, Abilities, Expiry
from keypin.formats.android_nsc import ConfigReader, domain_config
from keypin.formats.form import Form, Reading
from keypin.formats.notes import heading
from keypin.formats.remark import Remark
from keypin.formats.xml import Element, escape
from keypin.pins import Mode, OnExpiry, PinSet, Policy

ENFORCE_OFF = Remark(
    "trustkit-enforce-off",
    Severity.WARNING,
    "TrustKit only reports mismatches then; it is its default for Android.",
    'Set enforcePinning="true" once the reports are quiet.',
)
DEFAULT_REPORTS = Remark(
    "trustkit-default-reports",
    Severity.NOTE,
    "Reports then go to TrustKit's maker too.",
    "Disable the default report URI, or know that you want it.",
)
TOO_FEW = Remark(
    "trustkit-one-pin",
    Severity.ERROR,
    "TrustKit refuses to start where it enforces with fewer than two pins.",
    "Add a backup pin.",
)
LAST_DOMAIN = Remark(
    "trustkit-last-domain",
    Severity.ERROR,
    "TrustKit honours the last domain of a domain-config alone.",
    "Give each domain a domain-config of its own.",
)
REMARKS = (ENFORCE_OFF, DEFAULT_REPORTS, TOO_FEW, LAST_DOMAIN)

CAN = Abilities(
    fewest=2,
    expiry=Expiry.DATE,
    on_expiry=OnExpiry.ALLOW,
    report_only=True,
    report_to=True,
    exempt=True,
    reasons=True,
    roles=True,
    comments=True,
    names=True,
    forbidden=XML_FORBIDS,
)


class _Reader(ConfigReader):
    def settings(self, element: Element) -> dict[str, object]:
        """Return what a domain-config's trustkit-config says."""
        self.only_one(element, "trustkit-config")
        settings: dict[str, object] = {}
        for config in element.all("trustkit-config"):
            addresses = tuple(child.text.strip() for child in config.all("report-uri"))
            if not _flag(config, "enforcePinning"):
                settings["mode"] = Mode.REPORT
            settings["report_to"] = addresses
            self.remark(element, config)
        return settings

    def remark(self, element: Element, config: Element) -> None:
        """Remark what TrustKit does with a configuration, and few expect."""
        place = self.draft.place(config.line)
        domains = element.all("domain")
        host = domains[-1].text.strip().lower()
        found = self.draft.findings
        if not _flag(config, "enforcePinning"):
            found.append(ENFORCE_OFF.at(host, "pinning is not enforced", place))
        elif sum(len(pin_set.all("pin")) for pin_set in element.all("pin-set")) == 1:
            found.append(TOO_FEW.at(host, "one pin", place))
        if not _flag(config, "disableDefaultReportUri"):
            found.append(DEFAULT_REPORTS.at(host, "the default report URI is in use", place))
        if len(domains) > 1:
            found.append(LAST_DOMAIN.at(host, f"{len(domains)} domains share a config", place))


def _flag(element: Element, name: str) -> bool:
    return element.attributes.get(name, "").strip().lower() == "true"


def _read(text: str, *, name: str | None, host: str | None) -> Reading:  # noqa: ARG001 - hosts are in it
    return _Reader(name).read(text)


def _write(pin_set: PinSet) -> str:
    configs = "".join(domain_config(policy, _trustkit(policy)) for policy in pin_set.policies)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f"<!-- {heading(pin_set.name)} -->\n"
        f"<network-security-config>\n{configs}</network-security-config>\n"
    )


def _trustkit(policy: Policy) -> str:
    """Return the lines of a trustkit-config."""
    if policy.exempt is not None:
        return ""
    enforce = str(policy.mode is Mode.ENFORCE).lower()
    head = f'        <trustkit-config enforcePinning="{enforce}" disableDefaultReportUri="true"'
    if not policy.report_to:
        return f"{head} />\n"
    lines = [f"            <report-uri>{escape(one)}</report-uri>" for one in policy.report_to]
    return "\n".join([f"{head}>", *lines, "        </trustkit-config>\n"])


def _is_trustkit(text: str, name: str) -> bool:  # noqa: ARG001 - the element tells
    return "<trustkit-config" in text


FORM = Form(
    id="trustkit-android",
    title="TrustKit's configuration for Android",
    file="network_security_config.xml",
    language="xml",
    can=CAN,
    read=_read,
    write=_write,
    detect=_is_trustkit,
    page="how-to/platforms/trustkit.md",
)
FORMS = (FORM,)
