"""Rust: a rustls `ServerCertVerifier` around webpki's, which compares the leaf's key.

https://docs.rs/rustls/latest/rustls/client/danger/trait.ServerCertVerifier.html. The verifier is
given what the server sent, and webpki does not say which path it found; so an intermediate that was
sent proves nothing, and only the leaf is compared, whose key signs the handshake.
"""

from keypin.formats.form import Form, Reading
from keypin.formats.table import LEAF_TABLE, Idiom, read_table, table_heading, write_table
from keypin.pins import PinPosition, PinSet

_BEFORE = """\
use std::sync::Arc;

use base64::{engine::general_purpose::STANDARD, Engine as _};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use sha2::{Digest, Sha256};

/// Pins by host pattern: a name alone, "*." for one label more, "**." for it and its subdomains.
/// The most specific pattern decides; one without pins is exempt.
const PINS: &[(&str, &[&str])] = &[
"""
_ROW = """\
("{host}", &[
    {pins}
]),"""
_AFTER = """\
];

/// Give it to `ClientConfig::dangerous().set_certificate_verifier`; webpki's verification holds.
#[derive(Debug)]
pub struct PinnedVerifier {
    inner: Arc<WebPkiServerVerifier>,
}

impl PinnedVerifier {
    pub fn new(inner: Arc<WebPkiServerVerifier>) -> Arc<Self> {
        Arc::new(Self { inner })
    }
}

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.inner.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )?;
        let accepted = pins_for(&server_name.to_str());
        if accepted.is_empty() || accepted.contains(&pin(end_entity)?.as_str()) {
            return Ok(verified);
        }
        Err(Error::InvalidCertificate(
            CertificateError::ApplicationVerificationFailure,
        ))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

fn pin(end_entity: &CertificateDer<'_>) -> Result<String, Error> {
    let certificate = ParsedCertificate::try_from(end_entity)?;
    let key = certificate.subject_public_key_info();
    Ok(format!("sha256/{}", STANDARD.encode(Sha256::digest(&key))))
}

fn find(pattern: &str) -> Option<&'static [&'static str]> {
    PINS.iter()
        .find(|(known, _)| *known == pattern)
        .map(|(_, pins)| *pins)
}

fn pins_for(hostname: &str) -> &'static [&'static str] {
    let lower = hostname.to_ascii_lowercase();
    let host = lower.strip_suffix('.').unwrap_or(&lower);
    if let Some(exact) = find(host) {
        return exact;
    }
    let mut name = host;
    let mut above = 0;
    while !name.is_empty() {
        if above == 1 {
            if let Some(one_label) = find(&format!("*.{name}")) {
                return one_label;
            }
        }
        if let Some(below) = find(&format!("**.{name}")) {
            return below;
        }
        name = name.split_once('.').map_or("", |(_, rest)| rest);
        above += 1;
    }
    &[]
}
"""

_IDIOM = Idiom("Rust with hosts and sha256/ pins", PinPosition.LEAF)


def _read(text: str, *, name: str | None, host: str | None) -> Reading:
    return read_table(text, _IDIOM, name=name, host=host)


def _write(pin_set: PinSet) -> str:
    rows = write_table(pin_set, _ROW)
    return f"{table_heading(pin_set)}\n\n{_BEFORE}{rows}\n{_AFTER}"


def _is_rust(text: str, name: str) -> bool:
    return name.endswith(".rs") or "ServerCertVerifier" in text


FORM = Form(
    id="rustls",
    title="rustls's ServerCertVerifier in Rust",
    file="pins.rs",
    language="rust",
    can=LEAF_TABLE,
    read=_read,
    write=_write,
    detect=_is_rust,
    page="how-to/platforms/rust.md",
)
FORMS = (FORM,)
