"""From lists in which the longest name decides to policies of which the most specific does.

Where a name has an entry for itself alone, Chromium and wget2 do not look at its parents for the
names below it: those are not pinned, whatever the parents say. A pin set says so by exempting them.
"""

from collections.abc import Iterable

from keypin.formats.abilities import EXACT, SUBDOMAINS
from keypin.formats.overlaps import wider
from keypin.formats.texts import EXEMPT
from keypin.pins import HostPattern, Policy


def unmasked(policies: Iterable[Policy]) -> list[Policy]:
    """Return policies, each that hides its subdomains with an exemption of them behind it."""
    given = {(policy.host.wildcard, policy.host.name): policy for policy in policies}
    found: list[Policy] = []
    for policy in given.values():
        found.append(policy)
        hides = any(other.exempt is None for other in wider(policy, given))
        below = (SUBDOMAINS, policy.host.name) in given
        if policy.host.wildcard == EXACT and hides and not below:
            host = HostPattern(policy.host.name, SUBDOMAINS, wide=True)
            found.append(Policy(host=host, pins=(), exempt=EXEMPT, place=policy.place))
    return found
