"""A factory to talk to, which fails as it is told."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Server(ThreadingHTTPServer):
    """What products and reports it has, and what requests it saw: method, path, and id."""

    daemon_threads = True
    block_on_close = False  # a slow answer need not be waited for

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.products: dict[str, Any] = {}
        self.reports: list[Any] = []
        self.seen: list[tuple[str, str, str]] = []
        self.faults: deque[str] = deque()
        self.guard = threading.Lock()
        self.busy = self.busiest = 0  # requests at once

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def fail(self, *faults: str) -> None:
        """What the next requests meet: a status ("500"), "drop", "slow" (seconds: "slow 0.5"), or "fine"."""
        self.faults.extend(faults)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not wait for its answer is no news."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(path.query).items()}
        if self.fails():
            return
        if path.path == "/statistics":
            time.sleep(float(query["seconds"]))
            self.answer(200, {"answer": "done"})
        elif path.path == "/products":
            start, count = int(query["start"]), int(query["count"])
            self.answer(200, list(self.server.products.values())[start : start + count])
        elif path.path == "/reports":
            self.send(200, b"".join(json.dumps(report).encode() + b"\n" for report in self.server.reports))
        else:
            product = self.server.products.get(path.path.rpartition("/")[2])
            self.answer(404 if product is None else 200, product or "no such product")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.fails():
            return
        if self.path == "/products":
            self.server.products[body["number"]] = body
            self.answer(200, body)
        else:
            with self.server.guard:
                self.server.reports.append(body)
                number = len(self.server.reports)
            self.answer(200, {"id": number})

    def fails(self) -> bool:
        """Note the request, and let it meet its fault."""
        with self.server.guard:
            self.server.seen.append((self.command, self.path, self.headers["X-Correlation-ID"]))
            kind, _, seconds = (self.server.faults.popleft() if self.server.faults else "fine").partition(" ")
            self.server.busy += 1
            self.server.busiest = max(self.server.busy, self.server.busiest)
        if kind == "slow":
            time.sleep(float(seconds))
        with self.server.guard:
            self.server.busy -= 1
        if kind == "slow":
            return False
        if kind == "drop":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif kind != "fine":
            self.answer(int(kind), "told to fail")
        return kind != "fine"

    def answer(self, status: int, body: Any) -> None:
        self.send(status, json.dumps(body).encode())

    def send(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def running() -> Iterator[Server]:
    """A factory that runs meanwhile."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
