"""What expressions of a source text are worth, as far as literals and constants tell.

A reader of builders needs the arguments of calls. They are literals, constants of the same file,
lists of either, joined or spread; whatever else there is has no value here, and the caller says so.
Nothing is run: there is one pass for constants, and a table of the ways in which lists are spelled.
What is longer or deeper than any pins would be has no value either, so that no crafted text can
make values out of values without end.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from keypin.formats.code import Kind, Token, tokens

_OPEN = {"(": ")", "[": "]", "{": "}"}

DEEPEST = 30
"""Brackets within brackets that are looked into."""
LONGEST = 4096
"""Characters of a text, and texts of a list."""
MOST = 64 * 1024 * 1024
"""Bytes, at some 100 for each text, that all constants together may take."""
_OVERHEAD = 100
_TEMPLATE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")

# Names that stand before a list: listOf(…), new String[]{…}, List.of(…), Arrays.asList(…).
_LISTS = {
    "listOf", "setOf", "arrayOf", "arrayListOf", "mutableListOf", "of", "asList", "String",
    "copyOf", "mutableSetOf",
}  # fmt: skip
# What is called on a list and leaves it a list.
_LEAVES = {"toTypedArray", "toArray", "toList", "toSet", "toMutableList"}


@dataclass(frozen=True, slots=True)
class Text:
    """A text, and the line on which its last literal stands."""

    text: str
    line: int


@dataclass
class Source:
    """A source text in tokens.

    Attributes:
        code: the tokens that are no comments.
        alone: comments that stand alone on their line, by line.
        behind: comments behind code, by line.
        ends: where each bracket that opens, and is not too deep, is closed: at the end, if nowhere.
    """

    code: list[Token] = field(default_factory=list[Token])
    alone: dict[int, str] = field(default_factory=dict[int, str])
    behind: dict[int, str] = field(default_factory=dict[int, str])
    ends: dict[int, int] = field(default_factory=dict[int, int])

    @classmethod
    def of(cls, text: str) -> "Source":
        """Return the tokens of a text, comments apart."""
        source = cls()
        for token in tokens(text):
            if token.kind is not Kind.COMMENT:
                source.code.append(token)
            elif source.code and source.code[-1].line == token.line:
                source.behind[token.line] = token.text
            else:
                source.alone[token.line] = token.text
        source.match()
        return source

    def match(self) -> None:
        """Find where each bracket is closed."""
        opened: list[int] = []
        for index, token in enumerate(self.code):
            if token.kind is not Kind.MARK:
                continue
            if token.text in _OPEN:
                opened.append(index)
            elif token.text in _OPEN.values() and opened:
                begin = opened.pop()
                if len(opened) < DEEPEST:
                    self.ends[begin] = index
        self.ends.update(dict.fromkeys(opened[:DEEPEST], len(self.code)))

    def above(self, line: int) -> list[str]:
        """Return the comments on the lines directly above a line, and no longer keep them."""
        notes: list[str] = []
        while line - 1 - len(notes) in self.alone:
            notes.insert(0, self.alone.pop(line - 1 - len(notes)))
        return notes


def split(code: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield the parts of an argument list, without the commas between them."""
    depth, begin = 0, 0
    for index, token in enumerate(code):
        if token.kind is Kind.MARK:
            depth += (token.text in _OPEN) - (token.text in _OPEN.values())
            if token.text == "," and depth == 0:
                yield code[begin:index]
                begin = index + 1
    if begin < len(code):
        yield code[begin:]


def constants(source: Source) -> dict[str, list[Text]]:
    """Return the values of the names that a source assigns literals to.

    A name that is assigned twice has no value: which one holds cannot be read.
    """
    found: dict[str, list[Text]] = {}
    twice: set[str] = set()
    room = MOST
    for index, expression in _assignments(source):
        name, texts = _name_before(source.code, index), value(expression, found)
        if name is not None and texts is not None and room > 0:
            twice |= {name} & found.keys()
            found[name] = texts
            room -= sum(len(text.text) + _OVERHEAD for text in texts)
    return {name: texts for name, texts in found.items() if name not in twice}


def _assignments(source: Source) -> Iterator[tuple[int, Sequence[Token]]]:
    """Yield where a name is assigned to, and what."""
    depth, code = 0, source.code
    for index in range(1, len(code) - 1):
        if code[index].kind is not Kind.MARK:
            continue
        depth += (code[index].text in _OPEN) - (code[index].text in _OPEN.values())
        named = code[index - 1].kind is Kind.WORD or code[index - 1].text in "]>"
        if code[index].text == "=" and named and depth < DEEPEST:
            end = _end_of(source, index + 1)
            if end is not None:
                yield index, code[index + 1 : end]


