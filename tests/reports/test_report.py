"""A report holds bytes; certificates are parsed when they are asked for."""

from dataclasses import replace

from keypin.reports.report import readable


def test_certificates_in_order_and_once(world) -> None:
    """What was sent first, then what was validated beyond it; what cannot be read is left out."""
    report = world.report()
    assert [found.der for found in report.certificates] == list(world.shown)
    broken = replace(report, served=(world.shown[0], b"noise"), validated=(world.shown[2],))
    assert [found.der for found in broken.certificates] == [world.shown[0], world.shown[2]]


def test_nothing_stands_in_for_the_server(world) -> None:
    """Where its own certificate cannot be read, the next one is not it."""
    report = world.report()
    assert replace(report, served=(b"noise", world.shown[0])).certificates == ()
    assert replace(report, served=(), validated=()).certificates == ()


def test_readable(world) -> None:
    """Bytes that are no certificate are nothing."""
    assert readable(b"") is None
    assert readable(world.shown[0]).der == world.shown[0]
