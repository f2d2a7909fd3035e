"""Who plays: the hosts of the shop, and each way in which one of them can answer.

A scene is a certificate to show; a cue (`keypin.watch.demonstration.cues`) has a host show another.
"""

from dataclasses import dataclass

API, PAY, LOGIN = "api.shop.test", "pay.shop.test", "login.shop.test"
IMAGES, CDN, CHAT, WWW = "images.shop.test", "cdn.shop.test", "chat.shop.test", "www.shop.test"

LOOK_ALIKE = "login.sh0p.test"
"""A stranger's: no host of the shop."""

OWN, OTHER, PROXY = "intermediate", "other-intermediate", "proxy-root"
"""Who issues: the shop's CA, another that clients trust, an interception product."""

CAA = {API: ('0 issue ";"',)}
"""The shop's CAA records: until its next renewal, no CA may issue for the API."""

ROOTS = ("root", "other-root")
"""Whom everybody trusts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One way in which a host answers.

    Attributes:
        name: of the scene.
        host: the host.
        key: whose key it has, by its name in the cast.
        issuer: the CA that certified it.
        left: how many of the 90 days of its certificate are left.
        closed: whether connections are closed instead.
        logged: whether its certificate is in the logs.
        server: of the host, the scene's own; those of one server follow each other on it.
    """

    name: str
    host: str
    key: str
    issuer: str = OWN
    left: int = 89
    closed: bool = False
    logged: bool = True
    server: str = "first"


SCENES = (
    Scene(name="api", host=API, key="api"),
    Scene(name="pay", host=PAY, key="pay"),
    Scene(name="pay-rotated", host=PAY, key="pay-backup"),
    Scene(name="login", host=LOGIN, key="login"),
    Scene(name="login-rotated", host=LOGIN, key="login-next"),
    Scene(name="images", host=IMAGES, key="images", left=6),
    Scene(name="cdn", host=CDN, key="cdn"),
    Scene(name="cdn-intercepted", host=CDN, key="attacker", issuer=OTHER, server="second"),
    Scene(name="chat", host=CHAT, key="chat"),
    Scene(name="chat-down", host=CHAT, key="chat", closed=True, logged=False),
    Scene(name="www", host=WWW, key="www"),
    # What some phones meet in place of the shop, and nobody else.
    Scene(
        name="api-behind-a-proxy",
        host=API,
        key="proxied",
        issuer=PROXY,
        logged=False,
        server="proxy",
    ),
    Scene(
        name="api-intercepted", host=API, key="attacker", issuer=OTHER, logged=False, server="hotel"
    ),
)

FIRST = ("api", "pay", "login", "images", "cdn", "chat", "www")
"""The scenes at which the play begins."""
