"""Digests that are nobody's pin: out of standards and manuals, or of nothing at all.

Rows for `keypin.pins.rules.match`; they are found in shipped applications.
"""

PLACEHOLDERS: dict[str, str] = {
    "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=": "the digest of nothing: the command "
    "that should have written the key wrote nothing",
    "sha512/z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg"
    "==": "the digest of nothing",
    # RFC 7469, section 2.1.5.
    "sha256/d6qzRu9zOECb90Uez27xWltNsj0e1Md7GkYYkVoZWmM=": "an example of RFC 7469",
    "sha256/E9CZ9INDbd+2eRQozYqqbQ2yXLVKB9+xcprMF+44U1g=": "an example of RFC 7469",
    "sha256/LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=": "an example of RFC 7469",
    # developer.android.com, Network security configuration.
    "sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=": "the example of Android's manual",
    "sha256/fwza0LRMXouZHRC8Ei+4PyuldPDcf3UKgO/04cDM1oE=": "the example of Android's manual",
    # TSKTrustKitConfig.h and TrustKit's getting-started page.
    "sha256/HXXQgxueCIU5TTLHob/bPbwcKOKw6DkfsTWYHbxbqTY=": "the example of TrustKit's manual",
    "sha256/0SDf3cRToyZJaMsoS17oF72VMavLxj/N7WBNasNuiR8=": "the example of TrustKit's manual",
    # OkHttp's CertificatePinner: the leaf of publicobject.com in 2016.
    "sha256/afwiKY3RxoMmLkuRW1l7QsPZTJPwDS2pdDROQjXw8ig=": "the example of OkHttp's manual",
}
