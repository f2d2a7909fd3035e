"""Java: an `X509ExtendedTrustManager` that looks for the pins in the paths that PKIX builds.

https://docs.oracle.com/en/java/javase/17/security/java-secure-socket-extension-jsse-reference-guide.html.
The platform's own manager decides first, and does not tell the path that it found. So the paths are
built again (RFC 5280, `CertPathBuilder`) from the presented certificates to the platform's trust
anchors: first to any of them, then, as a certificate may have several paths, to each alone. What
the server presents beside a path is no part of it. A resumed session was checked when it was made,
by the same context.
"""

from keypin.formats.form import Form, Reading
from keypin.formats.table import TABLE, Idiom, read_table, table_heading, write_table
from keypin.pins import PinSet

_BEFORE = """\
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/** Refuses servers in whose validated chain no pinned key stands, after the platform's checks. */
public final class PinningTrustManager extends X509ExtendedTrustManager {
    // Pins by host pattern: a name alone, "*." for one label more, "**." for it and its subdomains.
    // The most specific pattern decides; one without pins is exempt.
    private static final Map<String, List<String>> PINS = new HashMap<>();

    static {
"""
_ROW = """\
PINS.put("{host}", Arrays.asList(
    {pins}
));"""
_AFTER = """\
    }

    private final X509ExtendedTrustManager platform;

    /** Wraps the manager of a trust store; null is the platform's own. */
    public PinningTrustManager(KeyStore trusted) throws GeneralSecurityException {
        String algorithm = TrustManagerFactory.getDefaultAlgorithm();
        TrustManagerFactory factory = TrustManagerFactory.getInstance(algorithm);
        factory.init(trusted);
        X509ExtendedTrustManager found = null;
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager) {
                found = (X509ExtendedTrustManager) manager;
            }
        }
        if (found == null) {
            throw new GeneralSecurityException("the platform has no X509ExtendedTrustManager");
        }
        platform = found;
    }

    /** Returns a context whose clients are pinned; null is the platform's own trust store. */
    public static SSLContext context(KeyStore trusted) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new PinningTrustManager(trusted)}, null);
        return context;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        platform.checkServerTrusted(chain, authType, socket);
        boolean secure = socket instanceof SSLSocket;
        check(chain, secure ? ((SSLSocket) socket).getHandshakeSession() : null);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        platform.checkServerTrusted(chain, authType, engine);
        check(chain, engine == null ? null : engine.getHandshakeSession());
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        throw new CertificateException("the host is not known, so that no pin can be checked");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        platform.checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        platform.checkClientTrusted(chain, authType, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType)
            throws CertificateException {
        platform.checkClientTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return platform.getAcceptedIssuers();
    }

    private void check(X509Certificate[] chain, SSLSession session) throws CertificateException {
        if (session == null || session.getPeerHost() == null) {
            throw new CertificateException("the host is not known, so that no pin can be checked");
        }
        List<String> accepted = pinsFor(session.getPeerHost());
        if (accepted.isEmpty()) {
            return;
        }
        Set<TrustAnchor> anchors = new HashSet<>();
        for (X509Certificate issuer : getAcceptedIssuers()) {
            anchors.add(new TrustAnchor(issuer, null));
        }
        if (matches(chain, anchors, accepted)) {
            return;
        }
        for (TrustAnchor anchor : anchors) {
            if (matches(chain, new HashSet<>(Arrays.asList(anchor)), accepted)) {
                return;
            }
        }
        throw new CertificateException(session.getPeerHost() + ": no pin matches the chain");
    }

    private static boolean matches(
            X509Certificate[] chain, Set<TrustAnchor> anchors, List<String> accepted)
            throws CertificateException {
        try {
            X509CertSelector leaf = new X509CertSelector();
            leaf.setCertificate(chain[0]);
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, leaf);
            parameters.setRevocationEnabled(false);
            parameters.addCertStore(CertStore.getInstance(
                "Collection", new CollectionCertStoreParameters(Arrays.asList(chain))));
            PKIXCertPathBuilderResult path = (PKIXCertPathBuilderResult)
                CertPathBuilder.getInstance("PKIX").build(parameters);
            for (Certificate certificate : path.getCertPath().getCertificates()) {
                if (accepted.contains(pinOf(certificate))) {
                    return true;
                }
            }
            return accepted.contains(pinOf(path.getTrustAnchor().getTrustedCert()));
        } catch (CertPathBuilderException noPath) {
            return false;
        } catch (GeneralSecurityException error) {
            throw new CertificateException(error);
        }
    }

    private static String pinOf(Certificate certificate) throws GeneralSecurityException {
        byte[] key = certificate.getPublicKey().getEncoded();
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(key);
        return "sha256/" + Base64.getEncoder().encodeToString(digest);
    }

    private static List<String> pinsFor(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        if (name.endsWith(".")) {
            name = name.substring(0, name.length() - 1);
        }
        List<String> found = PINS.get(name);
        for (int above = 0; found == null && !name.isEmpty(); above++) {
            if (above == 1) {
                found = PINS.get("*." + name);
            }
            if (found == null) {
                found = PINS.get("**." + name);
            }
            int dot = name.indexOf('.');
            name = dot < 0 ? "" : name.substring(dot + 1);
        }
        return found == null ? Arrays.asList() : found;
    }
}
"""


_IDIOM = Idiom("Java with hosts and sha256/ pins")


def _read(text: str, *, name: str | None, host: str | None) -> Reading:
    return read_table(text, _IDIOM, name=name, host=host)


def _write(pin_set: PinSet) -> str:
    rows = write_table(pin_set, _ROW, indent=" " * 8, pin='"{pin}"', between=",")
    return f"{table_heading(pin_set)}\n{_BEFORE}{rows}\n{_AFTER}"


def _is_java(text: str, name: str) -> bool:
    return name.endswith((".java", ".kt")) and "TrustManager" in text


FORM = Form(
    id="java",
    title="Java's X509ExtendedTrustManager",
    file="PinningTrustManager.java",
    language="java",
    can=TABLE,
    read=_read,
    write=_write,
    detect=_is_java,
    page="how-to/platforms/java.md",
)
FORMS = (FORM,)
