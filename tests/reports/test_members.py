"""The members of a report: decoded in one pass, with every limit on the way."""

import pytest

from keypin.errors import ReportFormatError
from keypin.reports.members import MAX_BODY, Members, decode, device, encode, ignored


def test_members_and_envelope() -> None:
    """Expect-CT alone has an envelope; another object of that name beside a host is ignored."""
    assert decode(b'{"hostname": "a.example"}', MAX_BODY) == (Members(hostname="a.example"), False)
    body = b'{"expect-ct-report": {"hostname": "a.example", "scts": []}}'
    assert decode(body, MAX_BODY) == (Members(hostname="a.example"), True)
    assert ignored(body) == 1
    both = b'{"hostname": "a.example", "expect-ct-report": 7}'
    assert decode(both, MAX_BODY) == (Members(hostname="a.example"), False)
    assert ignored(both) == 1


def test_a_member_that_is_not_there() -> None:
    """None is what a report does not say, and what it says to be null."""
    assert decode(b"{}", MAX_BODY)[0] == decode(b'{"port": null}', MAX_BODY)[0] == Members()


def test_what_is_written_again() -> None:
    """Only what is read, and nothing that was not said."""
    members = Members(hostname="a.example", known_pins=[])
    assert encode(members, enveloped=False) == b'{"hostname":"a.example","known-pins":[]}'
    assert encode(Members(port=1), enveloped=True) == b'{"expect-ct-report":{"port":1}}'


def test_the_name_of_a_device() -> None:
    """It is read on request alone; an empty one names nobody."""
    assert device(b'{"app-vendor-id": "599F"}') == "599F"
    assert device(b'{"app-vendor-id": ""}') is None
    with pytest.raises(ReportFormatError, match=r"^app-vendor-id: int; expected str$"):
        device(b'{"app-vendor-id": 7}')


def test_depth() -> None:
    """What nobody reads is skipped while it is shallow, and refused before it costs the stack."""
    body = b'{"x":' + b"[" * 127 + b"]" * 127 + b"}"
    assert decode(body, MAX_BODY) == (Members(), False)
    with pytest.raises(ReportFormatError, match=r"^JSON with 129 arrays and objects; expected 128"):
        decode(b"[" + body, MAX_BODY)
