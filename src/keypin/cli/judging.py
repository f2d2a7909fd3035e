"""The questionnaire's answers from flags or a person, and the judgement of an observation."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import click

from keypin.certs import Observation
from keypin.cli.judged import Judged
from keypin.errors import InputError

if TYPE_CHECKING:
    from keypin.pins.situation import Question, Situation


def situation_of(answers: tuple[str, ...], *, ask: bool) -> "Situation":
    """Return the answers of `--answer KEY=VALUE`, and with `ask` a person's to the rest.

    Raises:
        InputError: a key or a value is none of the questionnaire's.
    """
    from keypin.pins.situation import QUESTIONS, Situation

    questions = {question.key: question for question in QUESTIONS}
    found: dict[str, StrEnum] = {}
    for answer in answers:
        key, _, value = answer.partition("=")
        if key not in questions:
            raise InputError(
                f"no question {key!r}",
                expected=f"one of {', '.join(questions)}",
                next_step="list them with --answer help",
            )
        found[key] = _choice(questions[key], value)
    if ask:
        found |= {key: _ask(question) for key, question in questions.items() if key not in found}
    return Situation(**found)  # type: ignore[arg-type]  # each question's choices are its field's


def _choice(question: "Question", value: str) -> StrEnum:
    for choice, _ in question.choices:
        if choice == value:
            return choice
    raise InputError(
        f"{question.key}={value}",
        expected=f"{question.key}= one of {', '.join(choice for choice, _ in question.choices)}",
    )


def _ask(question: "Question") -> StrEnum:
    """Put one question, on standard error so that the answer on standard output stays pure."""
    click.echo(f"\n{question.text}\n  ({question.why})", err=True)
    for number, (_, meaning) in enumerate(question.choices, 1):
        click.echo(f"  {number}. {meaning}", err=True)
    number = click.prompt("Answer", type=click.IntRange(1, len(question.choices)), err=True)
    return question.choices[number - 1][0]


def print_questions() -> None:
    """Print the questionnaire: each key, its question, and its values."""
    from keypin.pins.situation import QUESTIONS

    for question in QUESTIONS:
        click.echo(f"{question.key}: {question.text}")
        for choice, meaning in question.choices:
            click.echo(f"  {question.key}={choice}  {meaning}")


def judge(
    observation: Observation, situation: "Situation", *, at: datetime, own_ca: bool
) -> Judged:
    """Return an observation with its findings and the advice on it.

    Args:
        observation: what an endpoint showed.
        situation: the answers there are.
        at: the time to judge at.
        own_ca: the user named the CA to trust, so that its not being public is no finding.
    """
    from keypin.diagnose import recognise
    from keypin.pins.advice import advise
    from keypin.trust import public_roots

    roots = None if own_ca else public_roots()
    findings = recognise(observation, public_roots=roots, at=at)
    chains = observation.chains
    if not observation.handshakes:
        return Judged(observation, at, findings, None)
    first, also = (chains[0] if chains else None), chains[1:]
    return Judged(observation, at, findings, advise(situation, first, findings, also=also))
