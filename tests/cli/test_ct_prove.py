"""`keypin ct prove`: evidence is got from logs, and verified by anybody, offline."""

import json
from base64 import b64encode
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keypin.ct.alarm import ROOT, Alarm
from keypin.ct.head import TreeHead
from keypin.ct.heads import Heads
from keypin.lab.authority import Issued, Request, issue, new_key
from keypin.lab.ct_api import RFC6962, STATIC, CtApi
from keypin.lab.ct_authority import precertify
from keypin.lab.ct_key import Head
from keypin.lab.ct_list import log_list
from keypin.lab.ct_log import CtLog, certify
from keypin.lab.ct_server import CtServer
from keypin.lab.ct_view import Client

NOW = datetime.now(UTC) - timedelta(hours=1)
KEY = new_key("ecdsa")
CA = issue(Request(name="A CA", organization="Example", key=KEY, ca=True), NOW)
HOSTS = ("www.example.com", "example.com", "a.example.com", "b.example.com")
WANTED = Request(name="a", key=KEY, hosts=HOSTS, issuer=CA)


def pem(*certificates: Issued) -> str:
    """Return certificates as PEM."""
    return "".join(
        f"-----BEGIN CERTIFICATE-----\n{b64encode(one.der).decode()}\n-----END CERTIFICATE-----\n"
        for one in certificates
    )


