"""A small factory to talk to: every third request is too much for it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    products: dict[str, dict[str, Any]]
    count: int

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(path.query).items()}
        if path.path == "/slow":
            time.sleep(float(query["seconds"]))
            self.answer(200, {"answer": "done"})
        elif path.path == "/products":
            start, count = int(query["start"]), int(query["count"])
            self.answer(200, list(self.server.products.values())[start : start + count])  # type: ignore[attr-defined]
        else:
            product = self.server.products.get(path.path.rpartition("/")[2])  # type: ignore[attr-defined]
            self.answer(404 if product is None else 200, product or "no such product")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/products":
            self.answer(200, body, lambda: self.server.products.update({body["number"]: body}))  # type: ignore[attr-defined]
        else:
            self.answer(200, {"id": self.server.requests})  # type: ignore[attr-defined]

    def answer(self, status: int, body: Any, effect: Any = None) -> None:
        self.server.requests += 1  # type: ignore[attr-defined]
        if self.server.requests % 3 == 0:  # type: ignore[attr-defined]
            status, body = 503, "busy"
        elif effect is not None:
            effect()
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def running() -> Iterator[str]:
    """The address of a factory that runs meanwhile."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.products = {}  # type: ignore[attr-defined]
    server.requests = 0  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
