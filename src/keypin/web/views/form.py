"""A form, as it is first shown and as it comes back with what was wrong in it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a field: what is sent, and what is read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field.

    Attributes:
        name: what it is called in what is sent.
        label: as people read it.
        kind: `text`, `email`, `password`, `number`, `date`, `time`, `url`, `search`, `code` (six
            digits), `area` (many lines), `file`, `choice` (one of `options`) or `tick` (yes or no).
        value: what stands in it; never a password. A ticked box says "on".
        error: what is wrong with it, one sentence; empty where nothing is.
        hint: what belongs in it.
        required: whether it may stay empty.
        complete: HTML's `autocomplete`, as `username` or `one-time-code`.
        options: of a choice.
    """

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    error: str = ""
    hint: str = ""
    required: bool = False
    complete: str = "off"
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form that is sent by POST.

    Attributes:
        key: an identifier in the page.
        action: where it goes.
        submit: what its button says.
        fields: from top to bottom.
        title: what it is for; empty where the page says so already.
        intro: one or two sentences below the title.
        error: what is wrong with all of it; empty where nothing is.
        hidden: further fields that are not shown.
        danger: whether it takes something away.
        other: a second button: its name in what is sent, and what it says; None where there is one.
    """

    key: str
    action: str
    submit: str
    fields: tuple[Field, ...]
    title: str = ""
    intro: str = ""
    error: str = ""
    hidden: tuple[tuple[str, str], ...] = ()
    danger: bool = False
    other: Option | None = None

    @property
    def uploads(self) -> bool:
        """Whether a file is sent with it."""
        return any(field.kind == "file" for field in self.fields)
