"""The data behind `keypin.pins.ca_facts`: pins of public CA keys, cross-signs, rotation habits.

Rows only. Provenance of the pins: roots are computed from Mozilla's root programme as packaged in
certifi 2026.10.18, or, where Mozilla has dropped them, are those that Mozilla and Chromium
publish in StaticHPKPins.h and transport_security_state_static.pins; intermediates are computed
from the certificates that the CAs publish, or are Mozilla's. The tests recompute every pin for
which a certificate is at hand.
"""

# ruff: noqa: E501 - a row is one line, so that the tables read and diff as tables
# The formatter is off for the same reason:
# fmt: off

# pin, common name, operator, last day of validity
ROOTS: tuple[tuple[str, str, str, str], ...] = (
    # letsencrypt.org/certificates; YE and YR: generation Y, ceremony of 2025-09-03, in use below
    # X2 and X1 and not yet in certifi 2026.10.18.
    ("sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=", "ISRG Root X1", "Let's Encrypt", "2035-06-04"),
    ("sha256/diGVwiVYbubAI3RW4hB9xU8e/CH2GnkuvVFZE8zmgzI=", "ISRG Root X2", "Let's Encrypt", "2040-09-17"),
    ("sha256/sCkq5UWXjg+7mKu9lMhhYF5bGLsy7VI/UNW3tccdR7w=", "Root YE", "Let's Encrypt", "2045-09-02"),
    ("sha256/fk6IOKit1ild5647BH06ujSIq5XbCgqlbYl6ANhhi88=", "Root YR", "Let's Encrypt", "2045-09-02"),
    # The root that carried Let's Encrypt until 2021, and its cross-sign of X1 until 2024-09-30.
    ("sha256/Vjs8r4z+80wjNcr1YKepWQboSIRi63WsWXhIMN+eWys=", "DST Root CA X3", "IdenTrust", "2021-09-30"),
    ("sha256/B+hU8mp8vTiZJ6oEG/7xts0h3RQ4GK2UfcZVqeWH/og=", "IdenTrust Commercial Root CA 1", "IdenTrust", "2034-01-16"),
    # pki.goog/repository. Google holds GlobalSign's R4 key since 2016.
    ("sha256/hxqRlPTu1bMS/0DITB1SSu0vd4u/8l8TjPgfaAp63Gc=", "GTS Root R1", "Google Trust Services", "2036-06-22"),
    ("sha256/Vfd95BwDeSQo+NUYxVEEIlvkOlWY2SalKK1lPhzOx78=", "GTS Root R2", "Google Trust Services", "2036-06-22"),
    ("sha256/QXnt2YHvdHR3tJYmQIr0Paosp6t/nggsEGD4QJZ3Q0g=", "GTS Root R3", "Google Trust Services", "2036-06-22"),
    ("sha256/mEflZT5enoR1FuXLgYYGqnVEoZvmf9c2bVBpiOjYQ0c=", "GTS Root R4", "Google Trust Services", "2036-06-22"),
    ("sha256/CLOmM1/OXvSPjw5UOYbAf9GKOxImEp9hhku9W90fHMk=", "GlobalSign ECC Root CA - R4", "Google Trust Services", "2038-01-19"),
    # amazontrust.com/repository. Amazon bought Starfield's services root in 2015.
    ("sha256/++MBgDH5WGvL9Bcn5Be30cRcL0f5O+NyoXuWtQdX1aI=", "Amazon Root CA 1", "Amazon", "2038-01-17"),
    ("sha256/f0KW/FtqTjs108NpYj42SrGvOB2PpxIVM8nWxjPqJGE=", "Amazon Root CA 2", "Amazon", "2040-05-26"),
    ("sha256/NqvDJlas/GRcYbcWE8S/IceH9cq77kg0jVhZeAPXq8k=", "Amazon Root CA 3", "Amazon", "2040-05-26"),
    ("sha256/9+ze1cZgR9KO1kZrVDxA4HQ6voHRCSVNz4RdTCx4U8U=", "Amazon Root CA 4", "Amazon", "2040-05-26"),
    ("sha256/KwccWaCgrnaw6tsrrSO61FgLacNgG2MMLq8GE6+oP5I=", "Starfield Services Root Certificate Authority - G2", "Amazon", "2037-12-31"),
    ("sha256/FfFKxFycfaIz00eRZOgTf+Ne4POK6FgYPwhBDqgqxLQ=", "Starfield Class 2 CA", "GoDaddy", "2034-06-29"),
    ("sha256/gI1os/q0iEpflxrOfRBVDXqVoWN3Tz7Dav/7IT++THQ=", "Starfield Root Certificate Authority - G2", "GoDaddy", "2037-12-31"),
    ("sha256/Ko8tivDrEjiY90yGasP6ZpBU4jwXvHqVvQI0GS3GNdA=", "Go Daddy Root Certificate Authority - G2", "GoDaddy", "2037-12-31"),
    ("sha256/VjLZe/p3W/PJnd6lL8JVNBCGQBZynFLdZSTIqcO0SJ8=", "Go Daddy Class 2 CA", "GoDaddy", "2034-06-29"),
    # globalsign.com root certificates.
    ("sha256/K87oWBWM9UZfyddvDfoxL+8lpNyoUB2ptGtn0fv6G2Q=", "GlobalSign Root CA", "GlobalSign", "2028-01-28"),
    ("sha256/cGuxAXyFXFkWm61cF4HPWX8S0srS9j0aSqN0k4AP+4A=", "GlobalSign Root CA - R3", "GlobalSign", "2029-03-18"),
    ("sha256/fg6tdrtoGdwvVFEahDVPboswe53YIFjqbABPAdndpd8=", "GlobalSign ECC Root CA - R5", "GlobalSign", "2038-01-19"),
    ("sha256/aCdH+LpiG4fN07wpXtXKvOciocDANj0daLOJKNJ4fx4=", "GlobalSign Root CA - R6", "GlobalSign", "2034-12-10"),
    ("sha256/rn+WLLnmp9v3uDP7GPqbcaiRdd+UnCMrap73yz3yu/w=", "GlobalSign Root R46", "GlobalSign", "2046-03-20"),
    ("sha256/4EoCLOMvTM8sf2BGKHuCijKpCfXnUUR/g/0scfb9gXM=", "GlobalSign Root E46", "GlobalSign", "2046-03-20"),
    # digicert.com/kb/digicert-root-certificates.htm; the first generation left Mozilla in 2026.
    ("sha256/r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E=", "DigiCert Global Root CA", "DigiCert", "2031-11-10"),
    ("sha256/I/Lt/z7ekCWanjD0Cvj5EqXls2lOaThEA0H2Bg4BT/o=", "DigiCert Assured ID Root CA", "DigiCert", "2031-11-10"),
    ("sha256/WoiWRyIOVNa9ihaBciRSC7XHjliYS9VwUGOIud4PB18=", "DigiCert High Assurance EV Root CA", "DigiCert", "2031-11-10"),
    ("sha256/8ca6Zwz8iOTfUpc8rkIPCgid1HQUT+WAbEIAZOFZEik=", "DigiCert Assured ID Root G2", "DigiCert", "2038-01-15"),
    ("sha256/Fe7TOVlLME+M+Ee0dzcdjW/sYfTbKwGvWJ58U7Ncrkw=", "DigiCert Assured ID Root G3", "DigiCert", "2038-01-15"),
    ("sha256/i7WTqTvh0OioIruIfFR4kMPnBqrS2rdiVPl/s2uC/CY=", "DigiCert Global Root G2", "DigiCert", "2038-01-15"),
    ("sha256/uUwZgwDOxcBXrQcntwu+kYFpkiVkOaezL0WYEZ3anJc=", "DigiCert Global Root G3", "DigiCert", "2038-01-15"),
    ("sha256/Wd8xe/qfTwq3ylFNd3IpaqLHZbh2ZNCLluVzmeNkcpw=", "DigiCert Trusted Root G4", "DigiCert", "2038-01-15"),
    ("sha256/oC+voZLIy4HLE0FVT5wFtxzKKokLDRKY1oNkfJYe+98=", "DigiCert TLS ECC P384 Root G5", "DigiCert", "2046-01-14"),
    ("sha256/ape1HIIZ6T5d7GS61YBs3rD4NVvkfnVwELcCRW4Bqv0=", "DigiCert TLS RSA4096 Root G5", "DigiCert", "2046-01-14"),
    ("sha256/Y9mvm0exBk1JoQ57f9Vm28jKo5lFm/woKcVxrYxu80o=", "Baltimore CyberTrust Root", "DigiCert", "2025-05-12"),
    # sectigo.com root certificates; AAA signs the USERTrust and COMODO roots for old clients.
    ("sha256/vRU+17BDT2iGsXvOi76E7TQMcTLXAqj0+jGPdW7L1vM=", "AAA Certificate Services", "Sectigo", "2028-12-31"),
    ("sha256/AG1751Vd2CAmRCxPGieoDomhmJy4ezREjtIZTBgZbV4=", "COMODO Certification Authority", "Sectigo", "2029-12-31"),
    ("sha256/grX4Ta9HpZx6tSHkmCrvpApTQGo67CYDnvprLg5yRME=", "COMODO RSA Certification Authority", "Sectigo", "2038-01-18"),
    ("sha256/58qRu/uxh4gFezqAcERupSkRYBlBAvfcw7mEjGPLnNU=", "COMODO ECC Certification Authority", "Sectigo", "2038-01-18"),
    ("sha256/x4QzPSC810K5/cMjb05Qm4k3Bw5zBn4lTdO/nEW/Td4=", "USERTrust RSA Certification Authority", "Sectigo", "2038-01-18"),
    ("sha256/ICGRfpgmOUXIWcQ/HXPLQTkFPEFPoDyjvH7ohhQpjzs=", "USERTrust ECC Certification Authority", "Sectigo", "2038-01-18"),
    ("sha256/Douxi77vs4G+Ib/BogbTFymEYq0QSFXwSgVCaZcI09Q=", "Sectigo Public Server Authentication Root R46", "Sectigo", "2046-03-21"),
    ("sha256/sLVjNUaFYfW7n6EtgBeEpjOlcnBdNPMrZDRF36iwBdE=", "Sectigo Public Server Authentication Root E46", "Sectigo", "2046-03-21"),
    ("sha256/lCppFqbkrlJ3EcVFAkeip0+44VaoJUymbnOaEUk7tEU=", "AddTrust External CA Root", "Sectigo", "2020-05-30"),
    # ssl.com/repository.
    ("sha256/0cRTd+vc1hjNFlHcLgLCHXUeWqn80bNDH/bs9qMTSPo=", "SSL.com Root Certification Authority RSA", "SSL.com", "2041-02-12"),
    ("sha256/oyD01TTXvpfBro3QSZc1vIlcMjrdLTiL/M9mLCPX+Zo=", "SSL.com Root Certification Authority ECC", "SSL.com", "2041-02-12"),
    ("sha256/K89VOmb1cJAN3TK6bf4ezAbJGC1mLcG2Dh97dnwr3VQ=", "SSL.com TLS RSA Root CA 2022", "SSL.com", "2046-08-19"),
    ("sha256/G/ANXI8TwJTdF+AFBM8IiIUPEv0Gf6H5LA/b9guG4yE=", "SSL.com TLS ECC Root CA 2022", "SSL.com", "2046-08-19"),
    # certainly.com/repository: Fastly's CA.
    ("sha256/P5Pz/PedIl0hPu9qSj9Yhc+E/j16ejwRVTUXaIwOIQA=", "Certainly Root R1", "Certainly", "2046-04-01"),
    ("sha256/HvZGJdqi5dQz10Sa4xogDRAl4AEqj+z6cJMvi1mbdd0=", "Certainly Root E1", "Certainly", "2046-04-01"),
    # microsoft.com/pkiops/docs/repository.htm.
    ("sha256/svcpi1K/LDysTd/nLeTWgqxYlXWVmC8rYjAa9ZfGmcU=", "Microsoft RSA Root Certificate Authority 2017", "Microsoft", "2042-07-18"),
    ("sha256/NfU84SZGEeAzQP434ex9TMmGxWE9ynD9BKpEVF8tryg=", "Microsoft ECC Root Certificate Authority 2017", "Microsoft", "2042-07-18"),
)

