"""Blocks of PEM text (RFC 7468), with whatever text stands between them.

Reads line by line, so that the time it takes grows with the input and no faster. Knows the labels
as text only; what a block holds is the reader's matter.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from keypin.errors import CertificateError, Place

_BOUNDARY = re.compile(rb"-----(BEGIN|END) ([A-Z0-9 #.]{1,64})-----")


@dataclass(frozen=True, slots=True)
class Block:
    """One block.

    Attributes:
        label: as `CERTIFICATE`.
        text: the block as it stands, with its boundaries.
        place: the line of its first boundary.
    """

    label: str
    text: bytes
    place: Place

    @property
    def der(self) -> bytes:
        """The bytes that the block encodes.

        Raises:
            CertificateError: it is not base64.
        """
        body = b"".join(self.text.split(b"\n")[1:-1])
        try:
            return binascii.a2b_base64(b"".join(body.split()), strict_mode=True)
        except binascii.Error as error:
            raise CertificateError(
                f"the block {self.label} is not base64: {error}",
                expected="base64 as RFC 7468 has it",
                place=self.place,
            ) from error


def blocks(data: bytes, name: str | None = None) -> Iterator[Block]:
    """Yield the blocks in `data`, in order.

    Args:
        data: text, perhaps with other text around the blocks.
        name: the file's name, for errors.

    Raises:
        CertificateError: a block does not end, or ends as another one.
    """
    label: bytes | None = None
    lines: list[bytes] = []
    place = Place(name)
    for number, line in enumerate(data.splitlines(), 1):
        found = _BOUNDARY.search(line)
        if label is None and found and found[1] == b"BEGIN":
            label, lines, place = found[2], [found[0]], Place(name, number)
        elif label is not None and found:
            if found.groups() != (b"END", label):
                raise _unended(label, place)
            yield Block(label.decode(), b"\n".join([*lines, found[0], b""]).rstrip(b"\n"), place)
            label = None
        elif label is not None:
            lines.append(line.strip())
    if label is not None:
        raise _unended(label, place)


def only_certificate(pem: bytes | str) -> bytes:
    """Return the DER of the one certificate in a PEM text.

    Raises:
        CertificateError: the text holds none, or more than one.
    """
    data = pem.encode("utf-8", "surrogateescape") if isinstance(pem, str) else pem
    found = [block for block in blocks(data) if block.label in CERTIFICATE_LABELS]
    if len(found) != 1:
        raise CertificateError(
            f"{len(found)} certificates in the text", expected="exactly one CERTIFICATE block"
        )
    return found[0].der


# RFC 7468 section 5.1, and the two that OpenSSL has read since the last century.
CERTIFICATE_LABELS = ("CERTIFICATE", "X509 CERTIFICATE", "X.509 CERTIFICATE")


def _unended(label: bytes, place: Place) -> CertificateError:
    name = label.decode()
    return CertificateError(
        f"the block {name} does not end", expected=f"a line -----END {name}-----", place=place
    )
