"""OkHttp's builders as people write them, and the union of overlapping patterns."""

import pytest

from keypin.errors import FormatError, HostError, PinError
from keypin.formats import LossError, form
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin

FORM = form("okhttp-kotlin")
A, B, C = ("sha256/" + letter * 42 + "A=" for letter in "ABC")


def pins_of(text: str) -> dict[str, list[str]]:
    """Return what a source pins, by pattern."""
    policies = FORM.loads(text, name="Pins.kt").pin_set.policies
    return {str(one.host): [str(entry.pin) for entry in one.pins] for one in policies}


@pytest.mark.parametrize(
    "text",
    [
        f'CertificatePinner.Builder().add("api.example.com", "{A}", "{B}").build()',
        f'new CertificatePinner.Builder()\n  .add("api.example.com", "{A}")\n'
        f'  .add("api.example.com", "{B}")\n  .build();',
        f'val b = CertificatePinner.Builder()\nb.add("api.example.com", "{A}", "{B}")\nb.build()',
        'private const val HOST = "api.example.com"\n'
        f'private val PINS = arrayOf("{A}", "{B}")\n'
        "val p = CertificatePinner.Builder().add(HOST, *PINS).build()",
        f'val pins: List<String> = listOf(\n    "{A}",\n    "{B}",\n)\n'
        'CertificatePinner.Builder().add("api.example.com", *pins.toTypedArray()).build()',
        f'static final String[] PINS = {{"{A}", "{B}"}};\n'
        'new CertificatePinner.Builder().add("api.example.com", PINS).build();',
        f'String[] pins = new String[]{{"{A}", "{B}"}};\n'
        'new CertificatePinner.Builder().add("api.example.com", pins).build();',
        f"def first = '{A}'\ndef rest = '{B}'\n"
        "new CertificatePinner.Builder().add('api.example.com', first, rest).build()",
        f'const val A1 = "{A[7:]}"\nconst val B1 = "{B[7:]}"\n'
        'CertificatePinner.Builder().add("api.example.com", "sha256/$A1", "sha256/${B1}").build()',
        f'static final String P = "sha256/";\nstatic final String K = "{A[7:]}";\n'
        f'CertificatePinner x = new CertificatePinner.Builder().add("api" + ".example.com", P + K, '
        f'"sha256/"\n + "{B[7:]}").build();',
        f'CertificatePinner.Builder().apply {{ add("api.example.com", Pins.A, Pins.B) }}.build()\n'
        f'object Pins {{\n  const val A = "{A}"\n  const val B = "{B}"\n}}',
        f'List<String> pins = List.of("{A}", "{B}");\n'
        'new CertificatePinner.Builder()\n'
        '  .add("api.example.com", pins.toArray(new String[0])).build();',
        f'CertificatePinner.Builder().add("api.example.com", "{A}", "{B}"',
        f"def b = new CertificatePinner.Builder()\nb.add 'api.example.com', '{A}',\n  '{B}'\n"
        "b.build()",
    ],
)  # fmt: skip
def test_idioms(text: str) -> None:
    """Literals, constants, lists, templates and joined texts are followed."""
    assert pins_of(text) == {"api.example.com": [A, B]}
    assert FORM.loads(text).findings == ()


@pytest.mark.parametrize(
    ("text", "subject", "message"),
    [
        ("add(host, pin)", "add()", "the pattern is computed. What is"),
        (f'add("b.example.com", pin, "{C}")', "b.example.com", "a pin is computed. What is"),
        ('add("b.example.com", *load("pins.json"))', "b.example.com", "a pin is computed. What"),
        ('add("b.example.com", "sha256/$KEY")', "b.example.com", "a pin is computed. What"),
        ('add("b.example.com", "sha1/AAAA")', "b.example.com", "the pin sha1/AAAA. Collisions"),
    ],
)
def test_what_cannot_be_followed_is_said(text: str, subject: str, message: str) -> None:
    """What is computed is named with its line, and the rest is read."""
    source = f'CertificatePinner.Builder().add("api.example.com", "{A}", "{B}")\n.{text}.build()'
    reading = FORM.loads(source, name="Pins.kt")
    (finding,) = reading.findings
    assert finding.subject == subject
    assert finding.message.startswith(message)
    assert str(finding.place) == "Pins.kt:2"
    assert reading.pin_set.policy_for("api.example.com") is not None


