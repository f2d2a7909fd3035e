"""The DNS of the shop, as far as CAA records are asked for: a real server on loopback, over UDP."""

import threading
from collections.abc import Mapping
from contextlib import suppress
from socketserver import BaseRequestHandler, UDPServer
from types import TracebackType
from typing import Self

import dns.exception
import dns.message
import dns.rdatatype
import dns.rrset

# How long an answer may be kept, in seconds.
_TTL = 300


class Zone:
    """A DNS server, as a context manager.

    Args:
        records: the CAA records by the name that has them, as a zone file says them.

    Attributes:
        where: address and port.
    """

    def __init__(self, records: Mapping[str, tuple[str, ...]]) -> None:
        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                data, server = self.request
                with suppress(dns.exception.DNSException):  # no question: it is left alone
                    server.sendto(_answer(data, records), self.client_address)

        self._server = UDPServer(("127.0.0.1", 0), Handler)
        self.where = "127.0.0.1", int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def _answer(data: bytes, records: Mapping[str, tuple[str, ...]]) -> bytes:
    """Return the answer to a question: every name exists, and few have records."""
    question = dns.message.from_wire(data)
    reply = dns.message.make_response(question)
    for asked in question.question:
        texts = records.get(asked.name.to_text(omit_final_dot=True), ())
        if texts and asked.rdtype == dns.rdatatype.CAA:
            reply.answer.append(dns.rrset.from_text(asked.name, _TTL, "IN", "CAA", *texts))
    return reply.to_wire()
