"""Libraries with a TLS of their own are named, once each."""

import importlib
import logging
import sys

import pytest

from keypin.tls.unseen import watch_imports


@pytest.fixture(autouse=True)
def _libraries(tmp_path, monkeypatch):
    """Put modules of the libraries' names where they are found, and forget those loaded."""
    for name in ("grpc", "pycurl"):
        (tmp_path / f"{name}.py").write_text("")
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.syspath_prepend(tmp_path)


def test_one_that_is_imported_later(caplog) -> None:
    """It is named at its import, and once."""
    with caplog.at_level(logging.WARNING):
        stop = watch_imports()
        try:
            importlib.import_module("pycurl")
            sys.modules.pop("pycurl")
            importlib.import_module("pycurl")
        finally:
            stop()
    assert caplog.text.count("does not see the TLS connections of pycurl: libcurl") == 1


def test_one_that_is_there_already(caplog) -> None:
    """It is named at once."""
    importlib.import_module("grpc")
    with caplog.at_level(logging.WARNING):
        watch_imports()()
    assert "does not see the TLS connections of grpc: gRPC (BoringSSL)" in caplog.text


def test_the_watch_ends(caplog) -> None:
    """After that nothing is said."""
    watch_imports()()
    caplog.clear()
    importlib.import_module("pycurl")
    assert "pycurl" not in caplog.text
