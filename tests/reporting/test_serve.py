"""The server of pages: what it answers, to whom, and what it does while results change or break."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from gradx.base.errors import ResultsError, SpecError
from gradx.reporting import serve as serving
from gradx.reporting.serve import Pages, failure_page, serve, server, stamp

PAGE = """<!doctype html>
<html lang="en">
<head><meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-abc='"></head>
<body>{}</body></html>"""


class Results:
    """A page that counts how often it is made, and a version to change."""

    def __init__(self) -> None:
        self.now, self.made = "1", 0
        self.error: Exception | None = None

    def make(self) -> str:
        self.made += 1
        if self.error:
            raise self.error
        return PAGE.format(f"version {self.now}")

    def version(self) -> str:
        return self.now


@contextmanager
def running(results: Results) -> Iterator[int]:
    """The port of a server in another thread."""
    with server(results.make, results.version) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield made.server_port
        finally:
            made.shutdown()
            thread.join()


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> Results:
    monkeypatch.setattr(serving, "REST", 0.0)
    return Results()


def ask(port: int, path: str = "/", method: str = "GET", **headers: str) -> tuple[HTTPResponse, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers=headers)
    reply = connection.getresponse()
    text = reply.read().decode()
    connection.close()
    return reply, text


def raw(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(request)
        parts = []
        while part := line.recv(65536):
            parts.append(part)
    return b"".join(parts)


def test_the_page_says_its_version_and_has_its_own_policy_as_a_header(results: Results) -> None:
    with running(results) as port:
        reply, text = ask(port)
        assert reply.status == 200
        assert text == PAGE.format("version 1").replace("<html", '<html data-version="1"')
        assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
        policy = "default-src 'none'; script-src 'sha256-abc='; frame-ancestors 'none'"
        assert reply.headers["Content-Security-Policy"] == policy
        assert ask(port, "/version")[1] == "1"


@pytest.mark.parametrize("path", ["/", "/version", "/nothing"])
def test_every_answer_has_the_headers_that_keep_others_out(results: Results, path: str) -> None:
    with running(results) as port:
        headers = ask(port, path)[0].headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize(
    "path", ["/runs/", "/../", "/etc/passwd", "/%2e%2e/", "//runs", "http://example.org/", "/index.html"]
)
def test_there_is_nothing_but_the_page(results: Results, path: str) -> None:
    with running(results) as port:
        assert ask(port, path, Host=f"localhost:{port}")[0].status == 404
    assert results.made == 0


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"])
def test_other_methods_are_refused(results: Results, method: str) -> None:
    with running(results) as port:
        reply, _ = ask(port, method=method)
    assert reply.status == 405
    assert reply.headers["Allow"] == "GET, HEAD"


def test_head_has_the_headers_of_get_and_no_body(results: Results) -> None:
    with running(results) as port:
        reply, text = ask(port, method="HEAD")
        assert (reply.status, text) == (200, "")
        assert reply.headers["Content-Length"] == ask(port)[0].headers["Content-Length"]


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
def test_this_machine_may_be_called_by_its_names(results: Results, name: str) -> None:
    with running(results) as port:
        assert ask(port, Host=f"{name}:{port}")[0].status == 200


def test_other_names_get_nothing(results: Results) -> None:
    with running(results) as port:
        names = [
            "evil.example",
            f"evil.example:{port}",
            "localhost",
            f"localhost:{port + 1}",
            "",
            f"localhost:{port}.evil.example",
        ]
        for path in ("/", "/version"):
            assert [ask(port, path, Host=name)[0].status for name in names] == [403] * len(names)
        lines = f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\nHost: evil.example\r\n\r\n"
        assert raw(port, lines.encode()).startswith(b"HTTP/1.0 403")
        assert raw(port, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 403")
    assert results.made == 0


def test_a_request_that_is_none_is_refused_in_words_without_markup(results: Results) -> None:
    with running(results) as port:
        answer = raw(port, b"GET / <script>alert(1)</script> HTTP/1.1\r\n\r\n")
        assert ask(port)[0].status == 200
    assert answer.startswith(b"HTTP/1.0 400 ")
    assert b"text/plain" in answer


def test_the_page_is_made_again_only_when_there_is_news(results: Results) -> None:
    with running(results) as port:
        assert [ask(port)[1].count("version 1") for _ in range(3)] == [1, 1, 1]
        assert results.made == 1
        results.now = "2"
        assert "version 2" in ask(port)[1]
        assert results.made == 2


def test_requests_at_a_time_wait_for_one_page() -> None:
    begun, go_on = threading.Event(), threading.Event()
    made = []

    def make() -> str:
        made.append(1)
        begun.set()
        assert go_on.wait(10)
        return PAGE

    pages = Pages(make, lambda: "1")
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(pages.page())) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    assert pages.version() == "1"  # does not wait
    go_on.set()
    for thread in threads:
        thread.join()
    assert (len(made), len(set(found))) == (1, 1)


def test_a_page_that_took_long_is_not_made_again_at_once() -> None:
    now = {"time": 0.0, "version": "1"}

    def make() -> str:
        now["time"] += 5.0
        return PAGE

    pages = Pages(make, lambda: str(now["version"]), lambda: float(now["time"]))
    pages.page()
    now["version"] = "2"
    assert pages.version() == "1"
    assert 'data-version="1"' in pages.page()
    now["time"] += 5.0 * serving.REST
    assert pages.version() == "2"
    assert 'data-version="2"' in pages.page()


@pytest.mark.parametrize("error", [ResultsError("runs/<b>1.parquet is \x1b[1mcut"), ValueError("no footer <i>")])
def test_results_that_cannot_be_read_give_a_page_that_says_so_and_asks_again(
    results: Results, error: Exception
) -> None:
    results.error = error
    with running(results) as port:
        reply, text = ask(port)
        assert reply.status == 200
        assert "cannot be read now" in text
        assert "<b>" not in text
        assert "<i>" not in text
        assert "\x1b" not in text
        assert 'data-version="1"' not in text  # the script sees another version and asks for the page again
        assert ask(port, "/version")[1] == "1"
        results.error = None
        assert "version 1" in ask(port)[1]


def test_a_version_that_cannot_be_had_does_not_end_the_server(results: Results) -> None:
    def broken() -> str:
        raise PermissionError("runs")

    pages = Pages(results.make, broken)
    assert "version 1" in pages.page()
    assert pages.version() == "unknown"


def test_the_page_of_a_failure_allows_only_its_own_script() -> None:
    assert "script-src 'sha256-" in failure_page(ValueError("x"))
    assert "unsafe" not in failure_page(ValueError("x"))


def test_a_browser_that_leaves_is_no_error(results: Results, capfd: pytest.CaptureFixture[str]) -> None:
    with running(results) as port:
        for _ in range(3):
            line = socket.create_connection(("127.0.0.1", port), timeout=10)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset instead of a goodbye
            line.sendall(b"GET / HTTP/1.0\r\n")
            line.close()
        assert ask(port)[0].status == 200
    assert capfd.readouterr().err == ""


def test_a_port_in_use_is_an_error_that_names_the_option(results: Results) -> None:
    with server(results.make, results.version) as made, pytest.raises(SpecError) as caught:
        serve(results.make, results.version, made.server_port)
    assert made.server_address[0] == "127.0.0.1"  # and nobody else's
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith(f"--port: cannot listen on port {made.server_port}: ")


def test_ctrl_c_ends_it_without_an_error(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(self: Any, poll_interval: float = 0.5) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(serving._Server, "serve_forever", interrupted)
    said: list[str] = []
    serve(results.make, results.version, say=said.append)
    assert said[0].startswith("http://127.0.0.1:")


def _place(root: Path) -> Path:
    (root / "runs").mkdir(parents=True)
    (root / "spec.yaml").write_text("name: x\n")
    (root / "runs" / "1.parquet").write_bytes(b"1")
    return root


CHANGES: dict[str, Callable[[Path], object]] = {
    "another part": lambda root: (root / "runs" / "2.parquet").write_bytes(b"2"),
    "a longer part": lambda root: (root / "runs" / "1.parquet").write_bytes(b"12"),
    "a part less": lambda root: (root / "runs" / "1.parquet").unlink(),
    "runs in work": lambda root: [(root / ".claims").mkdir(), (root / ".claims" / "1.lock").write_bytes(b"1")],
    "another spec": lambda root: (root / "spec.yaml").write_text("name: other\n"),
    "another directory": lambda root: _place(root.parent / "other"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_stamp_changes_with_the_results(tmp_path: Path, change: Callable[[Path], object]) -> None:
    root = _place(tmp_path / "grid")
    before = stamp([tmp_path])
    assert stamp([tmp_path]) == before
    change(root)
    assert stamp([tmp_path]) != before


def test_files_in_work_do_not_change_the_stamp(tmp_path: Path) -> None:
    root = _place(tmp_path / "grid")
    before = stamp([tmp_path])
    (root / "runs" / ".part-2.parquet.tmp").write_bytes(b"half")
    assert stamp([tmp_path]) == before
    assert stamp([tmp_path / "gone"]) == stamp([])
