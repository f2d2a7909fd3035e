"""The real Java obeys what the form `java` writes."""

import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from keypin.formats import form
from keypin.lab import Expect
from keypin.pins import HostPattern, Pin, PinSet, Policy, PolicyPin
from keypin.pins.toml import loads

pytestmark = pytest.mark.once

# A machine that lives for a second need not learn to be quick.
SHORT = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")

_CLIENT = """\
import java.io.FileInputStream;
import java.net.URL;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;

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
        SSLContext context = PinningTrustManager.context(trusted);
        HttpClient client = HttpClient.newBuilder().sslContext(context).build();
        ExecutorService threads =
            Executors.newFixedThreadPool(arguments[1].equals("in turn") ? 1 : 100);
        List<Future<String>> said = new ArrayList<>();
        for (String url : Arrays.asList(arguments).subList(2, arguments.length)) {
            said.add(threads.submit(() -> url(context, url)));
            said.add(threads.submit(() -> client(client, url)));
        }
        for (Future<String> one : said) {
            System.out.println(one.get());
        }
        System.exit(0);
    }

    private static String url(SSLContext context, String url) {
        try {
            HttpsURLConnection connection = (HttpsURLConnection) new URL(url).openConnection();
            connection.setSSLSocketFactory(context.getSocketFactory());
            connection.setConnectTimeout(5000);
            connection.setReadTimeout(5000);
            String said = "ok " + connection.getResponseCode();
            connection.getInputStream().readAllBytes();
            connection.disconnect();
            return said;
        } catch (Exception error) {
            return "refused " + error;
        }
    }

    private static String client(HttpClient client, String url) {
        try {
            HttpRequest request =
                HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(5)).build();
            return "ok " + client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
        } catch (Exception error) {
            return "refused " + error;
        }
    }
}
"""


@pytest.fixture(scope="module")
def ask(lab, program, tmp_path_factory):
    """Return a function that has Java ask URLs with a pin set: a socket and an engine for each."""
    built: dict[str, str] = {}

    def run(pin_set: PinSet, *urls: str, how: str = "in turn") -> list[str]:
        text = form("java").dumps(pin_set)
        if text not in built:
            folder = tmp_path_factory.mktemp("java")
            (folder / "PinningTrustManager.java").write_text(text)
            (folder / "Client.java").write_text(_CLIENT)
            command = [
                program("javac"),
                *(f"-J{one}" for one in SHORT),
                "-Xlint:all",
                "-Werror",
                "PinningTrustManager.java",
            ]
            subprocess.run([*command, "Client.java"], cwd=folder, check=True, timeout=100)
            built[text] = str(folder)
        hosts = Path(built[text], "hosts")
        names = [str(urlsplit(url).hostname) for url in urls]
        hosts.write_text("".join(f"127.0.0.1 {name}\n" for name in names))
        command = [
            program("java"),
            *SHORT,
            f"-Djdk.net.hosts.file={hosts}",
            "-cp",
            built[text],
            "Client",
        ]
        command += [str(lab.ca_file), how, *urls]
        ran = subprocess.run(command, capture_output=True, check=True, timeout=300, text=True)
        return ran.stdout.splitlines()

    return run


@pytest.mark.slow
def test_every_server_of_the_laboratory(by_pins, ask) -> None:
    """Java accepts and refuses with the written class as each scenario demands."""
    for together in by_pins:
        pin_set = loads(together[0].pins_toml.read_text()).pin_set
        said = ask(pin_set, *(running.url for running in together), how="at once")
        for running, by_socket, by_engine in zip(together, said[::2], said[1::2], strict=True):
            accepted = running.scenario.expect is Expect.ACCEPT
            assert by_socket.startswith("ok") is accepted, (running.scenario.name, by_socket)
            assert by_engine.startswith("ok") is accepted, (running.scenario.name, by_engine)


def _pins(lab, host: str, name: str) -> PinSet:
    entry = PolicyPin(Pin.parse(lab.cast.pin(name)))
    return PinSet([Policy(host=HostPattern.parse(host), pins=(entry,), no_backup="a test")])


@pytest.mark.slow
def test_a_refused_session_is_not_resumed(lab, ask) -> None:
    """A server that was refused is refused again, and one that was accepted is accepted again."""
    url = lab["tls12-only"].url
    assert ask(_pins(lab, "localhost", "root"), url, url) == ["ok 200"] * 4
    said = ask(_pins(lab, "localhost", "new-root"), url, url)
    assert all("no pin matches the chain" in one for one in said), said


@pytest.mark.slow
def test_host_patterns(ask, patterns) -> None:
    """The most specific pattern decides, as it does in a pin set."""
    pin_set, taken = patterns
    said = ask(pin_set, *taken)
    for by_client in (said[::2], said[1::2]):
        assert [one.startswith("ok") for one in by_client] == list(taken.values()), by_client
