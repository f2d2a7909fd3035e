"""The tables of an installation, by the part that writes them."""

from keypin.watch.store.tables.alerting import (
    alert_history,
    alert_routes,
    alert_rules,
    alerts,
    deliveries,
    signals,
    silences,
)
from keypin.watch.store.tables.base import TENANT, metadata
from keypin.watch.store.tables.collecting import (
    check_ins,
    intake,
    report_counts,
    report_groups,
    reports,
)
from keypin.watch.store.tables.inventory import (
    applications,
    endpoints,
    owners,
    pin_sets,
    plans,
    releases,
)
from keypin.watch.store.tables.people import (
    accounts,
    audit_log,
    idempotency,
    invitations,
    memberships,
    organisations,
    secrets,
    sessions,
    settings,
    tokens,
)
from keypin.watch.store.tables.probing import (
    certificates,
    chains,
    observations,
    schedules,
    verdicts,
)
from keypin.watch.store.tables.transparency import ct_findings, ct_lists, ct_logs, ct_tails
from keypin.watch.store.tables.working import installation, periods, workers

__all__ = [
    "TENANT",
    "accounts",
    "alert_history",
    "alert_routes",
    "alert_rules",
    "alerts",
    "applications",
    "audit_log",
    "certificates",
    "chains",
    "check_ins",
    "ct_findings",
    "ct_lists",
    "ct_logs",
    "ct_tails",
    "deliveries",
    "endpoints",
    "idempotency",
    "installation",
    "intake",
    "invitations",
    "memberships",
    "metadata",
    "observations",
    "organisations",
    "owners",
    "periods",
    "pin_sets",
    "plans",
    "releases",
    "report_counts",
    "report_groups",
    "reports",
    "schedules",
    "secrets",
    "sessions",
    "settings",
    "signals",
    "silences",
    "tokens",
    "verdicts",
    "workers",
]