@dataclass
class World:
    """Two logs that hold a certificate, one that promised it and does not; files about them."""

    folder: Path
    static: CtLog
    pages: CtLog
    liar: CtLog

    def head(self, log: CtLog, size: int, at: datetime, root: bytes) -> TreeHead:
        """Return a head that a log signed, of any tree."""
        signed = Head(size, round(at.timestamp() * 1000), root)
        return TreeHead(*signed, log.signer.sign_head(signed))

    def alarm(self, log: CtLog, alarm: Alarm) -> str:
        """Return an alarm as a line of a monitor."""
        about = {"type": "alarm", "log": "by hearsay", "log_id": log.signer.log_id.hex()}
        return json.dumps(about | json.loads(alarm.dumps()))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Return logs that are served, of which one is static, one has pages, and one forgets."""
    folder = tmp_path_factory.mktemp("evidence")
    static, pages, liar = CtLog("A static log"), CtLog("A log of pages"), CtLog("A liar", mmd=1)
    issued = certify(WANTED, (static, pages), NOW)
    static.add([issued.der, CA.der], NOW)
    broken = certify(WANTED, (liar, pages), NOW)
    for log in (static, pages, liar):
        log.publish(NOW + timedelta(minutes=1))
    liar.heads[-1] = Head(0, liar.heads[-1].timestamp_ms, liar.tree.root(0))
    with ExitStack() as stack:
        apis = (CtApi(static, STATIC), CtApi(pages, RFC6962), CtApi(liar, RFC6962))
        servers = [stack.enter_context(CtServer(api)) for api in apis]
        (folder / "logs.json").write_text(json.dumps(log_list(servers, NOW)))
        (folder / "cert.pem").write_text(pem(issued, CA))
        (folder / "alone.pem").write_text(pem(issued))
        (folder / "ca.pem").write_text(pem(CA))
        (folder / "broken.pem").write_text(pem(broken, CA))
        yield World(folder, static, pages, liar)


@pytest.fixture(scope="module")
def prove(keypin, world):
    """Return a function that runs the verb in the folder of the files, with the list of logs."""

    def run(*arguments: object, stdin: str = ""):
        listed = () if "--key" in arguments else ("--log-list", "logs.json")
        return keypin("ct", "prove", *arguments, *listed, cwd=world.folder, stdin=stdin)

    return run


@pytest.fixture(scope="module")
def evidence(prove, world) -> list[str]:
    """Return the evidence of the certificate, a document for each of its logs."""
    ran = prove("cert.pem", "--out", "evidence.json")
    assert (ran.code, ran.err) == (0, "")
    return (world.folder / "evidence.json").read_text().splitlines()


def test_evidence_of_a_certificate(evidence, prove) -> None:
    """Each of its logs proves that it holds it, in a document that is verified offline."""
    assert [json.loads(line)["log"] for line in evidence] == ["A static log", "A log of pages"]
    ran = prove("evidence.json", "--json")
    assert (ran.code, ran.err) == (0, "")
    first, second = map(json.loads, ran.out.splitlines())
    assert first["schema"] == "keypin/ct-prove/1"
    assert first["subject"] == "evidence.json:1"
    assert second["log"] == "A log of pages"
    assert first["entry"]["certificate"]["dns_names"] == list(HOSTS)
    assert first["entry"]["index"] == 0
    assert first["entry"]["precertificate"] is True
    assert first["entry"]["head"]["size"] == 2
    assert first["entry"]["issuer_pin"].startswith("sha256/")
    assert first["proof"] == json.loads(evidence[0])


def test_what_is_said(evidence, prove) -> None:
    """A person reads what is proved, and what not, in 80 columns."""
    ran = prove("-", stdin=evidence[0])
    lines = [line.rstrip() for line in ran.out.splitlines()]
    assert max(map(len, lines)) <= 80
    assert lines[1] == "✓ standard input  proved: precertificate, entry 0 of A static log"
    assert "  names       www.example.com, example.com, a.example.com and 1 more" in lines
    assert "  issuer      CN=A CA,O=Example" in lines
    assert any(line.startswith("  tree head   2 entries, signed 20") for line in lines)
    assert lines[-4:] == [
        "  proved: the log holds this precertificate, and its issuer's key signed it; a",
        "  CA that signs one counts as having issued the certificate",
        "  not proved: that anybody uses it, or should trust its issuer; that the log",
        "  shows everybody this tree",
    ]


def test_an_entry_by_its_index(prove) -> None:
    """A log is asked for an entry; what is printed as JSON is evidence again."""
    ran = prove("--log", "A static*", "1", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert json.loads(ran.out)["entry"]["precertificate"] is False
    again = prove("-", stdin=ran.out)
    assert again.code == 0
    assert "proved: certificate, entry 1 of A static log" in again.out
    assert "proved: the log holds this certificate, and its issuer's key signed it" in again.out


def test_a_log_that_broke_its_word(prove) -> None:
    """Who promised and does not hold it is told; what the others prove is written all the same."""
    ran = prove("broken.pem", "--out", "partly.json")
    assert ran.code == 1
    assert "✗ broken.pem  not in the log: it was to hold it by " in ran.out
    assert "✓ broken.pem  proved: precertificate, entry 1 of A log of pages" in ran.out
    assert prove("partly.json").code == 0


def test_the_key_alone(evidence, prove, world) -> None:
    """Without a log list the log's key is enough, as base64 or in a file; its name is hearsay."""
    key = b64encode(world.static.signer.spki).decode()
    ran = prove("-", "--key", key, stdin=evidence[0])
    assert ran.code == 0
    assert "proved: precertificate, entry 0 of the log" in ran.out
    assert "called 'A static log' in the evidence, which nothing" in ran.out
    text = f"-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n"
    (world.folder / "key.pem").write_text(text)
    assert prove("-", "--key", "key.pem", stdin=evidence[0]).code == 0
    ran = prove("-", "--key", "key.pem", stdin=evidence[1])
    assert ran.code == 3
    assert "? standard input  the log is not known: --key is of another log" in ran.out


def test_a_log_that_no_list_has(evidence, prove) -> None:
    """Nothing is proved by a key that comes with the evidence, or by none."""
    only = {**json.loads(evidence[0]), "log_id": b64encode(bytes(32)).decode()}
    ran = prove("-", "--out", "none.json", stdin=json.dumps(only))
    assert ran.code == 3
    assert "the log is not known: no log of logs.json (version 1.0 of 20" in ran.out


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("leaf_index", 1, "✗ standard input  wrong: leaf 1 of a tree of 2: computed root "),
        ("audit_path", [], "wrong: leaf 0 of a tree of 2: the path is too short"),
        (
            "certificate",
            None,
            "wrong: the certificate beside the leaf: it is another one; expected",
        ),
    ],
)
def test_evidence_that_was_tampered_with(
    member: str, value: object, message: str, evidence, prove, world
) -> None:
    """What is wrong with it is said."""
    members = json.loads(evidence[0])
    if value is None:
        value = b64encode(precertify(WANTED, NOW).issued.der).decode()
    ran = prove("-", "--out", "wrong.json", stdin=json.dumps(members | {member: value}))
    assert ran.code == 1
    assert message in ran.out
    assert ran.err == "keypin: nothing is proved, so that wrong.json is not written\n"
    assert not (world.folder / "wrong.json").exists()


