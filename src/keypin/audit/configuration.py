"""Configurations of the platforms inside an app, handed to the readers of `keypin.formats`.

What an APK holds in binary and an IPA in a property list is turned into the text that its
developers wrote, so that a shipped app and its source are read by the same code.
"""

from keypin.audit.gathered import Gathered
from keypin.audit.model import Source
from keypin.audit.plist import Values, dictionary, to_xml
from keypin.audit.tree import Element
from keypin.audit.unreadable import UnreadableError
from keypin.errors import InputError, Place
from keypin.formats import form

NETWORK_SECURITY_CONFIG = "android-nsc"
TRUSTKIT_ANDROID = "trustkit-android"
NS_PINNED_DOMAINS = "apple"
TRUSTKIT_IOS = "trustkit-ios"

_ROOT = "network-security-config"


def read_network_security_config(root: Element, text: str, name: str, gathered: Gathered) -> None:
    """Read Android's configuration, or TrustKit's, which is the same with more in it.

    Args:
        root: the document, which tells whether there is anything to read.
        text: the same as text.
        name: the file's name in the app.
        gathered: what is added to.
    """
    if root.name != _ROOT:
        error = UnreadableError(f"the element <{root.name}>", expected=f"<{_ROOT}>")
        gathered.unreadable(error, Place(name))
    names = {element.name for element in root.elements()}
    if "trustkit-config" in names:
        _read(text, TRUSTKIT_ANDROID, Source.TRUSTKIT, name, gathered)
    elif "pin" in names:
        _read(text, NETWORK_SECURITY_CONFIG, Source.NETWORK_SECURITY_CONFIG, name, gathered)


def read_info_plist(values: Values, name: str, gathered: Gathered) -> None:
    """Read the pins of Apple and of TrustKit in an `Info.plist`."""
    security = dictionary(values.get("NSAppTransportSecurity"))
    if dictionary(security.get("NSPinnedDomains")):
        part = to_xml({"NSAppTransportSecurity": security})
        _read(part, NS_PINNED_DOMAINS, Source.NS_PINNED_DOMAINS, name, gathered)
    if trustkit := dictionary(values.get("TSKConfiguration")):
        part = to_xml({"TSKConfiguration": trustkit})
        _read(part, TRUSTKIT_IOS, Source.TRUSTKIT, name, gathered)


def _read(text: str, form_id: str, source: Source, name: str, gathered: Gathered) -> None:
    try:
        gathered.add_reading(form(form_id).loads(text, name=name), source)
    except InputError as error:
        gathered.unreadable(error, Place(name))