def test_a_constant_with_two_values_has_none() -> None:
    """Which of two assignments holds cannot be read from the text."""
    source = (
        f'var pin = "{A}"\npin = "{B}"\n'
        f'CertificatePinner.Builder().add("a.example.com", "{C}").add("b.example.com", pin).build()'
    )
    reading = FORM.loads(source)
    assert [one.id for one in reading.findings] == ["code-not-followed"]
    assert reading.pin_set.policy_for("b.example.com") is None


def test_other_calls_of_add() -> None:
    """Lists and headers have an `add` too; theirs is before or behind the builder."""
    source = (
        'headers.add("a.example.com", "x")\n'
        f'CertificatePinner.Builder().add(1).add("a.example.com", "{A}").build()\n'
        'headers.add("b.example.com", "x")\n'
    )
    assert pins_of(source) == {"a.example.com": [A]}


@pytest.mark.parametrize(
    ("text", "error", "complaint"),
    [
        ("", FormatError, "Pins.kt: no pins; expected CertificatePinner.Builder() with "
         "add(pattern, pins)"),
        ('CertificatePinner.Builder()\n.add("a.example.com", "sha256/AAAA")', PinError,
         "Pins.kt:2: the digest has 3 bytes"),
        ('CertificatePinner.Builder()\n.add("a.example.com", "AAAA")', PinError, "Pins.kt:2: "),
        (f'CertificatePinner.Builder()\n.add("a.*.com", "{A}")', HostError,
         "Pins.kt:2: the wildcard in 'a.*.com'"),
    ],
)  # fmt: skip
def test_mistakes(text: str, error: type[Exception], complaint: str) -> None:
    """What OkHttp would refuse, and pins that can never match, are refused with their line."""
    with pytest.raises(error) as caught:
        FORM.loads(text, name="Pins.kt")
    assert str(caught.value).startswith(complaint)


def builder(**rows: str) -> str:
    """Return a builder; underscores stand for dots, `all` for `**.` and `one` for `*.`."""
    calls = "".join(
        f'\n.add("{key.replace("all_", "**.").replace("one_", "*.").replace("_", ".")}", "{pin}")'
        for key, pin in rows.items()
    )
    return f"CertificatePinner.Builder(){calls}.build()"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (builder(all_example_com=A, api_example_com=B),
         {"**.example.com": [A], "api.example.com": [B, A]}),
        (builder(one_example_com=A, all_example_com=B),
         {"*.example.com": [A, B], "**.example.com": [B]}),
        (builder(one_example_com=A, all_api_example_com=B),
         {"*.example.com": [A], "**.api.example.com": [B], "api.example.com": [B, A]}),
        (builder(one_example_com=A, all_api_example_com=A),
         {"*.example.com": [A], "**.api.example.com": [A]}),
        (builder(all_example_com=A, all_api_example_com=B),
         {"**.example.com": [A], "**.api.example.com": [B, A]}),
    ],
)  # fmt: skip
def test_the_union_becomes_policies(text: str, expected) -> None:
    """Each policy alone decides as all of OkHttp's patterns together do."""
    assert pins_of(text) == expected


def policy(host: str, *pins: str) -> Policy:
    """Return a policy."""
    entries = tuple(PolicyPin(Pin.parse(pin)) for pin in pins)
    return Policy(host=HostPattern.parse(host), pins=entries, no_backup="a test")


def test_a_narrower_policy_cannot_be_stricter() -> None:
    """OkHttp would accept the wider pattern's pins for the narrower host, and so it is refused."""
    strict = PinSet([policy("**.example.com", A), policy("api.example.com", B)])
    with pytest.raises(LossError) as caught:
        FORM.dumps(strict)
    assert str(caught.value) == (
        "api.example.com cannot be written as OkHttp's CertificatePinner in Kotlin: the pins of "
        f"**.example.com would be accepted too, as {A}; narrow **.example.com, or add its pins to "
        "api.example.com if that is meant"
    )
    wide = PinSet([policy("**.example.com", A), policy("api.example.com", B, A)])
    assert FORM.loads(FORM.dumps(wide)).pin_set.policy_for("api.example.com") is not None


def test_a_host_cannot_be_exempted() -> None:
    """OkHttp has no exemption: one that matters is refused, one that does not is told."""
    spared = Policy(host=HostPattern("api.example.com"), pins=(), exempt="a partner's")
    matters = PinSet([policy("**.example.com", A), spared])
    assert [(loss.id, loss.effect) for loss in FORM.losses(matters)] == [("exempt", "breaks")]
    harmless = PinSet([policy("example.org", A), spared])
    assert [(loss.id, loss.effect) for loss in FORM.losses(harmless)] == [("exempt", "dropped")]
    assert "api.example.com" not in FORM.dumps(harmless)
