"""The pages of an organisation: handlers that fill the views of `keypin.web.views` from storage.

    Starlette(routes=[*routes(core, look), ...])

Each module is a page, or the reading that a page needs. A handler reads what was asked for, opens a
transaction of the organisation, fills a view, and lets the look make HTML of it; what it changes,
it writes into the audit log in the same transaction. Queries go along indexes, counts are bounded,
and what is costly is done for the rows of one page: with 100,000 endpoints a page takes
milliseconds (`bench/bench_pages.py`).
"""

from starlette.routing import BaseRoute

from keypin.watch.core import Core
from keypin.web.look import Look
from keypin.web.pages.alert import OneAlert
from keypin.web.pages.alerts import Alerts
from keypin.web.pages.application import OneApplication
from keypin.web.pages.audit import Audit
from keypin.web.pages.check import Check
from keypin.web.pages.ct import Ct
from keypin.web.pages.desk import Desk
from keypin.web.pages.endpoint import OneEndpoint
from keypin.web.pages.endpoints import Endpoints
from keypin.web.pages.feeds import Feeds
from keypin.web.pages.inventory import Inventory
from keypin.web.pages.issued import OneIssued
from keypin.web.pages.matrix import Matrix
from keypin.web.pages.overview import Overview
from keypin.web.pages.owners_section import OwnersSection
from keypin.web.pages.release import OneRelease
from keypin.web.pages.report_group import OneGroup
from keypin.web.pages.reports import Reports
from keypin.web.pages.routes_section import RoutesSection
from keypin.web.pages.rules_section import RulesSection
from keypin.web.pages.secrets_section import SecretsSection
from keypin.web.pages.silences import Silences
from keypin.web.warming import Warming

__all__ = ["routes"]


def routes(core: Core, look: Look, warming: Warming | None = None) -> list[BaseRoute]:
    """Return the routes of all pages.

    Args:
        core: the installation.
        look: how pages look.
        warming: reads in the background what they keep; None where each reads it when asked.
    """
    desk = Desk(core, look)
    if warming is not None:
        desk.warmed_by(warming)
    pages = (
        Overview,
        Check,
        Feeds,
        OneEndpoint,
        Endpoints,
        Matrix,
        OneAlert,
        Alerts,
        Silences,
        OneGroup,
        Reports,
        OneIssued,
        Ct,
        OneApplication,
        OneRelease,
        Inventory,
        Audit,
        OwnersSection,
        RulesSection,
        RoutesSection,
        SecretsSection,
    )
    return [route for page in pages for route in page(desk).routes()]
