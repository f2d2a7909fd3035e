"""A machine that reads a log dies: another one goes on, and passes nothing over."""

import subprocess
import sys
from pathlib import Path

HOST = "api.example.com"


def test_another_machine_goes_on_where_a_dead_one_ended(
    watching_on, postgresql, watching_again
) -> None:
    """What was issued while nobody read is found; what both have read is told once."""
    watching = watching_on(postgresql)
    watching.endpoint()
    program = Path(__file__).with_name("killed.py")
    url = postgresql.url.render_as_string(hide_password=False)
    with subprocess.Popen([sys.executable, program, url, watching.folder]) as dead:
        watching.until(watching.logs)
        watching.level()
        watching.issue(HOST)
        watching.until(watching.found)
        dead.kill()
    watching.issue(HOST)
    living = watching_again(watching.core("living"))
    watching.until(lambda: len(watching.found()) == 2, living)
    watching.issue(HOST)
    watching.until(lambda: len(watching.found()) == 3, living)
    assert [row["position"] for row in watching.found()] == [1, 2, 3]
