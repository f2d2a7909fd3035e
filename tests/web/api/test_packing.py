"""Long answers are compressed for programs that take that, and for nobody else."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from keypin.web.api.packing import LEAST, packed


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("GZIP , br", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0, br", False),
        ("gzipped", False),
        ("", False),
    ],
)
def test_it_is_what_the_client_takes(accepted: str, *, is_packed: bool) -> None:
    """RFC 9110 section 12.5.3: a quality of 0 is a refusal."""
    headers = [(b"authorization", b"Bearer x"), (b"accept-encoding", accepted.encode())]
    answer = packed(Request({"type": "http", "headers": headers}), Response(b"x" * LEAST))
    assert ("content-encoding" in answer.headers) is is_packed
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["vary"] == "accept-encoding, authorization"


def test_a_browser_with_a_cookie_gets_it_as_it_is() -> None:
    """The length of what is compressed would tell of what is in it."""
    headers = [(b"cookie", b"a=b"), (b"accept-encoding", b"gzip")]
    answer = packed(Request({"type": "http", "headers": headers}), Response(b"x" * LEAST))
    assert "content-encoding" not in answer.headers


def test_its_tag_is_known_again(api) -> None:
    """As what the client has, and as what it wants to change."""
    api.post(
        "owners", {"name": "a", "mail": [f"{number:0>60}@example.com" for number in range(20)]}
    )
    plain = api.get("owners/a", headers={"accept-encoding": "identity"})
    short = api.get("owners/a", headers={"accept-encoding": "gzip"})
    assert short.headers["content-encoding"] == "gzip"
    assert short.json() == plain.json()
    tag = short.headers["etag"]
    assert tag == plain.headers["etag"].removesuffix('"') + '-gzip"'
    assert api.get("owners/a", headers={"if-none-match": tag}).status_code == 304
    assert api.client.put("owners/a", json={}, headers={"if-match": tag}).status_code == 200
