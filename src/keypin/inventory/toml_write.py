"""Writing `keypin.toml`: one canonical form, in which what is as usual is left out.

Reading what was written gives the same inventory, where pins in files are read again. One entry is
one table, and one value one line, so that a change is as small in a diff as it is.
"""

from collections.abc import Iterable, Iterator

from keypin.alerts.toml import route_table_of, table_of
from keypin.certs import Endpoint, Protocol
from keypin.inventory.ct import CtWatch
from keypin.inventory.entries import (
    HOURLY,
    Application,
    Owner,
    Platform,
    ReleaseEntry,
    WatchedEndpoint,
)
from keypin.inventory.inventory import Inventory
from keypin.inventory.names import spell
from keypin.inventory.routes import Kept, Reference, RouteEntry, RuleEntry
from keypin.inventory.values import lines, written
from keypin.pins.toml_write import pairs

# What `settings` writes: left out where it is None.
Setting = str | int | float | bool | tuple[str, ...] | None


def dumps(inventory: Inventory) -> str:
    """Return an inventory as canonical `keypin.toml`.

    Pins that stand in a file stay there; those of a release without a file are written as policies.
    """
    head = "\n".join(["version = 1", *_settings(organisation=inventory.organisation)])
    tables = [
        *([_ct(inventory.ct)] if inventory.ct else []),
        *map(_owner, inventory.owners),
        *(table for one in inventory.applications for table in _application(one)),
        *map(_endpoint, inventory.endpoints),
        *map(_route, inventory.routes),
        *map(_rule, inventory.rules),
    ]
    return "\n\n".join([head, *tables]) + "\n"


def _table(header: str, *groups: Iterable[str]) -> str:
    return "\n".join([f"[[{header}]]", *(line for group in groups for line in group)])


def _settings(**settings: Setting) -> Iterator[str]:
    """Yield a line for each setting that says anything."""
    for key, value in settings.items():
        if value is not None and value != ():
            yield f"{key} = {written(value)}"


def _ct(watch: CtWatch) -> str:
    """Return the table whole, with what it says no to: a file without it leaves all as it is."""
    settings = _settings(
        expected_issuers=watch.expected_issuers, caa=watch.caa, look_alikes=watch.look_alikes
    )
    return "\n".join(["[ct]", *settings])


def _owner(owner: Owner) -> str:
    return _table("owner", _settings(name=owner.name, title=owner.title, mail=owner.mail))


def _application(application: Application) -> Iterator[str]:
    platform = application.platform
    yield _table(
        "application",
        _settings(
            name=application.name,
            title=application.title,
            platform=None if platform is Platform.OTHER else platform.value,
            owner=application.owner,
            tags=application.tags,
            expected_issuers=application.expected_issuers,
        ),
    )
    for release in application.releases:
        yield from _release(release)


def _release(release: ReleaseEntry) -> Iterator[str]:
    file = release.file
    yield _table(
        "application.release",
        _settings(version=release.version),
        [f"released = {release.released.isoformat()}"] if release.released else [],
        _settings(share=release.share),
        _settings(pins=file.path, form=file.form, host=file.host) if file else [],
    )
    if file is None and release.pin_set is not None:
        for policy in release.pin_set.policies:
            yield _table("application.release.policy", pairs(policy))


def _endpoint(watched: WatchedEndpoint) -> str:
    where = watched.endpoint
    usual = Endpoint.parse(f"{where.protocol}://localhost").port
    return _table(
        "endpoint",
        _settings(
            host=where.host,
            port=None if where.port == usual else where.port,
            protocol=None if where.protocol is Protocol.TLS else where.protocol.value,
            interval=None if watched.interval == HOURLY else spell(watched.interval),
            vantage_points=watched.vantage_points,
            owner=watched.owner,
            tags=watched.tags,
            expected_issuers=watched.expected_issuers,
        ),
    )


def _route(entry: RouteEntry) -> str:
    rest = {key: one for key, one in route_table_of(entry.route).items() if key != "name"}
    url = f"url = {_reference(entry.url)}"
    return _table("route", _settings(name=entry.name), [url], lines(rest))


def _reference(url: Reference) -> str:
    name = written(url.name)
    return name if url.kept is Kept.INLINE else f"{{ {url.kept} = {name} }}"


def _rule(entry: RuleEntry) -> str:
    return _table("rule", lines(table_of(entry.rule)))
