"""Swift: what a URLSession delegate and Alamofire share, the pins and how keys are hashed.

https://developer.apple.com/documentation/security/seckeycopyexternalrepresentation(_:_:) gives a
key without its algorithm, so that the header of the SubjectPublicKeyInfo is put before it again: of
the kinds of key that servers use. A key of another kind matches no pin.
"""

PINS = """\
import CryptoKit
import Foundation
import Security

/// Pins by host pattern: a name alone, "*." for one label more, "**." for it and its subdomains.
/// The most specific pattern decides; one without pins is exempt.
let pinsByHost: [String: [String]] = [
"""

ROW = """\
"{host}": [
    {pins}
],"""

LOOKUP = """\
]

func pins(for hostname: String) -> [String] {
    var host = hostname.lowercased()
    if host.hasSuffix(".") { host.removeLast() }
    if let exact = pinsByHost[host] { return exact }
    var name = host
    var above = 0
    while !name.isEmpty {
        if above == 1, let oneLabel = pinsByHost["*." + name] { return oneLabel }
        if let below = pinsByHost["**." + name] { return below }
        guard let dot = name.firstIndex(of: ".") else { return [] }
        name = String(name[name.index(after: dot)...])
        above += 1
    }
    return []
}

/// Whether a trust evaluates for a host, and its chain has a pinned key where the host is pinned.
func isPinned(_ trust: SecTrust, host: String) -> Bool {
    SecTrustSetPolicies(trust, SecPolicyCreateSSL(true, host as CFString))
    guard SecTrustEvaluateWithError(trust, nil),
          let chain = SecTrustCopyCertificateChain(trust) as? [SecCertificate]
    else { return false }
    let accepted = pins(for: host)
    return accepted.isEmpty || chain.contains { certificate in
        spkiPin(certificate).map(accepted.contains) ?? false
    }
}

func spkiPin(_ certificate: SecCertificate) -> String? {
    guard let key = SecCertificateCopyKey(certificate),
          let attributes = SecKeyCopyAttributes(key) as? [CFString: Any],
          let type = attributes[kSecAttrKeyType] as? String,
          let bits = attributes[kSecAttrKeySizeInBits] as? Int,
          let header = spkiHeaders["\\(type)/\\(bits)"],
          let raw = SecKeyCopyExternalRepresentation(key, nil) as Data?
    else { return nil }
    return "sha256/" + Data(SHA256.hash(data: Data(header) + raw)).base64EncodedString()
}

/// What stands before a key in its SubjectPublicKeyInfo (RFC 3279, RFC 5480).
let spkiHeaders: [String: [UInt8]] = [
    "\\(kSecAttrKeyTypeRSA)/2048": [
        0x30, 0x82, 0x01, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
        0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x0f, 0x00,
    ],
    "\\(kSecAttrKeyTypeRSA)/3072": [
        0x30, 0x82, 0x01, 0xa2, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
        0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x01, 0x8f, 0x00,
    ],
    "\\(kSecAttrKeyTypeRSA)/4096": [
        0x30, 0x82, 0x02, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
        0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00, 0x03, 0x82, 0x02, 0x0f, 0x00,
    ],
    "\\(kSecAttrKeyTypeECSECPrimeRandom)/256": [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
        0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03,
        0x42, 0x00,
    ],
    "\\(kSecAttrKeyTypeECSECPrimeRandom)/384": [
        0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
        0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
    ],
]
"""
