"""Where things are: the addresses of the pages of an organisation, each made in one place."""

from dataclasses import dataclass

from keypin.watch.inventory.field import Fielded
from keypin.web.identity_frame import base_of
from keypin.web.pages.desk import Somebody
from keypin.web.views.parts import Link


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses of one organisation's pages.

    Attributes:
        base: what stands before them, as `/o/acme`.
    """

    base: str

    @classmethod
    def of(cls, visit: Somebody) -> "Links":
        """Return those of the organisation that is looked at."""
        return cls(base_of(visit.identity.organisation_name))

    def to(self, path: str) -> str:
        """Return an address; a signal's link is such a path."""
        return f"{self.base}{path}"

    def endpoint(self, number: int, name: str) -> Link:
        """Return the link to an endpoint."""
        return Link(name, self.to(f"/endpoints/{number}"))

    def release(self, one: Fielded) -> Link:
        """Return the link to a release, named with its application."""
        return Link(str(one), self.to(f"/inventory/releases/{one.id}"))

    def version(self, one: Fielded) -> Link:
        """Return the link to a release, named by its version alone."""
        return Link(one.version, self.to(f"/inventory/releases/{one.id}"))
