"""`keypin verify`: the lab's servers against their own pin sets, by every outcome."""

import json

import pytest

from keypin.lab import SCENARIOS, Expect

TLS = [
    scenario
    for scenario in SCENARIOS.values()
    if scenario.name not in ("client-certificate", "slow-handshake", "missing-intermediate")
]
CODES = {Expect.ACCEPT: {0}, Expect.EITHER: {0, 1}, Expect.REFUSE: {1, 3}}


@pytest.mark.parametrize("name", [scenario.name for scenario in TLS])
def test_every_scenario(keypin, lab, reach, name: str) -> None:
    """Keypin accepts what a correct client accepts, and nothing else."""
    patience = ("--timeout", "1") if name == "silent" else ()
    ran = keypin("verify", "--pins", lab[name].pins_toml, *reach(name), *patience)
    assert ran.code in CODES[SCENARIOS[name].expect], ran.out + ran.err


def test_match_names_pin_and_certificate(keypin, lab, reach) -> None:
    """A match says which pin matched which certificate."""
    server = lab["root-pinned"]
    ran = keypin("verify", "--pins", server.pins_toml, *reach("root-pinned"))
    assert f"active pin {server.pins[0]} matched the root keypin lab root" in ran.out


def test_mismatch_tells_the_whole_story(keypin, lab, reach) -> None:
    """A mismatch shows the chain, what is accepted in the file's own syntax, and a next step."""
    server = lab["man-in-the-middle"]
    ran = keypin("verify", "--pins", server.pins_toml, *reach("man-in-the-middle"))
    assert ran.code == 1
    assert "no pin matches the verified chain" in ran.out
    assert f'"{server.pins[0]}",  # active' in ran.out
    assert "keypin lab other root" in ran.out
    assert "next step:" in ran.out


def test_not_pinned_is_its_own_outcome(keypin, lab, reach, tmp_path) -> None:
    """A host that no policy covers is neither a match nor a mismatch, and never silence."""
    pins = tmp_path / "pins.toml"
    text = lab["good-ecdsa"].pins_toml.read_text()
    pins.write_text(text.replace('host = "localhost"', 'host = "api.example.com"'))
    ran = keypin("verify", "--pins", pins, *reach("good-ecdsa"), "--json")
    assert ran.code == 1
    assert json.loads(ran.out)["results"][0]["outcome"] == "not-pinned"


def test_hosts_of_the_policies(keypin, lab, tmp_path) -> None:
    """Without HOST the policies' own hosts are read; `*.` names none, and that is said."""
    pins = tmp_path / "pins.toml"
    pin = lab["good-ecdsa"].pins[0]
    pins.write_text(
        f'version = 1\n[[policy]]\nhost = "*.example.com"\npins = ["{pin}"]\nno_backup = "test"\n'
    )
    ran = keypin("verify", "--pins", pins)
    assert ran.code == 3
    assert "*.example.com  not read: it names no host of its own" in ran.out
