"""A message in three forms: plain text, Markdown for chats, HTML for mail.

Names out of certificates and reports are written by strangers. In Markdown and HTML they are
escaped, evidence stands in a block that interprets nothing, and the words with which a chat calls
everybody are broken. Slack and Microsoft Teams read the same Markdown: `<`, `>` and `&` are written
as entities, as Slack's own rules ask for (https://docs.slack.dev/messaging/formatting-message-text).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from keypin.alerts.message import Item, Message, Part
from keypin.findings import Severity

_SPECIAL = re.compile(r"([\\`*_\[\]~|])")
_EVERYBODY = re.compile(r"@(?=everyone|here|channel|all)", re.IGNORECASE)
_JOINER = "\N{WORD JOINER}"

# Dark enough to be read on white (WCAG 2.2, 1.4.3), and on the dark ground that mail readers make.
_COLOURS = {Severity.ERROR: "#c62828", Severity.WARNING: "#a15c00", Severity.NOTE: "#1565c0"}
_GREY = "#5f6b7a"


@dataclass(frozen=True, slots=True)
class Words:
    """A message in words.

    Attributes:
        subject: one line of plain text.
        plain: plain text.
        markdown: Markdown, for chats.
        html: an HTML document, for mail.
    """

    subject: str
    plain: str
    markdown: str
    html: str


def render(message: Message) -> Words:
    """Write a message in each form."""
    return Words(
        message.subject,
        "\n\n".join("\n".join(_plain(part)) for part in message.parts) + "\n",
        "\n\n".join("\n".join(_markdown(part)) for part in message.parts) + "\n",
        _document(message.subject, "\n".join("\n".join(_html(part)) for part in message.parts)),
    )


def _plain(part: Part) -> Iterator[str]:
    yield part.heading
    yield from part.lines
    yield from (f"    {one}" for one in part.evidence)
    for item in part.items:
        if item.note:
            yield f"- {item.text}"
            yield f"  {item.note}"
            yield f"  {item.url}"
        else:
            yield f"{item.text}: {item.url}"


def _markdown(part: Part) -> Iterator[str]:
    yield f"**{marked(part.heading)}**"
    for one in part.lines:
        yield ""
        yield marked(one)
    if part.evidence:
        yield from ("", "```", *map(_quoted, part.evidence), "```")
    if part.items:
        yield ""
        yield from map(_link, part.items)


def marked(text: str) -> str:
    """Return a text in Markdown that means nothing but itself."""
    entities = escape(_SPECIAL.sub(r"\\\1", text), quote=False)
    return _EVERYBODY.sub("@" + _JOINER, entities)


def _quoted(text: str) -> str:
    """Return a line of a fenced block, which it cannot end."""
    return _EVERYBODY.sub("@" + _JOINER, escape(text.replace("`", "'"), quote=False))


def _link(item: Item) -> str:
    url = item.url.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
    link = f"[{marked(item.text)}]({url})"
    return f"- {link} ({marked(item.note)})" if item.note else link


def _html(part: Part) -> Iterator[str]:
    colour = _COLOURS[part.severity] if part.severity else _GREY
    yield f'<h2 style="font-size:1.1em;border-left:4px solid {colour};padding-left:.6em">'
    yield f"{escape(part.heading)}</h2>"
    yield from (f"<p>{escape(one)}</p>" for one in part.lines)
    if part.evidence:
        yield '<pre style="white-space:pre-wrap;overflow-wrap:anywhere">'
        yield "\n".join(map(escape, part.evidence)) + "</pre>"
    for item in part.items:
        link = f'<a href="{escape(item.url)}">{escape(item.text)}</a>'
        note = f"<br><small>{escape(item.note)}</small>" if item.note else ""
        yield f"<p>{link}{note}</p>"


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title></head>\n"
        '<body style="font-family:system-ui,sans-serif;line-height:1.5;max-width:44em">\n'
        f"{body}\n</body>\n</html>\n"
    )
