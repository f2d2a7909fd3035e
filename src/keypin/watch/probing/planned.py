"""The chains that an organisation means to deploy, by the hosts that they are for."""

from dataclasses import dataclass
from typing import Self

from sqlalchemy import Connection, select

from keypin.rotation.forecast import Plan
from keypin.watch.inventory.chains import Chains
from keypin.watch.inventory.plans import is_for, names_for
from keypin.watch.store.tables import plans


@dataclass(frozen=True, slots=True)
class Planned:
    """Plans that have not ended, each with the names that it is for."""

    plans: tuple[tuple[frozenset[str], Plan], ...] = ()

    @classmethod
    def read(cls, connection: Connection, organisation: int, chains: Chains) -> Self:
        """Read the plans of an organisation."""
        query = select(plans).where(
            plans.c.organisation == organisation, plans.c.ended_at.is_(None)
        )
        rows = connection.execute(query).mappings().all()
        kept = chains.read(connection, {row["chain"] for row in rows})
        return cls(
            tuple(
                (
                    names_for(row["hosts"], kept[row["chain"]]),
                    Plan(name=row["name"], at=row["deploy_at"], chain=kept[row["chain"]]),
                )
                for row in rows
            )
        )

    def of(self, host: str) -> tuple[Plan, ...]:
        """Return the plans for a host."""
        return tuple(plan for names, plan in self.plans if is_for(host, names))
