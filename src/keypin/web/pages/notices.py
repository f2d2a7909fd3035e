"""What a request did, said on the page that follows it: a key in the address, the words here.

The address holds a key of this table and no words, so that nobody can make a page of this service
say theirs by a link.
"""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import QueryParams

from keypin.web.views.frame import Notice
from keypin.web.views.parts import Tone

_DONE: Mapping[str, str] = MappingProxyType(
    {
        "endpoint-added": "The endpoint is watched. It is read within a minute.",
        "endpoint-there": "The endpoint is watched already.",
        "endpoint-changed": "The endpoint is changed.",
        "endpoint-removed": "The endpoint is removed, with what it showed.",
        "endpoint-paused": "The endpoint is not read any more until you resume it.",
        "endpoint-resumed": "The endpoint is read again.",
        "endpoint-due": "The endpoint is read within seconds; this page shows it then.",
        "plan-kept": "The plan is kept. Its endpoints are judged with it, and so is the forecast.",
        "plan-withdrawn": "The plan is withdrawn.",
        "alert-acknowledged": "You take care of this alert. Nobody is told again unless it grows.",
        "alert-closed": "The alert is resolved. If its trouble is seen again, it comes back.",
        "alert-silenced": "Nobody is told of this until the silence ends; it stays visible.",
        "alerts-none": "No alert was chosen.",
        "alerts-acknowledged": "You take care of these alerts. Nobody is told again unless they "
        "grow.",
        "alerts-closed": "The alerts are resolved. If their trouble is seen again, they come back.",
        "alerts-silenced": "Nobody is told of these until the silences end; they stay visible.",
        "silence-made": "The silence begins. Nobody is told of what it covers until it ends.",
        "silence-ended": "The silence is over.",
        "silences-ended": "All silences are over; what still holds is told now.",
        "group-marked": "The group is known. Nobody is told of it, until it gets worse.",
        "group-unmarked": "The group is not known any more; it is told again.",
        "application-added": "The application is added. Now push the pins of a release.",
        "application-changed": "The application is changed.",
        "application-removed": "The application is removed, with its releases and reports.",
        "application-key": "The application has a new address for reports.",
        "release-pushed": "The release is kept. Its hosts are watched, and judged by its pins.",
        "release-pushed-others": "The release is kept. To make room for its share, those of the "
        "application's other releases were lowered in proportion.",
        "release-same": "The release is there already, with the same pins.",
        "release-share": "The share of users is changed.",
        "release-share-others": "The share of users is changed. To make room for it, those of the "
        "application's other releases were lowered in proportion.",
        "release-retired": "The release is retired. Nothing is judged by it any more.",
        "release-restored": "The release is back in the field.",
        "release-restored-others": "The release is back in the field. To make room for its share, "
        "those of the application's other releases were lowered in proportion.",
        "release-removed": "The release is removed.",
        "finding-acknowledged": "The finding is acknowledged. Nobody is told unless it gets worse.",
        "finding-taken-back": "The finding is told again, if it matters still.",
        "ct-watch": "It is kept. What was found in logs is judged by it within a minute.",
        "inventory-applied": "The file is applied.",
    }
)


def notices_of(query: QueryParams) -> tuple[Notice, ...]:
    """Return what the request before this one did, as its redirection says it."""
    text = _DONE.get(query.get("said", ""))
    return () if text is None else (Notice(Tone.GOOD, text),)
