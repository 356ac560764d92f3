"""One connection serves many calls, and a reader task takes what arrives between calls."""

import asyncio

from case import bridge, until


class Client:
    async def open(self, port):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        self.arrived = []
        self.answers = {}
        self.task = asyncio.ensure_future(self.read())

    async def read(self):
        while line := await self.reader.readline():
            number, text = line.decode().split(" ", 1)
            future = self.answers.pop(number, None)
            if future is None:
                self.arrived.append(text.strip())
            else:
                future.set_result(text.strip())

    async def call(self, number, text):
        future = self.answers[str(number)] = asyncio.get_running_loop().create_future()
        self.writer.write(f"{number} {text}\n".encode())
        return await future

    async def close(self):
        self.writer.close()
        await self.writer.wait_closed()
        self.task.cancel()


async def serve():
    async def handle(reader, writer):
        while line := await reader.readline():
            writer.write(line)
            if b"push" in line:
                asyncio.get_running_loop().call_later(0.02, writer.write, b"x pushed\n")
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


async def hang_up():
    await asyncio.sleep(0.02)  # the server sees that the client has gone, and closes its side
    server.close()


server, port = bridge.run(serve())
client = Client()
bridge.run(client.open(port))
for number in range(200):
    assert bridge.run(client.call(number, f"text {number}")) == f"text {number}"
assert bridge.run(client.call("p", "push")) == "push"
until(lambda: client.arrived == ["pushed"])
bridge.run(client.close())
bridge.run(hang_up())
print("ok")
