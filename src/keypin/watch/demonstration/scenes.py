"""Who plays: the hosts of the shop, and each way in which one of them can answer.

A scene is a server of the laboratory; a cue (`keypin.watch.demonstration.cues`) lets the host's
name lead from one to another.
"""

from dataclasses import dataclass

from keypin.lab.scenario import Behaviour

API, PAY, LOGIN = "api.shop.test", "pay.shop.test", "login.shop.test"
IMAGES, CDN, CHAT, WWW = "images.shop.test", "cdn.shop.test", "chat.shop.test", "www.shop.test"

OWN, OTHER, PROXY = "intermediate", "other-intermediate", "proxy-root"
"""Who issues: the shop's CA, another that clients trust, an interception product."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One way in which a host answers.

    Attributes:
        name: of the scene.
        host: the host.
        key: whose key it has, by its name in the cast.
        issuer: the CA that certified it.
        days: how long its certificate lives.
        behaviour: how it treats the handshake.
        logged: whether its certificate is in the logs.
        beside: whether it listens at another address than the others.
    """

    name: str
    host: str
    key: str
    issuer: str = OWN
    days: int = 90
    behaviour: Behaviour = Behaviour.TLS
    logged: bool = True
    beside: bool = False


SCENES = (
    Scene(name="api", host=API, key="api"),
    Scene(name="pay", host=PAY, key="pay"),
    Scene(name="pay-rotated", host=PAY, key="pay-backup"),
    Scene(name="login", host=LOGIN, key="login"),
    Scene(name="login-rotated", host=LOGIN, key="login-next"),
    Scene(name="images", host=IMAGES, key="images", days=6),
    Scene(name="cdn", host=CDN, key="cdn"),
    Scene(name="cdn-intercepted", host=CDN, key="attacker", issuer=OTHER, beside=True),
    Scene(name="chat", host=CHAT, key="chat"),
    Scene(name="chat-down", host=CHAT, key="chat", behaviour=Behaviour.CUT_OFF, logged=False),
    Scene(name="www", host=WWW, key="www"),
    # What some phones meet in place of the shop, and nobody else.
    Scene(name="api-behind-a-proxy", host=API, key="proxied", issuer=PROXY, logged=False),
    Scene(name="api-intercepted", host=API, key="attacker", issuer=OTHER, logged=False),
)

FIRST = ("api", "pay", "login", "images", "cdn", "chat", "www")
"""The scenes at which the play begins."""