# Alarms


def test_a_fork(prove, world) -> None:
    """Two heads that a log signed prove it, whoever shows them; and so does what is printed."""
    later = NOW + timedelta(minutes=2)
    heads = Heads(timedelta(days=1), (world.head(world.static, 2, later, bytes(32)),))
    (alarm,) = heads.offer(world.head(world.static, 2, later, b"1" * 32), later)
    line = world.alarm(world.static, alarm)
    ran = prove("-", stdin=line)
    lines = [one.rstrip() for one in ran.out.splitlines()]
    assert ran.code == 0
    assert lines[1] == "✓ standard input  proved: A static log contradicts itself"
    assert lines[-4:] == [
        "  proved: the log signed two different trees of 2 entries",
        "  not proved: that its operator meant to; its key may be in other hands",
        "  cure: keep both heads: they prove it; tell the log's operator and",
        "  ct-policy@chromium.org, with the evidence",
    ]
    shown = prove("-", "--json", stdin=line)
    assert json.loads(shown.out)["proves"][0]["id"] == "ct-fork"
    assert prove("-", stdin=shown.out).code == 0


def test_an_alarm_that_its_heads_do_not_prove(prove, world) -> None:
    """The head is the log's; whether the entries fit it takes the log."""
    head = world.head(world.pages, 2, NOW, bytes(32))
    line = world.alarm(world.pages, Alarm(ROOT, "entries 0 to 1 do not give it", (head,)))
    ran = prove("-", stdin=line)
    assert ran.code == 3
    assert "not proved: its tree head is the log's, and does not prove by itself: entr" in ran.out
    assert "cure: read the log itself: keypin ct audit 'A log of pages'" in ran.out
    both = Alarm(ROOT, "said", (head, head))
    assert "its tree heads are the log's, and do not" in prove(
        "-", stdin=world.alarm(world.pages, both)
    ).out  # fmt: skip
    none = prove("-", stdin=world.alarm(world.pages, Alarm(ROOT, "said")))
    assert "it has no tree heads to prove it by: said" in none.out
    forged = prove("-", stdin=world.alarm(world.static, Alarm(ROOT, "said", (head,))))
    assert forged.code == 1
    assert "wrong: the tree head of size 2: the log's signature does not hold" in forged.out
    nobody = prove("-", stdin=Alarm(ROOT, "said", (head,)).dumps())
    assert nobody.code == 3
    assert "the log is not known: it does not say of which log; give its --key" in nobody.out


# Files


def test_lines_of_a_monitor(evidence, prove) -> None:
    """Each line is judged; one that is no evidence is told, with how to get some."""
    hit = {"type": "hit", "log": "A static log", "index": 0, "proof": json.loads(evidence[0])}
    bare = hit | {"proof": None}
    lines = [json.dumps(one) for one in (hit, bare, hit)]
    ran = prove("-", stdin="\n".join(lines) + "\n\n")
    assert ran.code == 2
    assert ran.out.count("proved: precertificate, entry 0") == 2
    assert ran.err == (
        "keypin: standard input:2: no evidence; expected a proof, a finding with one, or an alarm"
        " with tree heads; ask the log: keypin ct prove --log 'A static log' 0\n"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", ": a list; expected an object\n"),
        ('{"heads": 1}', ": heads: 1; expected a list\n"),
        ('{"proof": {}}', ": proof.schema: nothing; expected a text\n"),
        ("{", ":1: no JSON: Expecting property name enclosed in double quotes"),
        ("[" * 100_000, ":1: no JSON: "),
        ("hello", ": "),
    ],
)
def test_what_is_no_evidence(text: str, message: str, prove) -> None:
    """Whatever it is, one sentence says so."""
    ran = prove("-", stdin=text)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith(f"keypin: standard input{message}")


