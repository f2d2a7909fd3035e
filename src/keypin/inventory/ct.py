"""What an organisation expects of Certificate Transparency, beside what its pins say."""

from dataclasses import dataclass, field

from keypin.errors import Place
from keypin.inventory.names import check_issuers


@dataclass(frozen=True, slots=True, kw_only=True)
class CtWatch:
    """How what logs hold for an organisation's names is judged.

    Attributes:
        expected_issuers: who may issue for them: common names or organisations of CAs, operators,
            or names in CAA records; nobody named: the pins alone tell.
        caa: whether the DNS is asked if CAA allows an issuer.
        look_alikes: whether names that look like the organisation's are watched too.
        place: where it stands in the user's file.
    """

    expected_issuers: tuple[str, ...] = ()
    caa: bool = False
    look_alikes: bool = False
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse an issuer that no CA could be called."""
        check_issuers(self.expected_issuers)
