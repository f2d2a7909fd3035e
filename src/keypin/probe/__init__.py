"""Reading live servers: what each address shows, or why it shows nothing; one host or a fleet.

    probe(endpoint)         -> Observation               every address, both kinds of certificate
    probe_many(endpoints)   -> async stream of them      beside an event loop
    probe_stream(endpoints) -> stream of them            in this thread
    run_fleet(hosts, file)  -> a journal on disk         resumable

Facts only: `keypin.diagnose` judges them. Never sends application data. Must not know the command
line, the laboratory or pins.
"""

from keypin.probe.address import Address, Dial
from keypin.probe.client import ClientCertificate
from keypin.probe.contexts import KeyType, TlsVersion
from keypin.probe.failure import ProbeError
from keypin.probe.fleet import Progress, read_journal, run_fleet
from keypin.probe.limits import Limits
from keypin.probe.many import CONCURRENCY, PER_HOST, probe, probe_many, probe_stream
from keypin.probe.options import FLEET, Options
from keypin.probe.proxy import Proxy
from keypin.probe.targets import check_targets, read_targets

__all__ = [
    "CONCURRENCY",
    "FLEET",
    "PER_HOST",
    "Address",
    "ClientCertificate",
    "Dial",
    "KeyType",
    "Limits",
    "Options",
    "ProbeError",
    "Progress",
    "Proxy",
    "TlsVersion",
    "check_targets",
    "probe",
    "probe_many",
    "probe_stream",
    "read_journal",
    "read_targets",
    "run_fleet",
]
