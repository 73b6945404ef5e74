"""A second `mneme up` on the same folder, or a taken port, is refused in words before anything starts."""

import os
import socket

import pytest

from cli.locks import lock_folder
from cli.ports import base_url, check_free, ready
from cli.refusal import Refused


def test_a_second_one_on_the_same_folder_is_refused(tmp_path):
    held = lock_folder(tmp_path)
    with pytest.raises(Refused, match=rf"another `mneme up` is running on .* \(process {os.getpid()}\)"):
        lock_folder(tmp_path)
    os.close(held)
    os.close(lock_folder(tmp_path))


def test_a_taken_port_is_named_with_a_way_out():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(Refused, match=rf"port {port} on 127.0.0.1 is taken.*--port {port + 1}"):
            check_free("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(Refused, match=r"cannot listen on 192\.0\.2\.1:8000"):
        check_free("192.0.2.1", 8000)


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::", "http://[::1]:80"), ("box", "http://box:80")],
)
def test_the_url_shown_is_one_a_client_here_can_use(host, url):
    assert base_url(host, 80) == url


async def test_nobody_listening_is_not_ready(port):
    assert await ready("127.0.0.1", port) == (False, "no answer yet")
