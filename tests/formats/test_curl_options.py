"""What calls and files of curl ask for."""

import pytest

from keypin.formats import detect, form
from keypin.pins import Pin

A, B, C = (Pin(bytes([byte]) * 32, position="leaf") for byte in (1, 2, 3))

CURL = {pin: pin.spell("curl") for pin in (A, B, C)}

LIST = f"{CURL[A]};{CURL[B]}"

CALLS = [
    f"curl --pinnedpubkey '{LIST}' https://a.example/x",
    f'curl -sSL --pinnedpubkey "{LIST}" "https://user:pw@a.example:8443/?q"',
    f"/usr/bin/curl -o out -d x=y --url HTTPS://A.example --pinnedpubkey '{LIST}'",
    f"sudo -E curl \\\n  --pinnedpubkey '{LIST}' \\\n  https://a.example/",
    f"PINS='{LIST}'\nif ! curl -ofile -HA:b --pinnedpubkey \"$PINS\" https://a.example; then x; fi",
    f"curl -X POST -- https://a.example/ --pinnedpubkey '{CURL[C]}' --pinnedpubkey '{LIST}'",
    f"curl --pinnedpubkey '{LIST}' smtp://a.example:587 --ssl-reqd",
]


@pytest.mark.parametrize("text", CALLS)
def test_calls_as_people_write_them(text: str) -> None:
    """Host and pins are found among all that a call may hold, at the position leaf alone."""
    reading = form("curl").loads(text, name="x.sh")
    (policy,) = reading.pin_set.policies
    assert str(policy.host) == "a.example"
    assert [entry.pin for entry in policy.pins] == [A, B]
    assert reading.findings == ()
    assert detect(text, "x.sh").id == "curl"


def test_several_requests_in_a_call() -> None:
    """`--next` begins another request; a call may have several URLs; places are told."""
    text = (
        f"echo hello\ncurl -s --pinnedpubkey '{LIST}' https://a.example https://b.example \\\n"
        f" --next -s --pinnedpubkey '{CURL[C]}' https://c.example -: https://d.example\n"
    )
    pin_set = form("curl").loads(text, name="x.sh").pin_set
    assert [str(policy.host) for policy in pin_set.policies] == [
        "a.example", "b.example", "c.example",
    ]  # fmt: skip
    assert [policy.place.line for policy in pin_set.policies] == [2, 2, 3]
    assert pin_set.policies[2].pins[0].place.line == 3


CURLRC = f"""# the shop
url = "https://a.example/"
pinnedpubkey="{LIST}"
-k

next
--url: https://b.example/ # not an argument
  pinnedpubkey = {LIST}
compressed
:
url https://c.example\r
user-agent = "a \\"b\\" \\tc"
"""


def test_a_curlrc_as_people_write_it() -> None:
    """Every way to write a line is read; the comment is the host's."""
    reading = form("curlrc").loads(CURLRC, name=".curlrc")
    first, second = reading.pin_set.policies
    assert (str(first.host), first.comment, first.place.line) == ("a.example", "the shop", 2)
    assert (str(second.host), second.pins[0].place.line) == ("b.example", 8)
    (finding,) = reading.findings
    assert (finding.id, finding.place.line) == ("curl-insecure", 4)
    assert detect(CURLRC, "home.txt").id == "curlrc"
    assert detect(CURLRC, "/home/x/.curlrc").id == "curlrc"
