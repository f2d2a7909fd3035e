"""C#: an `HttpClientHandler` with a validation callback, for .NET and MAUI.

https://learn.microsoft.com/dotnet/api/system.net.http.httpclienthandler.servercertificatecustomvalidationcallback.
The callback is given the chain that .NET built and what it found wrong with it; whatever is not
`SslPolicyErrors.None` is refused before any pin is looked at. On Android, MAUI's default handler is
the platform's own: use `SocketsHttpHandler` there, or Android's configuration.
"""

from keypin.formats.form import Form, Reading
from keypin.formats.table import TABLE, Idiom, read_table, table_heading, write_table
from keypin.pins import PinSet

_BEFORE = """\
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.Http;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

/// <summary>Refuses chains without a pinned key; .NET's own validation holds in addition.</summary>
public static class Pinning
{
    // Pins by host pattern: a name alone, "*." for one label more, "**." for it and its subdomains.
    // The most specific pattern decides; one without pins is exempt.
    private static readonly Dictionary<string, string[]> Pins = new()
    {
"""
_ROW = """\
["{host}"] = new string[]
{{
    {pins}
}},"""
_AFTER = """\
    };

    public static HttpClientHandler Handler() => new()
    {
        ServerCertificateCustomValidationCallback = (request, _, chain, errors) =>
            Validate(request.RequestUri?.IdnHost, chain, errors),
    };

    public static bool Validate(string? hostname, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors != SslPolicyErrors.None || hostname is null || chain is null)
        {
            return false;
        }
        var accepted = PinsFor(hostname);
        return accepted.Length == 0
            || chain.ChainElements.Any(element => accepted.Contains(Pin(element.Certificate)));
    }

    private static string Pin(X509Certificate2 certificate)
    {
        var key = certificate.PublicKey.ExportSubjectPublicKeyInfo();
        return "sha256/" + Convert.ToBase64String(SHA256.HashData(key));
    }

    private static string[] PinsFor(string hostname)
    {
        var host = hostname.ToLowerInvariant().TrimEnd('.');
        if (Pins.TryGetValue(host, out var exact))
        {
            return exact;
        }
        var name = host;
        for (var above = 0; name.Length > 0; above++)
        {
            if (above == 1 && Pins.TryGetValue("*." + name, out var oneLabel))
            {
                return oneLabel;
            }
            if (Pins.TryGetValue("**." + name, out var below))
            {
                return below;
            }
            var dot = name.IndexOf('.');
            name = dot < 0 ? "" : name[(dot + 1)..];
        }
        return Array.Empty<string>();
    }
}
"""


_IDIOM = Idiom("C# with hosts and sha256/ pins")


def _read(text: str, *, name: str | None, host: str | None) -> Reading:
    return read_table(text, _IDIOM, name=name, host=host)


def _write(pin_set: PinSet) -> str:
    rows = write_table(pin_set, _ROW, indent=" " * 8)
    return f"{table_heading(pin_set)}\n\n{_BEFORE}{rows}\n{_AFTER}"


def _is_csharp(text: str, name: str) -> bool:
    callbacks = ("ServerCertificateCustomValidationCallback", "RemoteCertificateValidationCallback")
    return name.endswith(".cs") or any(callback in text for callback in callbacks)


FORM = Form(
    id="dotnet",
    title=".NET's HttpClientHandler in C#",
    file="Pinning.cs",
    language="csharp",
    can=TABLE,
    read=_read,
    write=_write,
    detect=_is_csharp,
    page="how-to/platforms/dotnet.md",
)
FORMS = (FORM,)
