"""Go obeys what the form `go` writes."""

import os
import subprocess

import pytest

from keypin.formats import form
from keypin.lab import Expect
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin
from keypin.pins.toml import loads

pytestmark = pytest.mark.once

_CLIENT = """\
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"os"
	"sync"
	"time"

	"client/pins"
)

func main() {
	pem, _ := os.ReadFile(os.Args[1])
	config := pins.Config()
	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AppendCertsFromPEM(pem)
	config.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	said := make([]string, len(os.Args))
	var all sync.WaitGroup
	for index, address := range os.Args[3:] {
		all.Add(1)
		go func(index int, address string) {
			defer all.Done()
			said[index] = ask(config, address)
		}(index, address)
		if os.Args[2] == "in turn" {
			all.Wait()
		}
	}
	all.Wait()
	for _, one := range said[:len(os.Args)-3] {
		fmt.Println(one)
	}
}

func ask(config *tls.Config, address string) string {
	target, _ := url.Parse(address)
	config = config.Clone()
	config.ServerName = target.Hostname()
	dialer := &net.Dialer{Timeout: 5 * time.Second}
	connection, err := tls.DialWithDialer(dialer, "tcp", "127.0.0.1:"+target.Port(), config)
	if err != nil {
		return "refused " + err.Error()
	}
	defer connection.Close()
	resumed := connection.ConnectionState().DidResume
	fmt.Fprint(connection, "GET / HTTP/1.0\\r\\n\\r\\n")
	connection.Read(make([]byte, 100))
	return fmt.Sprint("ok ", resumed)
}
"""


@pytest.fixture(scope="module")
def ask(lab, program, tmp_path_factory):
    """Return a function that has Go ask URLs with a pin set, and gives what came of each."""
    folder = tmp_path_factory.mktemp("go")
    (folder / "pins").mkdir()
    (folder / "go.mod").write_text("module client\n\ngo 1.19\n")
    (folder / "main.go").write_text(_CLIENT)
    environment = {
        **os.environ, "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local",
    }  # fmt: skip
    built: dict[str, str] = {}

    def run(pin_set: PinSet, *urls: str, how: str = "in turn") -> list[str]:
        text = form("go").dumps(pin_set)
        if text not in built:
            (folder / "pins" / "pins.go").write_text(text)
            built[text] = str(folder / f"client{len(built)}")
            command = [program("go"), "build", "-o", built[text], "."]
            subprocess.run(command, cwd=folder, env=environment, check=True, timeout=200)
        command = [built[text], str(lab.ca_file), how, *urls]
        ran = subprocess.run(command, capture_output=True, check=True, timeout=60, text=True)
        return ran.stdout.splitlines()

    return run


@pytest.mark.slow
def test_every_server_of_the_laboratory(by_pins, ask) -> None:
    """Go accepts and refuses with the written file as each scenario demands."""
    for together in by_pins:
        pin_set = loads(together[0].pins_toml.read_text()).pin_set
        said = ask(pin_set, *(running.url for running in together), how="at once")
        for running, one in zip(together, said, strict=True):
            accepted = running.scenario.expect is Expect.ACCEPT
            assert one.startswith("ok") is accepted, (running.scenario.name, one)


def _pins(lab, host: str, name: str) -> PinSet:
    entry = PolicyPin(Pin.parse(lab.cast.pin(name)))
    return PinSet([Policy(host=HostPattern.parse(host), pins=(entry,), no_backup="a test")])


@pytest.mark.slow
def test_resumed_sessions_are_checked(lab, ask) -> None:
    """A resumed session has its verified chains, and the pins are looked for in them again."""
    url = lab["tls12-only"].url
    assert ask(_pins(lab, "localhost", "root"), url, url) == ["ok false", "ok true"]
    assert all("no pin" in said for said in ask(_pins(lab, "localhost", "new-root"), url, url))


@pytest.mark.slow
def test_host_patterns(ask, patterns) -> None:
    """The most specific pattern decides, as it does in a pin set."""
    pin_set, taken = patterns
    said = ask(pin_set, *taken)
    assert [one.startswith("ok") for one in said] == list(taken.values()), said
