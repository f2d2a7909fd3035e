"""From curl's requests to policies."""

import pytest

from keypin.errors import FormatError, InputError
from keypin.formats import form
from keypin.pins import Pin

A, B, C = (Pin(bytes([byte]) * 32, position="leaf") for byte in (1, 2, 3))

CURL = {pin: pin.spell("curl") for pin in (A, B, C)}

LIST = f"{CURL[A]};{CURL[B]}"


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


def test_a_curlrc_for_every_url() -> None:
    """Pins without a URL hold for all; which host is meant has to be said."""
    text = f"pinnedpubkey {LIST}\nuser\n"
    with pytest.raises(FormatError, match="no pins"):
        form("curlrc").loads(text)
    assert str(form("curlrc").loads(text, host="a.example").pin_set.policies[0].host) == "a.example"
