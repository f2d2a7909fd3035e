"""Go: a `tls.Config` whose `VerifyConnection` looks for the pins in the verified chains.

https://pkg.go.dev/crypto/tls#Config: `VerifyConnection` runs on every connection, resumed ones
included, after Go's own verification. `VerifyPeerCertificate` does not run on resumption, which is
why it is not used here. For an IP address it is told no name, so that addresses cannot be pinned.
"""

from dataclasses import replace

from keypin.formats.form import Form, Reading
from keypin.formats.table import TABLE, Idiom, read_table, table_heading, write_table
from keypin.pins import PinSet

_BEFORE = """\
package pins

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"strings"
)

// Pins by host pattern: a name alone, "*." for one label more, "**." for it and its subdomains.
// The most specific pattern decides; one without pins is exempt.
var pins = map[string][]string{
"""
_ROW = """\
"{host}": {{
	{pins}
}},"""
_AFTER = """\
}

// Config returns a client's configuration that refuses chains without a pinned key. Go's own
// verification holds in addition: never set InsecureSkipVerify beside it.
func Config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, VerifyConnection: verify}
}

func verify(state tls.ConnectionState) error {
	accepted, pinned := pinsFor(state.ServerName)
	if !pinned {
		return nil
	}
	for _, chain := range state.VerifiedChains {
		for _, certificate := range chain {
			digest := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
			if accepted["sha256/"+base64.StdEncoding.EncodeToString(digest[:])] {
				return nil
			}
		}
	}
	return fmt.Errorf("%s: no pin matches the verified chain", state.ServerName)
}

func pinsFor(host string) (map[string]bool, bool) {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	accepted, found := pins[host]
	for name, above := host, 0; !found && name != ""; above++ {
		if above == 1 {
			accepted, found = pins["*."+name]
		}
		if !found {
			accepted, found = pins["**."+name]
		}
		_, name, _ = strings.Cut(name, ".")
	}
	set := make(map[string]bool, len(accepted))
	for _, pin := range accepted {
		set[pin] = true
	}
	return set, len(set) > 0
}
"""


_IDIOM = Idiom("Go source with hosts and sha256/ pins")


def _read(text: str, *, name: str | None, host: str | None) -> Reading:
    return read_table(text, _IDIOM, name=name, host=host)


def _write(pin_set: PinSet) -> str:
    rows = write_table(pin_set, _ROW, indent="\t")
    return f"{table_heading(pin_set)}\n\n{_BEFORE}{rows}\n{_AFTER}"


def _is_go(text: str, name: str) -> bool:
    return name.endswith(".go") or (text.lstrip().startswith(("package ", "//")) and
                                    "crypto/tls" in text)  # fmt: skip


FORM = Form(
    id="go",
    title="Go's tls.Config",
    file="pins.go",
    language="go",
    can=replace(TABLE, addresses=False),
    read=_read,
    write=_write,
    detect=_is_go,
    page="how-to/platforms/go.md",
)
FORMS = (FORM,)
