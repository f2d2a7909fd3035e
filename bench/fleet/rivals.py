"""The probers that keypin is measured against, each counted by its own CPU seconds.

blackbox exporter is a service: its CPU is read from /proc while /probe requests are made. sslyze
is run as a command, and its CPU is that of the finished child. Neither is installed here.
"""

import http.client
import os
import resource
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """One prober's run.

    Attributes:
        endpoints: handshakes that succeeded.
        cpu: CPU seconds of the prober alone.
        wall: seconds that passed.
    """

    endpoints: int
    cpu: float
    wall: float

    @property
    def rate(self) -> float:
        """Endpoints a CPU second."""
        return self.endpoints / self.cpu


def cpu_of(pid: int) -> float:
    """Return the CPU seconds of a running process (proc(5), utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def blackbox(folder: Path, port: int, count: int) -> Run | None:
    """Measure prometheus-blackbox-exporter's tcp prober with TLS, or return None without it."""
    command = shutil.which("prometheus-blackbox-exporter") or shutil.which("blackbox_exporter")
    if command is None:
        return None
    config = folder / "blackbox.yml"
    config.write_text(
        "modules:\n  tls:\n    prober: tcp\n    timeout: 5s\n    tcp:\n      tls: true\n"
        f"      tls_config:\n        ca_file: {folder / 'ca.pem'}\n"
        "        server_name: bench.example\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        own = free.getsockname()[1]
    service = subprocess.Popen(
        [command, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{own}"],
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(own)
        _ask(own, port, 50)
        before, began = cpu_of(service.pid), time.monotonic()
        done = _ask(own, port, count)
        return Run(done, cpu_of(service.pid) - before, time.monotonic() - began)
    finally:
        service.terminate()
        service.wait()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the blackbox exporter did not start")


def _ask(own: int, port: int, count: int, threads: int = 8) -> int:
    good: list[int] = []

    def work() -> None:
        client = http.client.HTTPConnection("127.0.0.1", own)
        for _ in range(count // threads):
            client.request("GET", f"/probe?module=tls&target=127.0.0.1:{port}")
            good.append(b"probe_success 1" in client.getresponse().read())
        client.close()

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sum(good)


def sslyze(port: int, count: int) -> tuple[Run | None, Run | None]:
    """Measure sslyze's certificate_info: without its start-up, and the whole command.

    None twice where it is not installed.
    """
    command = os.environ.get("KEYPIN_BENCH_SSLYZE") or shutil.which("sslyze")
    if command is None:
        return None, None
    one, many = _sslyze(command, port, 1), _sslyze(command, port, 1 + count)
    return Run(count, many.cpu - one.cpu, many.wall - one.wall), many


def _sslyze(command: str, port: int, count: int) -> Run:
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as targets:
        # sslyze drops doubles: each target gets a loopback address of its own port's server.
        targets.write("".join(f"h{n}.bench.example:{port}{{127.0.0.1}}\n" for n in range(count)))
        targets.flush()
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        subprocess.run(
            [command, "--certinfo", f"--targets_in={targets.name}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(count, cpu, time.monotonic() - began)
