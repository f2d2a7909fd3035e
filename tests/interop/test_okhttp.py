"""The real OkHttp (3.13, of before `**.`) obeys what the form `okhttp-java` writes."""

import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from keypin.formats import form
from keypin.lab import Expect
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin
from keypin.pins.toml import loads

_JARS = ("okhttp.jar", "okio.jar")
pytestmark = pytest.mark.once

# A machine that lives for a second need not learn to be quick.
SHORT = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")

_CLIENT = """\
import java.io.FileInputStream;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;

public final class Client {
    public static void main(String[] arguments) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (FileInputStream file = new FileInputStream(arguments[0])) {
            CertificateFactory reader = CertificateFactory.getInstance("X.509");
            for (Certificate ca : reader.generateCertificates(file)) {
                trusted.setCertificateEntry("" + trusted.size(), ca);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(trusted);
        X509TrustManager manager = (X509TrustManager) factory.getTrustManagers()[0];
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        OkHttpClient client = new OkHttpClient.Builder()
            .sslSocketFactory(context.getSocketFactory(), manager)
            .certificatePinner(Pins.CERTIFICATE_PINNER)
            .callTimeout(5, TimeUnit.SECONDS)
            .build();
        ExecutorService threads = Executors.newFixedThreadPool(100);
        List<Future<String>> said = new ArrayList<>();
        for (String url : Arrays.asList(arguments).subList(1, arguments.length)) {
            said.add(threads.submit(() -> ask(client, url)));
        }
        for (Future<String> one : said) {
            System.out.println(one.get().split("\\n")[0]);
        }
        System.exit(0);
    }

    private static String ask(OkHttpClient client, String url) {
        try (Response answer = client.newCall(new Request.Builder().url(url).build()).execute()) {
            return "ok " + answer.code();
        } catch (Exception error) {
            return "refused " + error;
        }
    }
}
"""


@pytest.fixture(scope="module")
def ask(lab, program, tmp_path_factory):
    """Return a function that has OkHttp ask URLs with a source text's pins."""
    jars = [Path("/usr/share/java", jar) for jar in _JARS]
    if not all(jar.exists() for jar in jars):
        pytest.skip("OkHttp is not installed")

    def run(text: str, *urls: str) -> list[str]:
        folder = tmp_path_factory.mktemp("okhttp")
        (folder / "Pins.java").write_text(text)
        (folder / "Client.java").write_text(_CLIENT)
        path = ":".join(map(str, (*jars, folder)))
        command = [
            program("javac"),
            *(f"-J{one}" for one in SHORT),
            "-cp",
            path,
            "Pins.java",
            "Client.java",
        ]
        subprocess.run(command, cwd=folder, check=True, timeout=100)
        names = [str(urlsplit(url).hostname) for url in urls]
        (folder / "hosts").write_text("".join(f"127.0.0.1 {name}\n" for name in names))
        command = [
            program("java"),
            *SHORT,
            f"-Djdk.net.hosts.file={folder}/hosts",
            "-cp",
            path,
            "Client",
        ]
        command += [str(lab.ca_file), *urls]
        ran = subprocess.run(command, capture_output=True, check=True, timeout=100, text=True)
        return ran.stdout.splitlines()

    return run


@pytest.mark.slow
def test_every_server_of_the_laboratory(by_pins, ask) -> None:
    """OkHttp accepts and refuses with the written class as each scenario demands."""
    for together in by_pins:
        pin_set = loads(together[0].pins_toml.read_text()).pin_set
        said = ask(form("okhttp-java").dumps(pin_set), *(running.url for running in together))
        for running, one in zip(together, said, strict=True):
            accepted = running.scenario.expect is Expect.ACCEPT
            assert one.startswith("ok") is accepted, (running.scenario.name, one)


_PINNED = {"*.example.com": "new-root", "api.example.com": "active", "*.one.example.com": "backup"}
_HOSTS = ("example.com", "api.example.com", "www.example.com", "a.api.example.com",
          "a.one.example.com", "one.example.com", "example.org")  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("wide", ["new-root", "active"])
def test_patterns_count_together(lab, named_server, ask, wide) -> None:
    """What is read out of a builder decides about every host as OkHttp does with that builder."""
    keys = {**_PINNED, "*.example.com": wide}
    adds = "".join(f'.add("{host}", "{lab.cast.pin(key)}")\n' for host, key in keys.items())
    text = (
        "import okhttp3.CertificatePinner;\nclass Pins {\n"
        "static final CertificatePinner CERTIFICATE_PINNER = new CertificatePinner.Builder()\n"
        f"{adds}.build();\n}}\n"
    )
    port = named_server(*_HOSTS)
    said = ask(text, *(f"https://{host}:{port}/" for host in _HOSTS))
    read = form("okhttp-java").loads(text).pin_set
    active = Pin.parse(lab.cast.pin("active"))
    for host, one in zip(_HOSTS, said, strict=True):
        policy = read.policy_for(host)
        accepted = policy is None or active in [entry.pin for entry in policy.pins]
        assert one.startswith("ok") is accepted, (host, one)


@pytest.mark.slow
def test_one_label_more(lab, named_server, ask) -> None:
    """A written `*.` is one label, and its pin set's other hosts are not pinned."""
    pins = tuple(PolicyPin(Pin.parse(lab.cast.pin(name))) for name in ("new-root", "backup"))
    text = form("okhttp-java").dumps(
        PinSet([Policy(host=HostPattern.parse("*.example.com"), pins=pins)])
    )
    names = ("a.example.com", "example.com", "a.b.example.com")
    port = named_server(*names)
    said = ask(text, *(f"https://{name}:{port}/" for name in names))
    assert "Certificate pinning failure" in said[0]
    assert [one.startswith("ok") for one in said] == [False, True, True], said
