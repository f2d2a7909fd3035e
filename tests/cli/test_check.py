"""`keypin check`: what a server shows, what is unusual about it, and whether to pin it."""

import json

import pytest


def test_good_server(keypin, lab, reach) -> None:
    """A good server is verified, its chain shown with pins, and the advice given; exit code 0."""
    ran = keypin("check", *reach("good-ecdsa"))
    assert ran.code == 0, ran.err
    assert "verified, TLSv1.3, 1 address" in ran.out
    assert lab["good-ecdsa"].pins[0] in ran.out
    assert "Should you pin this?" in ran.out
    assert max(map(len, ran.out.splitlines())) <= 80


def test_both_kinds_of_key(keypin, lab, reach) -> None:
    """A server with two certificates shows both pins, and is said to need both."""
    ran = keypin("check", *reach("good-both-keys"))
    server = lab["good-both-keys"]
    assert all(pin in ran.out for pin in server.pins[:2])
    assert "key-types-differ" in ran.out


def test_two_addresses(keypin, reach) -> None:
    """Addresses that differ are shown apart, and their difference is a finding."""
    shape = json.loads(keypin("check", *reach("different-addresses"), "--json").out)
    assert {shake["address"].split(":")[0] for shake in shape["handshakes"]} == {
        "127.0.0.1",
        "127.0.0.2",
    }
    assert any("differ" in finding["id"] for finding in shape["findings"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("expired", "expired on"),
        ("not-yet-valid", "is valid from"),
        ("wrong-host", "the certificate is for wrong.example"),
        ("self-signed", "signed by its own key"),
        ("unknown-root", "keypin lab rogue root"),
        ("interception-proxy", "mitmproxy stands in the connection"),
    ],
)
def test_unverified(keypin, reach, name: str, words: str) -> None:
    """A chain that does not verify is a finding with its reason: exit code 1."""
    ran = keypin("check", *reach(name))
    assert ran.code == 1
    assert words in " ".join(ran.out.split())


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("silent", "timeout"),
        ("cut-off", "closed"),
        ("alert", "alert"),
        ("garbage", "not-tls"),
        ("plain-http", "not-tls"),
        ("oversized-chain", "too-large"),
        ("slow-handshake", "timeout"),
    ],
)
def test_unreadable(keypin, reach, name: str, cause: str) -> None:
    """A server that cannot be read has a cause: exit code 3."""
    ran = keypin("check", *reach(name), "--timeout", "1", "--json")
    assert ran.code == 3
    assert {failure["cause"] for failure in json.loads(ran.out)["failures"]} == {cause}


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_one_version_of_tls(keypin, reach, version: str) -> None:
    """--tls offers one version alone."""
    shape = json.loads(keypin("check", *reach("good-rsa"), "--tls", version, "--json").out)
    assert {shake["tls_version"] for shake in shape["handshakes"]} == {f"TLSv{version}"}


def test_a_client_certificate_is_shown(keypin, lab, reach) -> None:
    """A server that asks for a client certificate is read with the one it is given."""
    flags = ("--client-cert", lab.client_file, "--json")
    ran = keypin("check", *reach("client-certificate"), *flags)
    assert ran.code == 0
    assert json.loads(ran.out)["failures"] == []


def test_time_travel(keypin, reach) -> None:
    """`--at` judges as of another time: next year the chain is expired."""
    ran = keypin("check", *reach("good-ecdsa"), "--at", "2031-01-01")
    assert ran.code == 1
    assert "expired" in ran.out


def test_advice_follows_the_answers(keypin, reach) -> None:
    """The same server is to be pinned, or not, by who controls what."""
    ours = ("client=mine", "server=mine", "platform=mobile-app", "renewal=same-key",
            "reserve=offline-key", "updates=days", "authority=public", "stakes=high")  # fmt: skip
    flags = [word for answer in ours for word in ("--answer", answer)]
    pin = json.loads(keypin("check", *reach("good-ecdsa"), *flags, "--json").out)
    assert pin["advice"]["verdict"] == "pin"
    not_ours = ("--answer", "server=third-party", "--json")
    refused = json.loads(keypin("check", *reach("good-ecdsa"), *not_ours).out)
    assert refused["advice"]["verdict"] == "do-not-pin"


def test_questions_are_listed(keypin) -> None:
    """The questionnaire can be read without answering it."""
    ran = keypin("check", "--answer", "help")
    assert ran.code == 0
    assert "client=mine" in ran.out


def test_unknown_answer(keypin) -> None:
    """An answer that is none is refused before anything is dialled."""
    ran = keypin("check", "localhost:1", "--answer", "client=me")
    assert ran.code == 2
    assert ran.err == "keypin: client=me; expected client= one of mine, others\n"


def test_ask(keypin, reach) -> None:
    """With --ask a person is asked each question, on standard error."""
    ran = keypin("check", *reach("good-ecdsa"), "--ask", "--json", stdin="1\n" * 9)
    assert "Who controls the client" in ran.err
    assert json.loads(ran.out)["advice"]["open"] == []


def test_bad_host(keypin) -> None:
    """A host that is none is unusable input."""
    ran = keypin("check", "exa mple.com")
    assert ran.code == 2
    assert "'exa mple.com' is not an endpoint" in ran.err


def test_bad_cafile(keypin, tmp_path) -> None:
    """A CA file without certificates is named."""
    file = tmp_path / "empty.pem"
    file.touch()
    ran = keypin("check", "localhost:1", "--cafile", file)
    assert ran.code == 2
    assert "empty.pem" in ran.err


def test_a_log_list(keypin, transparency, at_host) -> None:
    """With a log list it says what browsers make of the SCTs; of a private CA that is a note."""
    call = at_host(transparency, transparency.issued("alpha"))
    ran = keypin("check", *call, "--log-list", transparency.list)
    said = " ".join(ran.out.split())
    assert ran.code == 0, ran.out
    assert "✗ Chrome does not accept it ✗ Apple does not accept it" in said
    assert "note ct-not-accepted Chrome does not accept it: 1 SCT counts, and" in said
    assert "nor does it demand any of a CA that is not public" in said
    shape = json.loads(keypin("check", *call, "--log-list", transparency.list, "--json").out)
    (one,) = shape["transparency"]
    assert [browser["accepted"] for browser in one["browsers"]] == [False, False]
    assert [sct["log"] for sct in one["scts"]] == ["alpha"]
    without = json.loads(keypin("check", *call, "--json").out)
    assert without["transparency"] is None
    assert not any(finding["id"].startswith("ct-") for finding in without["findings"])


def test_a_log_list_for_a_fleet(keypin, transparency, at_host, tmp_path) -> None:
    """A fleet is judged by the list too."""
    host, *flags = at_host(transparency, transparency.issued("alpha", "beta"))
    hosts = tmp_path / "hosts"
    hosts.write_text(f"{host}\n")
    ran = keypin("check", "--hosts", hosts, *flags, "--log-list", transparency.list)
    (one,) = json.loads(ran.out)["transparency"]
    assert [browser["accepted"] for browser in one["browsers"]] == [True, True]
