"""The pages before the sign-in: name and password, the second factor, an invitation."""

from dataclasses import dataclass
from typing import ClassVar

from keypin.web.views.form import Form
from keypin.web.views.parts import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInView:
    """One step of signing in.

    Attributes:
        title: as "Sign in", "One more step", "Join Acme".
        intro: a sentence or two; may be empty.
        form: the local way; None where only others are allowed.
        providers: the other ways (OIDC), as "Sign in with Okta".
        links: what else there is, as "Use a recovery code".
        picture: a QR code as SVG in a `data:` address, for the second factor; empty where none is.
        secret: what the picture says, for typing; empty where there is no picture.
        check: the address of the public page Check; empty where it is not public.
    """

    template: ClassVar[str] = "sign_in.html"

    title: str
    intro: str = ""
    form: Form | None = None
    providers: tuple[Link, ...] = ()
    links: tuple[Link, ...] = ()
    picture: str = ""
    secret: str = ""
    check: str = ""