# Roots above that certifi 2026.10.18 no longer contains. Older clients still do.
REMOVED: frozenset[str] = frozenset(
    {
        "AAA Certificate Services",
        "AddTrust External CA Root",
        "Baltimore CyberTrust Root",
        "COMODO Certification Authority",
        "DST Root CA X3",
        "DigiCert Assured ID Root CA",
        "DigiCert Global Root CA",
        "DigiCert High Assurance EV Root CA",
        "GTS Root R2",
        "GlobalSign Root CA",
        "Go Daddy Class 2 CA",
        "Starfield Class 2 CA",
    }
)

# pin, common name, operator, last day of validity
INTERMEDIATES: tuple[tuple[str, str, str, str], ...] = (
    # letsencrypt.org/certificates: each row computed from the published certificate.
    ("sha256/YLh1dUR9y6Kja30RrAn7JKnbQG/uEtLMkBgFF2Fuihg=", "Let's Encrypt Authority X3", "Let's Encrypt", "2021-10-06"),
    ("sha256/sRHdihwgkaib1P1gxX8HFszlD+7/gTfNvuAybgLPNis=", "Let's Encrypt Authority X4", "Let's Encrypt", "2021-10-06"),
    ("sha256/jQJTbIh0grw0/1TkHSumWb+Fs0Ggogr621gT3PvPKG0=", "R3", "Let's Encrypt", "2025-09-15"),
    ("sha256/5VReIRNHJBiRxVSgOTTN6bdJZkpZ0m1hX+WPd5kPLQM=", "R4", "Let's Encrypt", "2025-09-15"),
    ("sha256/J2/oqMTsdhFWW/n85tys6b4yDBtb6idZayIEBx7QTxA=", "E1", "Let's Encrypt", "2025-09-15"),
    ("sha256/vZNucrIS7293MQLGt304+UKXMi78JTlrwyeUIuDIknA=", "E2", "Let's Encrypt", "2025-09-15"),
    ("sha256/NYbU7PBwV4y9J67c4guWTki8FJ+uudrXL0a4V4aRcrg=", "E5", "Let's Encrypt", "2027-03-12"),
    ("sha256/0Bbh/jEZSKymTy3kTOhsmlHKBB32EDu1KojrP3YfV9c=", "E6", "Let's Encrypt", "2027-03-12"),
    ("sha256/y7xVm0TVJNahMr2sZydE2jQH8SquXV9yLF9seROHHHU=", "E7", "Let's Encrypt", "2027-03-12"),
    ("sha256/iFvwVyJSxnQdyaUvUERIf+8qk7gRze3612JMwoO3zdU=", "E8", "Let's Encrypt", "2027-03-12"),
    ("sha256/8UQKm3bh5B5TpMtGEym/Yze0GXJr5RPkLhnxxpHF1LI=", "E9", "Let's Encrypt", "2027-03-12"),
    ("sha256/K7rZOrXHknnsEhUH8nLL4MZkejquUuIvOIr6tCa0rbo=", "R10", "Let's Encrypt", "2027-03-12"),
    ("sha256/bdrBhpj38ffhxpubzkINl0rG+UyossdhcBYj+Zx2fcc=", "R11", "Let's Encrypt", "2027-03-12"),
    ("sha256/kZwN96eHtZftBWrOZUsd6cA4es80n3NzSk/XtYz2EqQ=", "R12", "Let's Encrypt", "2027-03-12"),
    ("sha256/AlSQhgtJirc8ahLyekmtX+Iw+v46yPYRLJt9Cq1GlB0=", "R13", "Let's Encrypt", "2027-03-12"),
    ("sha256/8WR6XuPvrFTIkukwWE/keXm3rNHHbBJxvKHFB22GmIg=", "R14", "Let's Encrypt", "2027-03-12"),
    ("sha256/brzvtCELCIZUo4sD/qPX0ccRtPsd3DY6RfmxpOU9oB4=", "YE1", "Let's Encrypt", "2028-09-02"),
    ("sha256/s/tdAOmUzd8syaTuqfgGvFcn6DzA5Cmb+Vby1ST+U3Y=", "YE2", "Let's Encrypt", "2028-09-02"),
    ("sha256/ppiiCCS+BOR6GjPE+kiHMb6SAR8jox6QDiyibJwqz84=", "YE3", "Let's Encrypt", "2028-09-02"),
    ("sha256/LoMHBotttiDko50Gi13uXW71eIy7LAttI+rYT8wXF4w=", "YR1", "Let's Encrypt", "2028-09-02"),
    ("sha256/nWN7PSep5XDQdge5zK24CnCRXHr3KvzhKEGxsdqCX9E=", "YR2", "Let's Encrypt", "2028-09-02"),
    ("sha256/UaqofZhLVZrGnpKfiIoCLYMuCJ/026CkErUQG8pLx5k=", "YR3", "Let's Encrypt", "2028-09-02"),
    # pki.goog/repository; WE1 and WR2 computed, the others as Mozilla publishes them.
    ("sha256/zCTnfLwLKbS9S2sbp+uFz4KZOocFvXxkV06Ce9O5M2w=", "GTS CA 1C3", "Google Trust Services", "2027-09-30"),
    ("sha256/kIdp6NNEd8wsugYyyIYFsi1ylMCED3hZbSR8ZFsa/A4=", "WE1", "Google Trust Services", "2029-02-20"),
    ("sha256/vh78KSg1Ry4NaqGDV10w/cTb9VH3BQUZoCWNa93W/EY=", "WE2", "Google Trust Services", "2029-02-20"),
    ("sha256/daBIAnKdRIX3bqM85I6We7wBUh0DPycNFBMvYkXGX2Q=", "WE3", "Google Trust Services", "2029-02-20"),
    ("sha256/O5TQDB/wa4SkRjBrQL2Aq9CG317H9MDDgpTVcrpJDa4=", "WE4", "Google Trust Services", "2029-02-20"),
    ("sha256/yDu9og255NN5GEf+Bwa9rTrqFQ0EydZ0r1FCh9TdAW4=", "WR1", "Google Trust Services", "2029-02-20"),
    ("sha256/YPtHaftLw6/0vnc2BnNKGF54xiCA28WFcccjkA4ypCM=", "WR2", "Google Trust Services", "2029-02-20"),
    ("sha256/OdSlmQD9NWJh4EbcOHBxkhygPwNSwA9Q91eounfbcoE=", "WR3", "Google Trust Services", "2029-02-20"),
    ("sha256/hZe1OerqJ1Pnq6F4N0gVjjpHqm037Ndf4aLLVpZZdAE=", "WR4", "Google Trust Services", "2029-02-20"),
    # Computed from live chains of 2018, 2025 and 2026.
    ("sha256/JSMzqOOrtyOT1kmau6zKhgT676hGgczD5VMdRMyJZFA=", "Amazon Server CA 1B", "Amazon", "2025-10-19"),
    ("sha256/DxH4tt40L+eduF6szpY6TONlxhZhBd+pJ9wbHlQ2fuw=", "Amazon RSA 2048 M01", "Amazon", "2030-08-23"),
    ("sha256/G9LNNAql897egYsabashkzUCTEJkWBzgoEtk8X/678c=", "Amazon RSA 2048 M04", "Amazon", "2030-08-23"),
    ("sha256/biIcgxJw7HM1TbdJxioNUtXUL4DAGP3v1bLiXlQJxHw=", "GlobalSign Atlas R3 DV TLS CA 2025 Q4", "GlobalSign", "2027-07-16"),
    ("sha256/oW7smChMJRcnzTObF7K+HzInReAPTxB/L1h6eZTmw9Q=", "Certainly Intermediate R1", "Certainly", "2032-06-21"),
    ("sha256/X0Ebh9Ff3DxzDz3NGauSLFLiPe8BsycRjoZbV+sFQ8Q=", "Microsoft TLS G2 RSA CA OCSP 02", "Microsoft", "2029-06-03"),
    ("sha256/Cgcdqp4tWwaW/5zVT0SzM3JVarwR9qZzaApjgFqeVic=", "Microsoft TLS G2 RSA CA OCSP 04", "Microsoft", "2029-06-03"),
    ("sha256/Wec45nQiFwKvHtuHxSAMGkt19k+uPSw9JlEkxhvYPHk=", "DigiCert Global G2 TLS RSA SHA256 2020 CA1", "DigiCert", "2031-03-29"),
    ("sha256/qBRjZmOmkSNJL0p70zek7odSIzqs/muR4Jk9xYyCP+E=", "DigiCert Global G3 TLS ECC SHA384 2020 CA1", "DigiCert", "2031-04-13"),
    ("sha256/klO23nT2ehFDXCfx3eHTDRESMz3asj1muO+4aIdjiuY=", "COMODO RSA Domain Validation Secure Server CA", "Sectigo", "2029-02-11"),
)

