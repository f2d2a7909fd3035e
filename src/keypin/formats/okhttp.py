"""OkHttp's `CertificatePinner`, in Kotlin, Java and Groovy.

https://square.github.io/okhttp/5.x/okhttp/okhttp3/-certificate-pinner/. `*.` is exactly one label,
`**.` (since 4.3) any number, none included. All patterns that match a host count together: a chain
is accepted if it holds any of their pins. So a wider pattern weakens a narrower one, which no other
platform does: reading gives each host the union, and what would need anything else is not written.

The reader follows literals and constants of the same file; it says what it could not follow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from keypin.formats.abilities import ALL_WILDCARDS, CODE_FORBIDS, Abilities, Overlap
from keypin.formats.code import Token
from keypin.formats.code_values import Source, Text, constants, split, value
from keypin.formats.draft import Draft, pin_of
from keypin.formats.form import Form, Reading
from keypin.formats.notes import heading, pin_note, policy_notes, read_heading
from keypin.formats.remark import NOT_FOLLOWED, SHA1_PIN
from keypin.formats.union import united
from keypin.pins import PinSet, Policy, PolicyPin

_WHAT = "CertificatePinner.Builder() with add(pattern, pins)"
_TWO = 2  # a pattern, and one pin at least

CAN = Abilities(
    wildcards=ALL_WILDCARDS,
    overlap=Overlap.UNION,
    one_per_name=False,
    reasons=True,
    roles=True,
    comments=True,
    names=True,
    forbidden=CODE_FORBIDS,
)


@dataclass
class _Row:
    """What all calls of `add` for one pattern say."""

    line: int
    notes: list[str]
    pins: list[PolicyPin] = field(default_factory=list[PolicyPin])


def _read(text: str, *, name: str | None, host: str | None) -> Reading:  # noqa: ARG001 - hosts are in it
    source, draft = Source.of(text), Draft(name)
    draft.title = next(filter(None, map(read_heading, source.alone.values())), None)
    rows: dict[str, _Row] = {}
    known = constants(source)
    for line, arguments in _calls(source):
        values = [value(part, known) for part in arguments]
        pattern = values[0][0].text if values[0] and len(values[0]) == 1 else None
        place = draft.place(line)
        if pattern is None:
            draft.findings.append(NOT_FOLLOWED.at("add()", "the pattern is computed", place))
            continue
        row = rows.setdefault(pattern, _Row(line, source.above(line)))
        for found in values[1:]:
            if found is None:
                draft.findings.append(NOT_FOLLOWED.at(pattern, "a pin is computed", place))
            row.pins.extend(_pins(found or [], pattern, source, draft))
    for pattern, row in rows.items():
        if row.pins:
            draft.add(pattern, row.pins, draft.place(row.line), row.notes)
    draft.policies = united(draft.policies)
    return Reading(pin_set=draft.pin_set(_WHAT), findings=tuple(draft.findings))


def _pins(texts: list[Text], pattern: str, source: Source, draft: Draft) -> Iterator[PolicyPin]:
    for text in texts:
        place = draft.place(text.line)
        if text.text.startswith("sha1/"):
            draft.findings.append(SHA1_PIN.at(pattern, f"the pin {text.text}", place))
        else:
            yield pin_of(text.text, place, note=source.behind.pop(text.line, ""))


def _calls(source: Source) -> Iterator[tuple[int, list[Sequence[Token]]]]:
    """Yield the line and the arguments of each `add` between a pinner's Builder and its build.

    What stands in a call is not looked at again, so that the walk is as long as the text.
    """
    building, index = False, 0
    while index < len(source.code):
        token = source.code[index]
        if token.text == "Builder" and source.code[index - 2].text == "CertificatePinner":
            building = True
        elif token.text == "build":
            building = False
        elif building and token.text == "add":
            begin, end = _arguments(source, index)
            arguments = list(split(source.code[begin:end]))
            if len(arguments) >= _TWO:
                yield token.line, arguments
            index = end - 1
        index += 1


def _arguments(source: Source, index: int) -> tuple[int, int]:
    """Return where a call's arguments are: in brackets, or in Groovy up to the line's end."""
    if index + 1 in source.ends:
        return index + 2, source.ends[index + 1]
    end = index + 1
    while end < len(source.code) and _goes_on(source.code[end - 1], source.code[end]):
        end += 1
    return index + 1, end


def _goes_on(before: Token, after: Token) -> bool:
    """Tell whether a call without brackets goes on."""
    return after.text not in (")", "}", ";") and (after.line == before.line or before.text == ",")


def _write(pin_set: PinSet, before: str, after: str, *, trailing_comma: bool) -> str:
    lines: list[str] = []
    for policy in pin_set.policies:
        lines += [f"// {note}" for note in policy_notes(policy, CODE_FORBIDS)]
        lines += [".add(", f'    "{policy.host}",']
        lines += _pin_lines(policy, "," if trailing_comma else "")
        lines.append(")")
    indent = " " * 8
    rows = "".join(f"{indent}{line}\n" for line in lines)
    return f"// {heading(pin_set.name)}\n{before}{rows}{after}"


def _pin_lines(policy: Policy, last: str) -> Iterator[str]:
    for entry in policy.pins:
        comma = last if entry is policy.pins[-1] else ","
        note = pin_note(entry, CODE_FORBIDS)
        yield f'    "{entry.pin}"{comma}' + (f" // {note}" if note else "")


def _write_kotlin(pin_set: PinSet) -> str:
    before = (
        "\nimport okhttp3.CertificatePinner\n\n"
        "val certificatePinner: CertificatePinner =\n    CertificatePinner.Builder()\n"
    )
    return _write(pin_set, before, " " * 8 + ".build()\n", trailing_comma=True)


def _write_java(pin_set: PinSet) -> str:
    before = (
        "\nimport okhttp3.CertificatePinner;\n\npublic final class Pins {\n"
        "    public static final CertificatePinner CERTIFICATE_PINNER =\n"
        "        new CertificatePinner.Builder()\n"
    )
    after = " " * 8 + ".build();\n\n    private Pins() {\n    }\n}\n"
    return _write(pin_set, before, after, trailing_comma=False)


def _is_kotlin(text: str, name: str) -> bool:
    return "CertificatePinner" in text and not _is_java(text, name)


def _is_java(text: str, name: str) -> bool:
    return "CertificatePinner" in text and (name.endswith(".java") or "CertificatePinner;" in text)


KOTLIN = Form(
    id="okhttp-kotlin",
    title="OkHttp's CertificatePinner in Kotlin",
    file="Pins.kt",
    language="kotlin",
    can=CAN,
    read=_read,
    write=_write_kotlin,
    detect=_is_kotlin,
    page="how-to/platforms/okhttp.md",
)
JAVA = Form(
    id="okhttp-java",
    title="OkHttp's CertificatePinner in Java",
    file="Pins.java",
    language="java",
    can=CAN,
    read=_read,
    write=_write_java,
    detect=_is_java,
    page="how-to/platforms/okhttp.md",
)
FORMS = (KOTLIN, JAVA)
