"""Pins every Python program that `keypin exec` starts, and every one that those start.

Python imports a module of this name at its start, and the folder is first on PYTHONPATH. A Python
that cannot be pinned does not run: it would connect without pins, and nobody would know. The
program's own `sitecustomize`, if it has one, runs after it: what it raises would end this one.
"""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec

# As keypin's command line leaves for input that cannot be used (docs/reference/exit-codes.md).
_CANNOT = 2


def _run_the_programs_own() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    others = [folder for folder in sys.path if os.path.abspath(folder or ".") != here]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


def _install() -> None:
    try:
        from keypin.tls.install import install_from_environment

        install_from_environment(os.environ)
    except BaseException as error:
        sys.stderr.write(
            f"keypin exec: {sys.executable} cannot be pinned, and so does not run: "
            f"{type(error).__name__}: {error}\n"
        )
        sys.stderr.flush()
        os._exit(_CANNOT)


_install()
_run_the_programs_own()
