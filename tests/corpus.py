"""Real packages from PyPI, pinned by digest: downloaded once, unpacked outside the repository, never built or run.

``pip download`` would run each package's build backend to learn its metadata, so the index is read here instead, with
pip's settings for where it is and whom to trust.
"""

from __future__ import annotations

import functools
import hashlib
import os
import ssl
import subprocess
import sys
import tarfile
import tempfile
import urllib.parse
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Sdist:
    name: str
    version: str
    sha256: str
    label: str = ""
    """What it is asked for by, where that is not its name: there may be two versions of a package."""

    @property
    def folder_name(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}"


SDISTS = {
    sdist.label or sdist.name: sdist
    for sdist in (
        Sdist("httpcore", "1.0.9", "6e34463af53fd2ab5d807f399a9b45ea31c3dfa2276f15a2c3f00afff6e176e8"),
        Sdist("elasticsearch", "9.5.1", "98210cd96c256dd9936f58e1c762aba94da7db7d38d058bb0fbaf7e4b9567146"),
        Sdist("redis-om", "1.2.0", "92e8f1739e4786985a9046296094684b12a981acd0a895f6896ec8a3787c484a"),
        Sdist("pymongo", "4.20.0", "f773b0aec28687587cdeda490463a82debc4566a4a3620dcc8dada9d2c0a1acd"),
        Sdist("hishel", "2.0.0", "f043c88acf9b476fdbf203986253cd4e27e2468a3319b43c3946a641e1cb7696"),
        Sdist(
            "py-capnweb",
            "0.4.2",
            "724119f997bdef00008eb2a041db9e584c1b2ac27276c4d3e05b1de1811ac79c",
            label="py-capnweb-0.4.2",
        ),
        Sdist(
            "py-capnweb",
            "0.5.0",
            "57418b63b0f9d0885aa6da3d42a995a8bfa97188355f1fca37abc57deee73977",
            label="py-capnweb-0.5.0",
        ),
    )
}


def cache_folder() -> Path:
    root = os.environ.get("UNASYNC_PLUS_TEST_CACHE")
    return Path(root) if root else Path.home() / ".cache" / "unasync-plus"


def unpacked(name: str) -> Path:
    """Where the package lies, or will lie once it is fetched."""
    return cache_folder() / "corpus" / SDISTS[name].folder_name


def fetch(name: str) -> Path:
    sdist, folder = SDISTS[name], unpacked(name)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        archive = Path(scratch) / "sdist.tar.gz"
        archive.write_bytes(_download(sdist))
        with tarfile.open(archive) as tar:
            if hasattr(tarfile, "data_filter"):
                tar.extractall(scratch, filter="data")
            else:  # Python 3.10 before .12; the digest vouches for what is inside
                tar.extractall(scratch)
        try:
            (Path(scratch) / folder.name).rename(folder)
        except OSError:  # somebody else was quicker
            if not folder.is_dir():
                raise
    return folder


def _download(sdist: Sdist) -> bytes:
    for url in links(sdist.name):
        if urllib.parse.urlsplit(url).path.endswith(f"/{sdist.folder_name}.tar.gz"):
            return read(url, sdist.sha256)
    raise FileNotFoundError(f"the index has no {sdist.folder_name}.tar.gz")


def links(project: str) -> list[str]:
    """The addresses of all files of ``project``, in the index that pip would ask."""
    index = (_pip_setting("index-url") or "https://pypi.org/simple").rstrip("/")
    page_url = f"{index}/{project}/"
    found = _Links()
    with urllib.request.urlopen(page_url, timeout=60, context=_trusted()) as page:
        found.feed(page.read().decode())
    return [urllib.parse.urljoin(page_url, link) for link in found.found]


def read(url: str, sha256: str) -> bytes:
    """What lies at ``url``; ``ValueError`` if it has another digest."""
    with urllib.request.urlopen(url, timeout=60, context=_trusted()) as response:
        data: bytes = response.read()
    digest = hashlib.sha256(data).hexdigest()
    if digest != sha256:
        raise ValueError(f"{url} has the digest {digest}, not {sha256}")
    return data


def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=_pip_setting("cert"))


@functools.cache
def _pip_setting(key: str) -> str | None:
    command = [sys.executable, "-m", "pip", "config", "list"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    settings = {}
    for line in listing.splitlines():
        name, _, value = line.partition("=")
        settings[name] = value.strip("'\"")
    return settings.get(f":env:.{key}") or settings.get(f"install.{key}") or settings.get(f"global.{key}")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for key, value in attrs if key == "href" and value]


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in SDISTS]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; known: {', '.join(SDISTS)}", file=sys.stderr)
        return 2
    for name in names or SDISTS:
        print(fetch(name))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
