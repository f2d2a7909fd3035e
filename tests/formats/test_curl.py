"""curl's options and .curlrc."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keypin.errors import FormatError, InputError
from keypin.formats import LossError, detect, form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin, Role

A, B, C = (Pin(bytes([byte]) * 32, position="leaf") for byte in (1, 2, 3))
CURL = {pin: pin.spell("curl") for pin in (A, B, C)}
LIST = f"{CURL[A]};{CURL[B]}"


def _set(*hosts: str, name: str | None = None, comment: str | None = None) -> PinSet:
    pins = (PolicyPin(A), PolicyPin(B, Role.BACKUP, "kept in the safe"))
    return PinSet(
        [Policy(host=HostPattern(host), pins=pins, comment=comment) for host in hosts], name
    )


def test_what_is_written_for_the_shell() -> None:
    """A call a host, its pins in one quoted list, the backup told above it."""
    text = form("curl").dumps(_set("shop.example", "::1", name="shop", comment="the shop"))
    assert text == (
        "# Pins of shop.\n\n"
        f"# the shop\n# {CURL[B]}: backup: kept in the safe\n"
        f"curl --pinnedpubkey '{LIST}' https://shop.example/\n\n"
        f"# the shop\n# {CURL[B]}: backup: kept in the safe\n"
        f"curl --pinnedpubkey '{LIST}' https://[::1]/\n"
    )


def test_what_is_written_for_curlrc() -> None:
    """The same as a file for -K, with `next` between the requests."""
    text = form("curlrc").dumps(_set("a.example", "b.example"))
    assert text == (
        "# Pins.\n\n"
        f'# {CURL[B]}: backup: kept in the safe\nurl = "https://a.example/"\n'
        f'pinnedpubkey = "{LIST}"\n'
        "\nnext\n\n"
        f'# {CURL[B]}: backup: kept in the safe\nurl = "https://b.example/"\n'
        f'pinnedpubkey = "{LIST}"\n'
    )


def test_a_comment_that_looks_like_a_note() -> None:
    """It would be read as the pin's, so that its loss is told."""
    pin_set = _set("a.example", comment=f"{CURL[A]}: x")
    (loss,) = form("curl").losses(pin_set)
    assert (loss.id, loss.message) == (
        "comment", "a line of the comment would be read as the note of a pin",
    )  # fmt: skip


def test_subdomains_are_refused() -> None:
    """Curl pins the host of one call."""
    pins = (PolicyPin(A), PolicyPin(B))
    wide = PinSet([Policy(host=HostPattern("a.example", "**."), pins=pins)])
    with pytest.raises(LossError, match="hosts are named one by one"):
        form("curl").dumps(wide)


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


def test_one_host_twice() -> None:
    """The same pins on two ports are one policy; different ones are not a pin set."""
    same = f"curl --pinnedpubkey '{LIST}' https://a.example\n" * 2
    assert len(form("curl").loads(same).pin_set.policies) == 1
    other = f"{same}curl --pinnedpubkey '{CURL[C]}' https://a.example:8443\n"
    with pytest.raises(InputError) as caught:
        form("curl").loads(other, name="x.sh")
    assert str(caught.value) == (
        "x.sh:3: two policies for a.example; put their pins into one policy"
    )


def _findings(text: str, form_id: str = "curl") -> list[str]:
    findings = form(form_id).loads(text, name="x").findings
    return [f"{one.id} {one.subject}: {one.message}" for one in findings]


def test_a_blank_in_the_list() -> None:
    """What curl silently drops is told, member by member."""
    text = f"curl --pinnedpubkey '{CURL[A]};{CURL[B]}; {CURL[C]}' https://a.example"
    (told,) = _findings(text)
    assert told.startswith(f"curl-dead-pin a.example: '{CURL[B]}; {CURL[C]}' can never match.")
    assert [one.pin for one in form("curl").loads(text).pin_set.policies[0].pins] == [A]


def test_base64_that_is_not_canonical() -> None:
    """A digest spelled in another way is another text to curl."""
    strange = CURL[B].replace("I=", "J=")
    assert strange != CURL[B]
    text = f"curl --pinnedpubkey '{CURL[A]};{strange}' https://a.example"
    assert _findings(text)[0].startswith(f"curl-dead-pin a.example: '{strange}' can never match.")


@pytest.mark.parametrize("text", [f"{CURL[A]};", f"{CURL[A]}; {CURL[B]}", CURL[A][:-1]])
def test_a_list_of_which_nothing_matches(text: str) -> None:
    """Curl would refuse every server, so that the text is refused."""
    with pytest.raises(FormatError) as caught:
        form("curl").loads(f"\ncurl --pinnedpubkey '{text}' https://a.example", name="x.sh")
    assert str(caught.value) == (
        f"x.sh:2: no pin in {text!r} can match, so curl refuses every server; expected "
        "sha256//BASE64, and a semicolon without a blank between two"
    )


def test_insecure_and_plain() -> None:
    """Beside pins both are told."""
    text = f"curl -sk --pinnedpubkey '{LIST}' https://a.example http://b.example c.example"
    first, second, third = _findings(text)
    assert first.startswith("curl-plain http://b.example: the URL is not one of TLS.")
    assert second.startswith("curl-plain c.example: the URL is not one of TLS.")
    assert third.startswith("curl-insecure a.example: --insecure stands beside the pins.")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("--pinnedpubkey key.pem https://b.example", "key.pem: the key is in a file"),
        ("--pinnedpubkey $PIN https://b.example", "$PIN: the list is computed"),
        (f"--pinnedpubkey '{LIST}' $URL", "$URL: the URL is computed"),
        (f"--pinnedpubkey '{LIST}' 'https://{{x,y}}.example'", "https://{x,y}.example: the URL"),
        (f"--pinnedpubkey '{LIST}'", "the pins stand beside no URL"),
        (f"--pinnedpubkey '{LIST}' 'https://a.example/\n'", "https://a.example/\n: the URL"),
    ],
)
def test_what_is_not_followed(text: str, told: str) -> None:
    """It is told, and the rest is read."""
    whole = f"curl {text}\ncurl --pinnedpubkey '{LIST}' https://a.example"
    (found,) = _findings(whole)
    assert found.startswith("code-not-followed ")
    assert told in found


def test_the_host_beside() -> None:
    """A text that does not say its host is read for the one that is given."""
    for text in (f"curl --pinnedpubkey '{LIST}' $URL", f"curl --pinnedpubkey '{LIST}'"):
        reading = form("curl").loads(text, host="a.example")
        assert [str(policy.host) for policy in reading.pin_set.policies] == ["a.example"]
        assert reading.findings == ()


def test_nothing_pinned() -> None:
    """Calls without pins are no pin set."""
    with pytest.raises(FormatError, match="no pins; expected curl with --pinnedpubkey"):
        form("curl").loads("curl https://a.example; wget https://b.example", name="x.sh")


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


def test_a_curlrc_for_every_url() -> None:
    """Pins without a URL hold for all; which host is meant has to be said."""
    text = f"pinnedpubkey {LIST}\nuser\n"
    with pytest.raises(FormatError, match="no pins"):
        form("curlrc").loads(text)
    assert str(form("curlrc").loads(text, host="a.example").pin_set.policies[0].host) == "a.example"


@pytest.mark.parametrize("form_id", ["curl", "curlrc"])
@given(text=st.text("curl -k:pinedubkyshxt26/;='\"\\\n# "))
def test_any_text(form_id: str, text: str) -> None:
    """Nothing but our own error comes out of any text."""
    with contextlib.suppress(InputError):
        form(form_id).loads(text)
