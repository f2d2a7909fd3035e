"""A quick look at a report, for a collector that takes ten thousand a second.

It says whether the bytes have the shape of a report, who sent it about which host, and a
fingerprint by which repetitions are known; certificates and pins stay text. What passes here may
still be refused by `read_report`: a certificate in it may be none.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from keypin.reports import members as wire
from keypin.reports.fingerprint import digest_of
from keypin.reports.form import Form, application, version
from keypin.reports.members import MAX_BODY, Members
from keypin.reports.read import check_media_type, host_of, recognised

# The certificates of a chain that tell events apart: the server's own, and its issuer's.
_TELLING = 2
_BLANKS = b" \t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skimmed:
    """What a quick look shows.

    Attributes:
        form: who writes such reports.
        host: the canonical host that the client connected to.
        application: what the application calls itself.
        version: which release it is.
        fingerprint: 32 hexadecimal digits, the same for every report of one application, host,
            server certificate and issuer, and set of pins; never of who or when. Reports of one
            fingerprint are of one `GroupKey`, which needs to be made only once for it.
        device: a keyed digest of what names the device, or None where none was asked for.
    """

    form: Form
    host: str
    application: str | None
    version: str | None
    fingerprint: str
    device: bytes | None = None
    _members: Members = field(repr=False, compare=False)

    @property
    def kept(self) -> bytes:
        """The report as JSON with the members that are read and no others, to be stored.

        `read_report` reads it as it would have read the body, without the device's name and without
        the count of what was ignored.
        """
        return wire.encode(self._members, enveloped=self.form is Form.EXPECT_CT)


def skim(
    body: bytes,
    content_type: str | None = None,
    *,
    device: Callable[[str], bytes] | None = None,
    most: int = MAX_BODY,
) -> Skimmed:
    """Look at a report without parsing its certificates.

    Args:
        body: the bytes that were posted, one report.
        content_type: the header of that name; None where there is none.
        device: makes a keyed digest of what names a device, as for `read_report`.
        most: how many bytes a report may have.

    Raises:
        ReportFormatError: it has not the shape of a report, or breaks a limit.
    """
    check_media_type(content_type)
    members, enveloped = wire.decode(body, most)
    row = recognised(members, enveloped=enveloped)
    host = host_of(members.hostname, "hostname")
    app = application(members)
    named = wire.device(body) if device else None
    return Skimmed(
        form=row.form,
        host=host,
        application=app,
        version=version(members),
        fingerprint=digest_of(_parts(members, app, host)),
        device=device(named) if device and named else None,
        _members=members,
    )


def _parts(members: Members, app: str | None, host: str) -> Iterator[bytes]:
    yield (app or "").encode()
    yield host.encode()
    chain = members.served_certificate_chain or members.validated_certificate_chain or []
    for pem in chain[:_TELLING]:  # platforms break the lines of PEM differently
        yield pem.encode().translate(None, _BLANKS)
    yield b""
    for pin in sorted(members.known_pins or ()):
        yield pin.encode()