# the key that has a second certificate, the key that signed that one, its last day
CROSS_SIGNS: tuple[tuple[str, str, str], ...] = (
    # letsencrypt.org/certificates; X2 and generation Y re-signed 2026-05-13.
    ("ISRG Root X1", "DST Root CA X3", "2024-09-30"),
    ("ISRG Root X2", "ISRG Root X1", "2032-09-02"),
    ("Root YE", "ISRG Root X2", "2032-09-02"),
    ("Root YR", "ISRG Root X1", "2032-09-02"),
    # pki.goog/repository and its update of March 2025 on alternate chains.
    ("GTS Root R1", "GlobalSign Root CA", "2028-01-28"),
    ("GTS Root R2", "GlobalSign Root CA", "2028-01-28"),
    ("GTS Root R3", "GlobalSign Root CA", "2028-01-28"),
    ("GTS Root R4", "GlobalSign Root CA", "2028-01-28"),
    # amazontrust.com/repository.
    ("Amazon Root CA 1", "Starfield Services Root Certificate Authority - G2", "2037-12-31"),
    ("Amazon Root CA 2", "Starfield Services Root Certificate Authority - G2", "2037-12-31"),
    ("Amazon Root CA 3", "Starfield Services Root Certificate Authority - G2", "2037-12-31"),
    ("Amazon Root CA 4", "Starfield Services Root Certificate Authority - G2", "2037-12-31"),
    ("Starfield Services Root Certificate Authority - G2", "Starfield Class 2 CA", "2034-06-28"),
    # sectigo.com: "AAA cross-signs", crt.sh ids 1282303295 and 1282303296; AddTrust ended 2020-05-30.
    ("USERTrust RSA Certification Authority", "AAA Certificate Services", "2028-12-31"),
    ("USERTrust ECC Certification Authority", "AAA Certificate Services", "2028-12-31"),
    ("COMODO RSA Certification Authority", "AddTrust External CA Root", "2020-05-30"),
    ("Sectigo Public Server Authentication Root R46", "USERTrust RSA Certification Authority", "2038-01-18"),
    ("Sectigo Public Server Authentication Root E46", "USERTrust ECC Certification Authority", "2038-01-18"),
)

