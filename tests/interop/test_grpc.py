"""gRPC has a TLS of its own: what can be had is one CA as its only root."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest


@pytest.fixture
def server(party) -> int:
    """Return the port of a gRPC server that answers every call with its own request."""

    def echo(request: bytes, _: grpc.ServicerContext) -> bytes:
        return request

    class Handler(grpc.GenericRpcHandler):
        def service(self, _: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
            return grpc.unary_unary_rpc_method_handler(echo)

    running = grpc.server(ThreadPoolExecutor(2), handlers=(Handler(),))
    pair = (party.folder / "key.pem").read_bytes(), (party.folder / "chain.pem").read_bytes()
    port = running.add_secure_port("localhost:0", grpc.ssl_server_credentials([pair]))
    running.start()
    yield port
    running.stop(None).wait()


def test_one_root(server, party) -> None:
    """The server under the pinned root is called; one under another trusted CA is not."""
    roots = (party.folder / "root.pem").read_bytes()
    with grpc.secure_channel(
        f"localhost:{server}", grpc.ssl_channel_credentials(root_certificates=roots)
    ) as channel:
        call = channel.unary_unary("/shop.Shop/Echo")
        if party.good:
            assert call(b"open", timeout=10, wait_for_ready=True) == b"open"
        else:
            with pytest.raises(grpc.RpcError) as caught:
                call(b"open", timeout=10)
            assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
