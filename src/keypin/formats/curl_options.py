"""What calls and configuration files of curl ask for: their URLs, and the options around pins.

https://curl.se/docs/manpage.html: an option that takes an argument takes the next word, whatever it
is; `--next` begins a new request. In a configuration file an option stands on a line, its argument
behind blanks, `=` or `:`, in double quotes if it holds blanks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from keypin.formats.notes import read_heading
from keypin.formats.shell import Command, Word, commands

# The options of curl 7.88 to 8.15 that take an argument, `-` in front left out.
_SHORT = frozenset("AbcCdDeEFhHKmoPQrtTuUwxXyYz")
_LONG = frozenset(
    """
    abstract-unix-socket alt-svc aws-sigv4 cacert capath cert cert-type ciphers config
    connect-timeout connect-to continue-at cookie cookie-jar create-file-mode crlfile curves
    data data-ascii data-binary data-raw data-urlencode delegation dns-interface dns-ipv4-addr
    dns-ipv6-addr dns-servers doh-url dump-header ech egd-file engine etag-compare etag-save
    expect100-timeout form form-string ftp-account ftp-alternative-to-user ftp-method ftp-port
    ftp-ssl-ccc-mode happy-eyeballs-timeout-ms haproxy-clientip header help hostpubmd5
    hostpubsha256 hsts interface ip-tos ipfs-gateway json keepalive-cnt keepalive-time key
    key-type krb libcurl limit-rate local-port login-options mail-auth mail-from mail-rcpt
    max-filesize max-redirs max-time netrc-file noproxy oauth2-bearer output output-dir
    parallel-max pass pinnedpubkey preproxy proto proto-default proto-redir proxy proxy-cacert
    proxy-capath proxy-cert proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key
    proxy-key-type proxy-pass proxy-pinnedpubkey proxy-service-name proxy-tls13-ciphers
    proxy-tlsauthtype proxy-tlspassword proxy-tlsuser proxy-user proxy1.0 pubkey quote
    random-file range rate referer request request-target resolve retry retry-delay
    retry-max-time sasl-authzid service-name signature-algorithms socks4 socks4a socks5
    socks5-gssapi-service socks5-hostname speed-limit speed-time stderr telnet-option
    tftp-blksize time-cond tls-earlydata tls-max tls13-ciphers tlsauthtype tlspassword tlsuser
    trace trace-ascii trace-config unix-socket upload-file upload-flags url url-query user
    user-agent variable vlan-priority write-out
    """.split()  # noqa: SIM905 - a hundred and fifty quotes hide the words
)
_MEANING = {"k": "insecure", ":": "next", "K": "config"}

_LINE = re.compile(r"[ \t]*(?:--?)?([A-Za-z0-9:.#-]+?)(?:[ \t]*[=:][ \t]*|[ \t]+|$)(.*)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)')
_ESCAPES = {"t": "\t", "n": "\n", "r": "\r", "v": "\v"}


@dataclass
class Request:
    """What one request asks for.

    Attributes:
        urls: where to.
        options: the argument of `pinnedpubkey`, and the other options that matter beside it.
        above: the comment lines above it.
    """

    urls: list[Word] = field(default_factory=list[Word])
    options: dict[str, Word] = field(default_factory=dict[str, Word])
    above: list[str] = field(default_factory=list[str])

    def take(self, option: str, argument: Word) -> None:
        """Take an option that matters; of several the last one counts, as in curl."""
        if option == "url":
            self.urls.append(argument)
        elif option in ("pinnedpubkey", "insecure", "config", "proxy-pinnedpubkey"):
            self.options[option] = argument


def of_commands(text: str, name: str | None) -> tuple[str | None, Iterator[Request]]:
    """Return the pin set's name and the requests of the calls in a script."""
    return _title(text), (
        request for command in commands(text, name) for request in _of_command(command)
    )


def _title(text: str) -> str | None:
    """Return the pin set's name that the first comment tells."""
    first = text.lstrip().partition("\n")[0]
    return read_heading(first.lstrip("#").strip()) if first.startswith("#") else None


def _of_command(command: Command) -> Iterator[Request]:
    """Yield the requests of a command; what stands before the word curl (sudo, time) is not its."""
    names = (word.text.rpartition("/")[2] for word in command.words)
    at = next((index for index, word in enumerate(names) if word in ("curl", "curl.exe")), None)
    if at is None:
        return
    request = Request(above=command.above)
    words = iter(command.words[at + 1 :])
    for word in words:
        for option, argument in _options(word, words):
            if option == "next":
                yield request
                request = Request()
            else:
                request.take(option, argument)
    yield request


def _options(word: Word, rest: Iterator[Word]) -> Iterator[tuple[str, Word]]:
    """Yield the options that a word holds, with their arguments; a word that is none is a URL."""
    if not word.text.startswith("-") or word.text == "-":
        yield "url", word
    elif word.text.startswith("--"):
        option = word.text[2:]
        yield option, next(rest, word) if option in _LONG else word
    else:
        yield from _letters(word, rest)


def _letters(word: Word, rest: Iterator[Word]) -> Iterator[tuple[str, Word]]:
    for index, letter in enumerate(word.text[1:], start=2):
        option = _MEANING.get(letter, letter)
        if letter in _SHORT:
            behind = word.text[index:]
            yield option, word._replace(text=behind) if behind else next(rest, word)
            return
        yield option, word


def of_config(text: str, name: str | None) -> tuple[str | None, Iterator[Request]]:  # noqa: ARG001
    """Return the pin set's name and the requests of a configuration file."""
    return _title(text), _of_config(text)


def _of_config(text: str) -> Iterator[Request]:
    request, comments = Request(), list[str]()
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped.startswith("#"):
            comments.append(stripped.lstrip("#").strip())
            continue
        found = _LINE.fullmatch(line.rstrip("\r"))
        if found is not None:
            option = _MEANING.get(found[1], found[1]) if len(found[1]) == 1 else found[1]
            if option == "next":
                yield request
                request = Request()
            else:
                request.above += comments
                request.take(option, Word(_argument(found[2]), number))
        comments = []
    yield request


def _argument(text: str) -> str:
    """Return what an argument means: in quotes with escapes, else up to the first blank."""
    if quoted := _QUOTED.match(text):
        return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), quoted[1])
    return text.split(maxsplit=1)[0] if text.strip() else ""