# operator, fragments of its intermediates' names, practice, source, new key at each renewal
ROTATIONS: tuple[tuple[str, tuple[str, ...], str, str, bool], ...] = (
    (
        "Let's Encrypt",
        ("O=Let's Encrypt",),
        ("Let's Encrypt issues from several intermediates at random and replaces them about every "
         "two years, expressly to discourage pinning them"),
        "letsencrypt.org/2024/03/19/new-intermediate-certificates; generation Y since 2026-05-13",
        True,
    ),
    (
        "Google Trust Services",
        ("O=Google Trust Services",),
        ("Google Trust Services changes intermediates without notice and asks clients to trust all "
         "of its roots"),
        "pki.goog/faq and pki.goog/updates/march2025-alternate-chains",
        True,
    ),
    (
        "Amazon",
        ("O=Amazon,",),
        ("Amazon picks one of many intermediates at each issuance since 2022 and makes a new key at "
         "each renewal"),
        "docs.aws.amazon.com/acm/latest/userguide/troubleshooting-pinning.html",
        True,
    ),
    (
        "Cloudflare",
        ("O=CLOUDFLARE", "O=Cloudflare", "CN=Cloudflare TLS Issuing"),
        "Cloudflare chooses the CA itself, changes it at will and does not support pinning",
        "developers.cloudflare.com/ssl/reference/certificate-pinning",
        True,
    ),
    (
        "GlobalSign",
        ("CN=GlobalSign Atlas", "CN=GlobalSign GCC R"),
        "GlobalSign replaces its Atlas intermediates every quarter",
        "support.globalsign.com: Atlas intermediates are named by year and quarter, as 2025 Q4",
        False,
    ),
    (
        "Certainly",
        ("O=Certainly,",),
        "Certainly issues 30-day certificates for Fastly's edge, with a new key each time",
        "certainly.com/repository",
        True,
    ),
    (
        "Microsoft",
        ("CN=Microsoft TLS", "CN=Microsoft Azure"),
        "Microsoft moves services between a dozen intermediates and advises against pinning them",
        "learn.microsoft.com/azure/security/fundamentals/certificate-pinning",
        True,
    ),
    (
        "DigiCert",
        ("O=DigiCert Inc", "O=DigiCert\\, Inc.", "CN=Thawte", "CN=GeoTrust", "CN=RapidSSL"),
        ("DigiCert replaces its intermediates on a published schedule and asks customers to stop "
         "pinning them"),
        "digicert.com/blog/certificate-pinning-what-is-certificate-pinning; ICA replacement notices",
        False,
    ),
    (
        "Sectigo",
        ("O=Sectigo Limited", "O=COMODO CA Limited", "CN=ZeroSSL"),
        "Sectigo moved its intermediates to the R46 and E46 roots in 2025",
        "sectigo.com/knowledge-base: public root CAs migration, 2025",
        False,
    ),
)
