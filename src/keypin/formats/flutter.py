"""Flutter and Dart: an `HttpClient` whose connections are pinned before a request is sent.

https://api.dart.dev/dart-io/HttpClient/connectionFactory.html. `badCertificateCallback` is asked
about certificates that Dart does not trust, and about no other: a pin there is never compared on
the connections that matter. Packages that fetch a fingerprint first and connect later compare
another connection. What is written here looks at the very socket; Dart shows the leaf alone.
"""

from dataclasses import replace

from keypin.errors import Place
from keypin.findings import Severity
from keypin.formats.form import Form, Reading
from keypin.formats.remark import Remark
from keypin.formats.table import LEAF_TABLE, Idiom, read_table, table_heading, write_table
from keypin.pins import PinPosition, PinSet

BAD_CALLBACK = Remark(
    "flutter-bad-certificate-callback",
    Severity.ERROR,
    "It is asked about certificates that are not trusted, and about no other: with a certificate "
    "of any CA it is never called.",
    "Compare the key of the connection itself, as keypin export --to flutter does.",
)
REMARKS = (BAD_CALLBACK,)

_BEFORE = """\
import 'dart:convert';
import 'dart:io';
import 'dart:typed_data';

import 'package:crypto/crypto.dart';

/// Pins by host pattern: a name alone, "*." for one label more, "**." for it and its subdomains.
/// The most specific pattern decides; one without pins is exempt.
const Map<String, List<String>> pins = {
"""
_ROW = """\
"{host}": [
  {pins}
],"""
_AFTER = """\
};

/// A client that refuses servers without a pinned key. Dart's own verification holds in addition.
HttpClient pinnedHttpClient() {
  final client = HttpClient();
  client.findProxy = (_) => 'DIRECT';
  client.connectionFactory = (Uri url, String? proxyHost, int? proxyPort) async {
    if (proxyHost != null || !url.isScheme('https')) {
      throw HandshakeException('only direct connections over https are pinned: $url');
    }
    final task = await SecureSocket.startConnect(url.host, url.port);
    final socket = task.socket.then((SecureSocket socket) {
      if (isPinned(url.host, socket.peerCertificate)) return socket;
      socket.destroy();
      throw HandshakeException('${url.host}: no pin matches the key');
    });
    return ConnectionTask.fromSocket(socket, task.cancel);
  };
  return client;
}

bool isPinned(String host, X509Certificate? certificate) {
  final accepted = pinsFor(host);
  if (accepted.isEmpty) return true;
  if (certificate == null) return false;
  final digest = sha256.convert(subjectPublicKeyInfo(certificate.der));
  return accepted.contains('sha256/${base64.encode(digest.bytes)}');
}

List<String> pinsFor(String hostname) {
  final host = hostname.toLowerCase().replaceFirst(RegExp(r'\\.$'), '');
  final exact = pins[host];
  if (exact != null) return exact;
  var name = host;
  for (var above = 0; name.isNotEmpty; above++) {
    final oneLabel = above == 1 ? pins['*.$name'] : null;
    final found = oneLabel ?? pins['**.$name'];
    if (found != null) return found;
    name = name.contains('.') ? name.substring(name.indexOf('.') + 1) : '';
  }
  return const [];
}

/// The bytes of the SubjectPublicKeyInfo as they stand in a certificate (RFC 5280, 4.1).
Uint8List subjectPublicKeyInfo(Uint8List der) {
  final certificate = _Element(der, 0);
  var at = _Element(der, certificate.begin).begin; // into the TBSCertificate
  if (der[at] == 0xa0) at = _Element(der, at).end; // its version
  for (var field = 0; field < 5; field++) {
    at = _Element(der, at).end; // serial, signature, issuer, validity, subject
  }
  return Uint8List.sublistView(der, at, _Element(der, at).end);
}

class _Element {
  _Element(Uint8List der, int at) {
    var length = der[at + 1];
    begin = at + 2;
    if (length >= 0x80) {
      final octets = length & 0x7f;
      length = 0;
      for (var octet = 0; octet < octets; octet++) {
        length = length << 8 | der[begin++];
      }
    }
    end = begin + length;
  }

  late final int begin;
  late final int end;
}
"""

_IDIOM = Idiom("Dart with hosts and pins", PinPosition.LEAF, urls=True)


def _read(text: str, *, name: str | None, host: str | None) -> Reading:
    reading = read_table(text, _IDIOM, name=name, host=host)
    if "badCertificateCallback" not in text:
        return reading
    line = text.count("\n", 0, text.index("badCertificateCallback")) + 1
    place = Place(name, line)
    finding = BAD_CALLBACK.at("badCertificateCallback", "pins are compared there", place)
    return replace(reading, findings=(*reading.findings, finding))


def _write(pin_set: PinSet) -> str:
    rows = write_table(pin_set, _ROW, indent="  ")
    return f"{table_heading(pin_set)}\n\n{_BEFORE}{rows}\n{_AFTER}"


def _is_dart(text: str, name: str) -> bool:
    return name.endswith(".dart") or "import 'dart:io'" in text


FORM = Form(
    id="flutter",
    title="Flutter's and Dart's HttpClient",
    file="pinned_http_client.dart",
    language="dart",
    can=LEAF_TABLE,
    read=_read,
    write=_write,
    detect=_is_dart,
    page="how-to/platforms/flutter.md",
)
FORMS = (FORM,)
