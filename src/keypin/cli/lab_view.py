"""How the laboratory looks in a terminal: the list of servers, the tour, and a client's matrix."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from keypin.cli.console import mark, printable
from keypin.lab import Expect, Lab, Scenario
from keypin.lab.report import summary
from keypin.lab.tester import Result, Verdict, useless

_EXPECT_STYLE = {Expect.ACCEPT: "green", Expect.REFUSE: "red", Expect.EITHER: "dim"}


def start_lines(lab: Lab) -> Iterator[str]:
    """Yield what a person needs to use a lab that has started."""
    for running in lab:
        yield f"{running.url:<28} {running.scenario.expect:<7} {running.scenario.name}"
    yield ""
    yield f"{len(lab)} servers on loopback. How to trust the lab's CA, in this shell only:"
    yield f"  curl --cacert {lab.ca_file} {next(iter(lab)).url}"
    yield f"  export SSL_CERT_FILE={lab.ca_file}        # OpenSSL, Python, Go"
    yield f"  export REQUESTS_CA_BUNDLE={lab.ca_file}   # requests"
    yield f"  export NODE_EXTRA_CA_CERTS={lab.ca_file}  # Node"
    yield f"Pins of each server: {lab.directory}/NAME.pins.toml. All as JSON: lab.json there."
    yield "Never install the lab's CA in a system trust store. Ctrl-C stops the lab."


def scenario_table(scenarios: Iterable[Scenario]) -> Table:
    """Return the scenarios: name, what a correct client does, what is proved."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for scenario in scenarios:
        expect = Text(str(scenario.expect), _EXPECT_STYLE[scenario.expect])
        table.add_row(Text(scenario.name, "bold"), expect, scenario.proves)
    return table


def print_step(console: Console, scenario: Scenario, outcome: str, *, correct: bool) -> None:
    """Print one stop of the tour: the server, and what keypin said of it."""
    console.print(
        Text.assemble(mark(console, good=correct), " ", (scenario.name, "bold"), f"  {outcome}"),
        overflow="ellipsis",
        no_wrap=True,
    )
    console.print(Padding(Text(scenario.proves, "dim"), (0, 0, 0, 4)))


_WORDS = {
    Verdict.OK: ("ok", "green"),
    Verdict.REFUSED_GOOD: ("refused a good server", "yellow"),
    Verdict.TRUSTED_HOSTILE: ("TRUSTED A HOSTILE SERVER", "bold red"),
    Verdict.SENT_DATA: ("SENT DATA, THEN REFUSED", "bold red"),
    Verdict.HUNG: ("hung", "yellow"),
}


def print_matrix(console: Console, results: Sequence[Result]) -> None:
    """Print a client's matrix, the names of its flaws, and the sum."""
    for result in results:
        words, style = _WORDS[result.verdict]
        good = result.flaw is None
        console.print(
            Text.assemble(mark(console, good=good), f" {result.scenario.name:<28} ", (words, style))
        )
        if result.flaw is not None:
            reference = f" ({result.scenario.reference})" if result.scenario.reference else ""
            console.print(Padding(Text(f"flaw: {result.flaw}{reference}"), (0, 0, 0, 4)))
            tail = printable(result.output.splitlines()[-1]) if result.output else ""
            if tail:
                console.print(Padding(Text(tail, "dim"), (0, 0, 0, 4)), no_wrap=True)
    counts = [f"{count} {_WORDS[verdict][0].lower()}" for verdict, count in _counted(results)]
    console.print("\n" + ", ".join(counts))
    if useless(results):
        console.print("The client refused every good server: check the command, then its trust.")


def _counted(results: Sequence[Result]) -> Iterator[tuple[Verdict, int]]:
    for verdict, count in summary(results).items():
        if count:
            yield Verdict(verdict), count