def test_a_line_that_breaks_off(evidence, prove) -> None:
    """What stands before it is judged."""
    ran = prove("-", stdin=f"{evidence[0]}\n\n{evidence[1][:99]}")
    assert (ran.code, ran.out.count("proved: precertificate")) == (2, 1)
    assert ran.err.startswith("keypin: standard input:3: no JSON: ")


def test_text_that_would_redraw_the_terminal(prove, world) -> None:
    """What evidence says is shown without control characters."""
    head = world.head(world.pages, 2, NOW, bytes(32))
    body = json.loads(world.alarm(world.pages, Alarm(ROOT, "\x1b[2Jsaid\ud800", (head,))))
    text, shown = prove("-", stdin=json.dumps(body)), prove("-", "--json", stdin=json.dumps(body))
    assert (text.code, shown.code) == (3, 3)
    assert "\x1b" not in text.out + shown.out
    assert json.loads(shown.out)["message"] == "\ufffd[2Jsaid\ufffd"


def test_certificates_that_no_log_can_be_asked_for(prove) -> None:
    """It is told what is missing, and what to do."""
    ran = prove("alone.pem")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "keypin: alone.pem: the issuer of 'CN=a' is not there, whose key the SCTs are over; add it"
        " to the file, or name its file with --issuer\n"
    )
    assert prove("alone.pem", "--issuer", "ca.pem").code == 0
    ran = prove("ca.pem")
    assert ran.err == (
        "keypin: ca.pem: no SCTs in the certificate, so that no log is known to hold it; name a log"
        " and an index: --log NAME INDEX\n"
    )


def test_a_log_that_is_not_in_the_list_of_a_certificate(prove, world) -> None:
    """A promise of an unknown log is told with its ID."""
    stranger = CtLog("a stranger")
    (world.folder / "strange.pem").write_text(pem(stranger.certify(WANTED, NOW), CA))
    ran = prove("strange.pem")
    assert ran.code == 3
    assert "? strange.pem  the log is not known: no log of logs.json (version 1.0 " in ran.out
    assert "cure: name a list that has the log with --log-list, or its key, from" in ran.out
    assert b64encode(stranger.signer.log_id).decode() in ran.out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--log", "A static log", "9"), 2, "no entry 9 in A static log; expected one below 2"),
        (
            ("--log", "A static log", "one"),
            2,
            "'one' is no index; expected with --log, the number of an entry, from 0",
        ),
        (
            ("--log", "A *", "0"),
            2,
            "'A *' is 3 logs: A log of pages, A liar, A static log; expected one of them",
        ),
        (
            ("--key", "no key", "cert.json"),
            2,
            "cert.json: cannot be read: No such file or directory",
        ),
    ],
)
def test_what_cannot_be_asked(arguments, code: int, message: str, prove) -> None:
    """Whatever cannot be used is named."""
    ran = prove(*arguments)
    assert (ran.code, ran.out) == (code, "")
    assert message in ran.err


def test_a_key_that_is_none(prove) -> None:
    """A key is a file or base64."""
    ran = prove("-", "--key", "no key", stdin="{}")
    assert ran.code == 2
    assert ran.err == (
        "keypin: --key 'no key' is neither a file nor the base64 of a key; expected the key of a"
        " log, as log lists have it\n"
    )


def test_logs_that_misbehave_when_asked(prove, world) -> None:
    """Another entry than the tree holds is wrong; no answer leaves it open."""

    def ours(client: Client) -> bool:
        return "keypin" in client.user_agent

    world.static.misbehave("wrong-leaf", index=0, only=ours)
    ran = prove("--log", "A static log", "0")
    world.static.behave()
    assert ran.code == 1
    message = "✗ entry 0  wrong: leaf 0 of A static log is not the entry that it handed out"
    assert message in ran.out
    world.static.misbehave("not-found", only=ours)
    ran = prove("--log", "A static log", "0")
    world.static.behave()
    assert ran.code == 3
    assert "? entry 0  not proved: http://" in ran.out
