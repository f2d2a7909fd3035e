"""Running somebody's client against the scenarios: what it refused, what it trusted, what hung.

A client is any command with placeholders; exit code 0 says that it trusted the server. Each run is
bounded in time and in output, and its whole process group is killed at the end of its time. Bytes
that reached the server are evidence of trust whatever the exit code says.
"""

import os
import signal
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from tempfile import TemporaryFile
from typing import IO

from keypin.errors import InputError
from keypin.lab.lab import Lab, Running
from keypin.lab.scenario import Expect, Scenario
from keypin.pins import Pin, Spelling

_KEPT_OUTPUT = 2000  # bytes of the end of what a client printed, kept as evidence
_AT_ONCE = 4


class Verdict(StrEnum):
    """What a client's behaviour on a scenario means."""

    OK = "ok"
    REFUSED_GOOD = "refused-good"
    TRUSTED_HOSTILE = "trusted-hostile"
    SENT_DATA = "sent-data"  # refused it, and had sent application data before
    HUNG = "hung"


@dataclass(frozen=True, slots=True)
class Result:
    """How a client did on one scenario.

    Attributes:
        scenario: the row.
        verdict: what its behaviour means.
        exit_code: the command's, or None if it was killed at the end of its time.
        sent: how many application bytes reached the server.
        output: the end of what it printed.
    """

    scenario: Scenario
    verdict: Verdict
    exit_code: int | None
    sent: int
    output: str

    @property
    def flaw(self) -> str | None:
        """What the flaw is called, or None if there is none."""
        if self.verdict is Verdict.OK:
            return None
        if self.verdict is Verdict.SENT_DATA:
            return "sends data before its verdict"
        return "has no time limit" if self.verdict is Verdict.HUNG else self.scenario.flaw


def placeholders(lab: Lab, running: Running) -> dict[str, str]:
    """Return what each `{placeholder}` of a command stands for."""
    curl = ";".join(Pin.parse(pin).spell(Spelling.CURL) for pin in running.pins)
    return {
        "url": running.url,
        "host": running.host,
        "port": str(running.port),
        "address": running.addresses[0],
        "cafile": str(lab.ca_file),
        "client_cert": str(lab.client_file),
        "pin": running.pins[0],
        "pins": ",".join(running.pins),
        "curl_pins": curl,
        "pins_toml": str(running.pins_toml),
    }


def fill(command: Sequence[str], values: dict[str, str]) -> list[str]:
    """Return the command with its placeholders filled; other braces stay as they are."""
    filled: list[str] = []
    for word in command:
        for name, value in values.items():
            word = word.replace(f"{{{name}}}", value)  # noqa: PLW2901 - filled step by step
        filled.append(word)
    return filled


def check_command(command: Sequence[str]) -> None:
    """Refuse a command that names no server: it would do the same in every scenario.

    Raises:
        InputError: there is no `{url}`, `{port}` or `{address}` in it.
    """
    if not any(f"{{{name}}}" in word for word in command for name in ("url", "port")):
        raise InputError(
            "the command names no server",
            expected="{url}, or {host} and {port}, where the client takes its server",
            next_step="try: keypin lab test -- curl --cacert {cafile} {url}",
        )


def run_client(lab: Lab, command: Sequence[str], *, timeout: float = 10.0) -> Iterator[Result]:
    """Run a client against every scenario of a running lab, a few at a time.

    Args:
        lab: the laboratory.
        command: the client's command with placeholders.
        timeout: seconds that each run may take.

    Yields:
        A result for each scenario, in the lab's order.

    Raises:
        InputError: the command names no server or cannot be started.
    """
    check_command(command)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from pool.map(partial(_run_one, lab, command, timeout), lab)


def _run_one(lab: Lab, command: Sequence[str], timeout: float, running: Running) -> Result:
    before = sum(map(len, running.received))
    exit_code, output = _execute(fill(command, placeholders(lab, running)), timeout)
    sent = sum(map(len, running.received)) - before
    verdict = judge(running.scenario, exit_code, sent)
    return Result(running.scenario, verdict, exit_code, sent, output)


def judge(scenario: Scenario, exit_code: int | None, sent: int) -> Verdict:
    """Return what an exit code, or None for a hang, and the bytes sent mean in a scenario."""
    if exit_code is None:
        return Verdict.HUNG
    trusted = exit_code == 0
    if scenario.expect is Expect.ACCEPT and not trusted:
        return Verdict.REFUSED_GOOD
    if scenario.expect is Expect.REFUSE and trusted:
        return Verdict.TRUSTED_HOSTILE
    if scenario.expect is Expect.REFUSE and sent:
        return Verdict.SENT_DATA
    return Verdict.OK


def _execute(command: list[str], timeout: float) -> tuple[int | None, str]:
    """Run a command in a process group of its own; None for its exit code means it hung."""
    with TemporaryFile() as output:
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command is the point
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise InputError(
                f"the client {command[0]!r} cannot be started: {error.strerror}",
                next_step="check the command behind --",
            ) from error
        try:
            exit_code: int | None = process.wait(timeout)
        except subprocess.TimeoutExpired:
            exit_code = None
        finally:
            _kill_group(process)
        return exit_code, _tail(output)


def _kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill whatever the command left behind, its children included."""
    with suppress(ProcessLookupError):  # nothing was left
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _tail(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - _KEPT_OUTPUT))
    return output.read().decode(errors="replace").strip()


def useless(results: Iterable[Result]) -> bool:
    """Tell whether the client refused every good server: then nothing was proved of it."""
    good = [result for result in results if result.scenario.expect is Expect.ACCEPT]
    return bool(good) and all(result.verdict is not Verdict.OK for result in good)
