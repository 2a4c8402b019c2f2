"""`serve`: the page of a report for the browsers of this machine; it follows a running sweep and never writes.

Only 127.0.0.1 is listened on, and only requests that name this machine are answered: a page from elsewhere whose name
is made to point here (DNS rebinding) gets nothing.
"""

import html
import re
import socketserver
import sys
from base64 import b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from gradx.base.document import visible
from gradx.base.errors import GradxError, Problem, SpecError
from gradx.reporting.html import assets
from gradx.reporting.runs.listing import places

HOST = "127.0.0.1"
NAMES = ("localhost", HOST, "[::1]")  # what a request may call this machine
REST = 3.0  # a page is made again after this many times the time that it took: a sweep needs the cores, too
TIMEOUT = 30.0  # seconds for a request to come in

_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"')
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def serve(
    make: Callable[[], str],
    version: Callable[[], str],
    port: int = 0,
    say: Callable[[str], None] = lambda text: print(text, flush=True),
) -> None:
    """Shows a page until Ctrl-C.

    Args:
        make: the page as the results stand, with the script that follows them.
        version: a text that changes when the results do.
        port: of 127.0.0.1; 0 for any free one.
        say: told the URL.

    Raises SpecError if the port cannot be had.
    """
    with server(make, version, port) as made:
        say(f"http://{HOST}:{made.server_port}/  (Ctrl-C ends it)")
        try:
            made.serve_forever()
        except KeyboardInterrupt:
            return


def server(make: Callable[[], str], version: Callable[[], str], port: int = 0) -> ThreadingHTTPServer:
    """The server of `serve`, listening but not yet answering. Raises SpecError if the port cannot be had."""
    try:
        return _Server(port, Pages(make, version))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        problem = f"cannot listen on port {port}: {reason} (choose another one, or 0 for any that is free)"
        raise SpecError([Problem(problem, source="--port")]) from error


def stamp(paths: Sequence[Path]) -> str:
    """A text that changes when results in or under `paths` do: a digest of names, sizes and times of their files."""
    facts = []
    for root in paths:
        for results in places(root):
            found = results.paths
            claims = found.claims.glob("*.lock")  # how many runs are in work
            for path in (found.spec, found.environment, *sorted(found.runs.glob("[!.]*")), *sorted(claims)):
                try:
                    seen = path.stat()
                except OSError:
                    continue  # gone meanwhile, or never there
                facts.append(f"{path} {seen.st_size} {seen.st_mtime_ns}\n")
    return sha256("".join(facts).encode("utf-8", "surrogateescape")).hexdigest()[:16]


class Pages:
    """The page and its version; it is made again, by one request at a time, when there is news.

    A page that cannot be made, as of results that are half written, is a page that says so, and is tried again.
    """

    def __init__(
        self, make: Callable[[], str], version: Callable[[], str], clock: Callable[[], float] = monotonic
    ) -> None:
        self._make, self._version, self._clock = make, version, clock
        self._lock = Lock()
        self._shown, self._page = "", ""
        self._until = -1.0  # until then the page is new enough

    def version(self) -> str:
        """That of the page which a request would get now. It never waits for a page that is being made."""
        if self._shown and self._clock() < self._until:
            return self._shown
        try:
            return self._version()
        except Exception:  # whatever goes wrong with the results, the server goes on
            return self._shown or "unknown"

    def page(self) -> str:
        """The page, with its version where the script in it finds it."""
        with self._lock:
            now = self.version()
            if now != self._shown:
                began = self._clock()
                try:
                    self._page, self._shown = self._make(), now
                except Exception as error:  # as above
                    self._page, self._shown = failure_page(error), f"{now} failed"
                self._until = self._clock() + REST * (self._clock() - began)
            return self._page.replace("<html", f'<html data-version="{html.escape(self._shown)}"', 1)


def failure_page(error: Exception) -> str:
    """A page that says why there is none, and asks for the next."""
    live = assets.text(assets.LIVE)
    digest = b64encode(sha256(live.encode()).digest()).decode()
    policy = f"default-src 'none'; script-src 'sha256-{digest}'; connect-src 'self'"
    kind = "" if isinstance(error, GradxError) else f"{type(error).__name__}: "
    reason = html.escape("\n".join(visible(line) for line in f"{kind}{error}".split("\n")))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<title>gradx report</title>\n</head>\n<body>\n'
        "<h1>The results cannot be read now</h1>\n"
        f'<pre>{reason}</pre>\n<p>This page tries again.</p>\n<p id="live" role="status"></p>\n'
        f"<script>{live}</script>\n</body>\n</html>\n"
    )


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, pages: Pages) -> None:
        self.pages = pages
        super().__init__((HOST, port), _Handler)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # that of HTTPServer asks the network for the name of this machine
        self.server_name, self.server_port = "localhost", self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a browser that has left is no error
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    server_version, sys_version = "gradx", ""
    timeout = TIMEOUT

    def do_GET(self) -> None:
        if not self._is_for_us():
            return self._answer(403, "this server answers only to localhost\n")
        match self.path.partition("?")[0]:
            case "/":
                page = self.server.pages.page()
                return self._answer(200, page, "text/html", _policy(page))
            case "/version":
                return self._answer(200, self.server.pages.version())
            case "/favicon.ico":
                return self._answer(204, "")
        return self._answer(404, "there is only /\n")

    do_HEAD = do_GET  # noqa: N815

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server refuses: a malformed request, or a method without a function here."""
        refused = code == 501
        self._answer(405 if refused else code, "only GET and HEAD\n" if refused else f"{message or code}\n")

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the terminal is the user's."""

    def _is_for_us(self) -> bool:
        port = self.server.server_port
        known = {f"{name}:{port}" for name in NAMES} | (set(NAMES) if port == 80 else set())
        return [host.lower() for host in self.headers.get_all("Host", [])] in [[each] for each in known]

    def _answer(self, status: int, text: str, kind: str = "text/plain", policy: str = "default-src 'none'") -> None:
        content = text.encode("utf-8", "backslashreplace")
        self.send_response(status)
        headers = {"Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(content))}
        allow = {"Allow": "GET, HEAD"} if status == 405 else {}
        policies = {"Content-Security-Policy": f"{policy}; frame-ancestors 'none'"}
        for name, value in (headers | allow | policies | _HEADERS).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(content)


def _policy(page: str) -> str:
    """What the page says of itself that it may do; nothing where it says nothing."""
    found = _POLICY.search(page)
    return html.unescape(found[1]) if found else "default-src 'none'"
