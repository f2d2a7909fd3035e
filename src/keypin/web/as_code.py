"""`keypin.toml` over HTTP, one for the API and the pages: read, compared, and held to its plan.

Everything that a file needs stands in it: its pins too. Addresses of routes never do; those that it
says are secrets are known here. Which of them are missing is told with the plan, and not only when
it is applied.
"""

import hashlib
import json
import threading
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from keypin.errors import InputError
from keypin.inventory import Change, Inventory, Kept, Reference, diff, dumps, loads
from keypin.watch.alerting.as_code import needs_address, standing_routes, standing_rules
from keypin.watch.inventory import releases
from keypin.watch.inventory.standing import shares_of, standing
from keypin.watch.inventory.written import with_brought
from keypin.watch.people import named_secrets
from keypin.watch.store import Scope, Sealer
from keypin.web.problems import WrongError

# A larger file takes a core for seconds and up to 700 MB, so it has a turn. Few wait for theirs,
# and not for long: each that waits has a thread.
_SMALL = 256 * 1024
_READING = threading.BoundedSemaphore(1)
_WAITING = threading.BoundedSemaphore(4)
_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class Missing:
    """An address that a plan needs and nobody gave: of which route, and where the file says it is.

    Attributes:
        route: the route's name.
        url: where the file says that its address is kept.
    """

    route: str
    url: Reference

    def __str__(self) -> str:
        name = self.url.name
        if self.url.kept is Kept.SECRET:
            return (
                f"The route {self.route} needs the secret {name}, which is not kept here; "
                f"keep it first: keypin inventory secret {name} < FILE"
            )
        return (
            f"The route {self.route} needs the variable {name}; "
            f"set it where you apply the file: {name}=… keypin inventory apply"
        )


@contextmanager
def turn(text: str) -> Generator[None]:
    """Be the only one who reads a large file, and compares it with what stands.

    Raises:
        WrongError: 503, others are at theirs.
    """
    if len(text) <= _SMALL:
        yield
        return
    if not _WAITING.acquire(blocking=False):
        raise _busy()
    try:
        if not _READING.acquire(timeout=_PATIENCE):
            raise _busy()
    finally:
        _WAITING.release()
    try:
        yield
    finally:
        _READING.release()


def _busy() -> WrongError:
    return WrongError(503, "other large files are being read; send it later", retry_after="30")


def read(text: str, organisation: str) -> Inventory:
    """Read a file.

    Args:
        text: of the file.
        organisation: the name of whoever sends it.

    Raises:
        InputError: it is none, of another organisation, or its pins stand in other files.
    """
    wanted = loads(text, name="keypin.toml")
    if wanted.organisation != organisation:
        raise InputError(f"the keypin.toml of {wanted.organisation}", expected=organisation)
    for application in wanted.applications:
        for release in application.releases:
            if release.pin_set is None:
                raise InputError(
                    f"the pins of {application.name} {release.version} stand in another file",
                    expected="policies in keypin.toml itself",
                    next_step="send it with keypin inventory plan, which writes them into it",
                )
    return wanted


def stands(scope: Scope, sealer: Sealer, wanted: Inventory | None = None) -> Inventory:
    """Return the inventory that stands, as a file would say it.

    Args:
        scope: a transaction of the organisation.
        sealer: opens the addresses of routes.
        wanted: the file that it is compared with, if it is.
    """
    routes = standing_routes(scope, sealer, wanted.routes if wanted else None)
    rules = standing_rules(scope)
    return standing(scope, wanted, routes=routes, rules=rules)


def changes(scope: Scope, sealer: Sealer, wanted: Inventory) -> tuple[Change, ...]:
    """Return what applying a file would do."""
    shares = shares_of(releases.listed(scope))
    wanted = with_brought(scope, wanted)
    return diff(stands(scope, sealer, wanted), wanted, shares=shares)


def missing(
    scope: Scope, changed: Sequence[Change], wanted: Inventory, given: Collection[str] = ()
) -> Iterator[Missing]:
    """Yield the addresses that a plan needs and that are not known.

    Args:
        scope: a transaction of the organisation.
        changed: the plan.
        wanted: its file.
        given: the variables that whoever sends the file has.
    """
    needed = {change.subject for change in changed if needs_address(change)}
    secrets = {one.name for one in named_secrets.listed(scope)}
    for one in wanted.routes:
        known = secrets if one.url.kept is Kept.SECRET else given
        if one.name in needed and one.url.name not in known:
            yield Missing(one.name, one.url)


def digest(wanted: Inventory, changed: Sequence[Change]) -> str:
    """Return what tells a plan from all others."""
    whole = json.dumps([dumps(wanted), [one.document() for one in changed]], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def address(
    scope: Scope, sealer: Sealer, one: Reference, given: Mapping[str, str] | None = None
) -> str:
    """Return the address of a route that a file names by where it is kept.

    Args:
        scope: a transaction of the organisation.
        sealer: opens its secrets.
        one: where it is kept.
        given: what variables hold, where whoever sends the file has them.

    Raises:
        InputError: nobody knows it.
    """
    if one.kept is Kept.ENV and given and one.name in given:
        return given[one.name]
    secret = named_secrets.reveal(scope, sealer, one.name) if one.kept is Kept.SECRET else None
    if secret is None:
        raise InputError(
            f"the address {one} of a route is not known",
            expected="a secret of the organisation, or a variable of keypin inventory apply",
        )
    return secret.decode()
