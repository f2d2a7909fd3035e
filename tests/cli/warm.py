"""The command line in processes that need not start: run as a script, with the path of a socket.

It imports all that a verb may import, and forks for each command that it is sent, which takes a
tenth of the time that Python takes to start and to import. A command has all that a process has:
arguments, environment, folder, standard streams, and an exit code by Python's own end. What only a
cold start shows, as an import that is missing, is what the examples of the documentation show.

A command is sent as three file descriptors and a line of JSON; the exit code comes back as a line.
"""

import atexit
import gc
import json
import os
import pkgutil
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import NoReturn

import keypin
from keypin.cli import main

# The service's rooms take long to import, and few verbs ask for them.
COLD = {"__main__", "watch", "web"}


def warm() -> None:
    """Import every other module of keypin, and set what is there aside for the children."""
    for room in pkgutil.iter_modules(keypin.__path__):
        if room.name not in COLD:
            package = import_module(f"keypin.{room.name}")
            for module in pkgutil.walk_packages(
                getattr(package, "__path__", ()), f"{package.__name__}."
            ):
                import_module(module.name)
    import_module("rich.table")
    gc.collect()
    gc.freeze()


def serve(path: str) -> None:
    """Run what is sent, each in a process of its own, until the one that sends has gone."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        listening.settimeout(1)
        parent = os.getppid()
        while os.getppid() == parent:
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            with suppress(TimeoutError):
                connection, _ = listening.accept()
                if os.fork() == 0:
                    listening.close()
                    attend(connection)
                connection.close()


def attend(connection: socket.socket) -> NoReturn:
    """Run one command, and answer how it ended."""
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("r", encoding="utf-8") as lines:
        asked = json.loads(lines.readline())
    child = os.fork()
    if child == 0:
        connection.close()
        become(streams, asked)
        end(main)
    _, status = os.waitpid(child, 0)
    connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)


def end(command: Callable[[], None]) -> NoReturn:
    """Run a command, and end as Python does, but for taking apart what all processes share."""
    code = 1
    try:
        command()
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else bool(left.code)
    except BaseException:  # noqa: BLE001 - Python prints whatever it is
        sys.excepthook(*sys.exc_info())
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code)


def become(streams: list[int], asked: dict) -> None:
    """Take on the streams, arguments, environment and folder of a command."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.argv[1:] = asked["arguments"]
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])


if __name__ == "__main__":
    warm()
    serve(sys.argv[1])
