"""The secret addresses of the calendar and the feed, for programs that sign in nowhere."""

from typing import Annotated

from pydantic import Field

from keypin.watch.alerting import feeds
from keypin.watch.people.roles import Action
from keypin.web.api.call import Asked, Call
from keypin.web.api.operation import Operation, Tag
from keypin.web.api.shapes import Told
from keypin.web.feeds import addresses


class ToldFeeds(Told):
    """Where the calendar and the feed are; both are null until there are addresses."""

    calendar: Annotated[str | None, Field(description="Deadlines, as iCalendar.")]
    feed: Annotated[str | None, Field(description="Alerts, as RSS.")]


def get_feeds(call: Asked) -> ToldFeeds:
    """Show the secret addresses of the calendar and the feed."""
    with call.read() as scope:
        return _told(call, feeds.token(scope, call.core.sealer))


def renew_feeds(call: Asked) -> ToldFeeds:
    """Make new addresses of the calendar and the feed: the old ones answer no more."""
    with call.begin() as scope:
        by = call.identity.actor
        return _told(call, feeds.new_token(scope, call.core.sealer, by=by, at=call.at))


def _told(call: Call, token: str | None) -> ToldFeeds:
    if token is None:
        return ToldFeeds(calendar=None, feed=None)
    calendar, feed = addresses(call.core, call.identity.organisation_name, token)
    return ToldFeeds(calendar=calendar, feed=feed)


OPERATIONS = (
    Operation(
        method="GET",
        path="/feeds",
        answer=get_feeds,
        action=Action.MANAGE_SETTINGS,
        tag=Tag.ALERTS,
    ),
    Operation(
        method="POST",
        path="/feeds",
        answer=renew_feeds,
        action=Action.MANAGE_SETTINGS,
        tag=Tag.ALERTS,
    ),
)
