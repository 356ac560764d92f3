"""Bridge mode, the text: parameters below each other stay so without the ``async`` before them."""

from __future__ import annotations

from facade_made import generated

SOURCE = """
    async def get(url: str,
                  *,
                  retries: int = 3) -> bytes:
        return b""

    async def put(
        url: str,
        data: bytes,
    ) -> None: ...

    def sync(client: Client,
             data: bytes) -> None: ...

    class Client:
        async def get(self, url: str,
                      /, other: str = "",  # a comment
                      **options: str) -> bytes:
            return b""

        async def __aenter__(self,
                             ) -> int: ...

        async def __aexit__(self, kind: object,
                            value: object,
                       trace: object) -> None: ...
"""


def test_parameters_stay_below_each_other() -> None:
    code = generated(SOURCE)
    for head in (
        "\ndef get(url: str,\n        *,\n        retries: int = 3) -> bytes:\n",
        "\ndef put(\n    url: str,\n    data: bytes,\n) -> None:\n",
        "\ndef sync(client: Client,\n         data: bytes) -> None:\n",
        '\n    def get(self, url: str,\n            /, other: str = "",  # a comment\n            **options: str) -> bytes:\n',
        "\n    def __exit__(self, kind: object,\n                 value: object,\n                   trace: object) -> None:\n",
    ):
        assert head in code, code