def _name_before(code: Sequence[Token], index: int) -> str | None:
    """Return the name that is assigned to: `val NAME: List<String> =` has its type behind it."""
    word = code[index - 1].text if code[index - 1].kind is Kind.WORD else None
    for back in range(index - 1, max(index - 8, 0), -1):
        if code[back].text == ":" and code[back - 1].kind is Kind.WORD:
            return code[back - 1].text
        if code[back].text in (";", "(", "{", "=", ","):
            break
    return word


def _end_of(source: Source, begin: int) -> int | None:
    """Return where an expression ends: at its line's end, or where its last bracket closes.

    None where it does not end, or is a comparison or another assignment.
    """
    index = begin
    code = source.code
    while index < len(code):
        token = code[index]
        if token.kind is Kind.MARK and token.text in _OPEN:
            if index not in source.ends:
                return None
            index = source.ends[index]
        elif token.kind is Kind.MARK and token.text == "=":
            return None
        elif token.text in (";", ",") or token.text in _OPEN.values():
            return index
        index += 1
        if index < len(code) and _breaks(code[index - 1], code[index]):
            return index
    return index


def _breaks(before: Token, after: Token) -> bool:
    """Tell whether an expression ends between two tokens, because a line does."""
    goes_on = before.text == "+" or after.text in ("+", ".", "(", "{", "[")
    return after.line > before.line and not goes_on


def value(
    code: Sequence[Token], known: Mapping[str, list[Text]], depth: int = 0
) -> list[Text] | None:
    """Return the texts that an expression is worth, or None where it cannot be told.

    Args:
        code: the tokens of the expression.
        known: the constants.
        depth: how many brackets it stands in.
    """
    code = _without_spread(code)
    if not code or depth > DEEPEST:
        return None
    if code[-1].text in _OPEN.values() and (inner := _list_of(code)) is not None:
        return _listed(value(part, known, depth + 1) for part in split(inner))
    return _joined(code, known)


def _listed(parts: Iterable[list[Text] | None]) -> list[Text] | None:
    """Return the texts of a list's parts; None if one has no value, or there are too many."""
    texts: list[Text] = []
    for part in parts:
        if part is None or len(texts) + len(part) > LONGEST:
            return None
        texts += part
    return texts


def _without_spread(code: Sequence[Token]) -> Sequence[Token]:
    """Return an expression without `*` before it and `.toTypedArray()` behind it."""
    begin = next((index for index, token in enumerate(code) if token.text != "*"), len(code))
    code = code[begin:]
    for index in range(len(code) - 1, 1, -1):
        if code[index].text in _LEAVES and code[index - 1].text == ".":
            return code[: index - 1]
    return code


def _list_of(code: Sequence[Token]) -> Sequence[Token] | None:
    """Return the tokens inside a list, or None where brackets are of something else."""
    opening = next((i for i, token in enumerate(code) if token.text in _OPEN), 0)
    if code[opening : opening + 2] and [one.text for one in code[opening : opening + 2]] == [
        "[",
        "]",
    ]:
        opening = next((i for i, token in enumerate(code) if token.text == "{"), opening)
    if opening == 0:
        return code[1:-1] if code[0].text in "[{" else None
    before = [token.text for token in code[:opening] if token.kind is Kind.WORD]
    return code[opening + 1 : -1] if before and before[-1] in _LISTS else None


def _joined(code: Sequence[Token], known: Mapping[str, list[Text]]) -> list[Text] | None:
    """Return a text that is put together with `+` out of literals and constants."""
    texts: list[Text] = []
    operand: list[Token] = []
    for token in [*code, Token(Kind.MARK, "+", 0)]:
        if token.kind is not Kind.MARK or token.text != "+":
            operand.append(token)
            continue
        found = _operand(operand, known)
        if found is None:
            return None
        texts.append(found)
        operand = []
    if len(texts) == 1 and (alone := _constant(code, known)) is not None:
        return alone
    if sum(len(text.text) for text in texts) > LONGEST:
        return None
    return [Text("".join(text.text for text in texts), texts[-1].line)]


def _operand(code: Sequence[Token], known: Mapping[str, list[Text]]) -> Text | None:
    if len(code) == 1 and code[0].kind is Kind.STRING:
        return _filled(code[0], known)
    constant = _constant(code, known)
    return constant[0] if constant else None


def _constant(code: Sequence[Token], known: Mapping[str, list[Text]]) -> list[Text] | None:
    """Return the value of a name, or of a qualified one as `Pins.API`."""
    qualified = all(
        token.kind is Kind.WORD if index % 2 == 0 else token.text == "."
        for index, token in enumerate(code)
    )
    return known.get(code[-1].text) if code and qualified else None


def _filled(token: Token, known: Mapping[str, list[Text]]) -> Text | None:
    """Return a literal with the constants that its template names; None if one is unknown."""
    if len(token.text) > LONGEST:
        return None
    names = set(_TEMPLATE.findall(token.text))
    if not all(name in known and len(known[name]) == 1 for name in names):
        return None
    text = _TEMPLATE.sub(lambda found: known[found[1]][0].text, token.text)
    return Text(text, token.line) if len(text) <= LONGEST else None
