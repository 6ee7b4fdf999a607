"""A local endpoint that answers as DynamoDB does, always the same: `python -m bench.stub PORT CERTIFICATE KEY`."""

import asyncio
import json
import ssl
import sys
import zlib
from typing import Any

ITEM: dict[str, dict[str, Any]] = {
    "id": {"S": "01a20338-5417-747b-bcec-3eb9cc06c6e7"},
    "sku": {"S": "BOOK-0001"},
    "name": {"S": "The Book of Books"},
    "description": {"S": "It has everything. " * 20},
    "category": {"S": "books"},
    "price": {"N": "9.99"},
    "status": {"S": "active"},
    "tags": {"SS": ["new", "sale"]},
    "stock": {"N": "12"},
    "created_at": {"S": "2026-01-02T03:04:05.678901Z"},
    "updated_at": {"S": "2026-01-02T03:04:05.678901Z"},
    "version": {"N": "3"},
    "newest_shard": {"N": "0"},
}
PAGE = [{**ITEM, "id": {"S": f"01a20338-5417-747b-bcec-3eb9cc06{number:04x}"}} for number in range(20)]
REPLIES = {
    "GetItem": {"Item": ITEM},
    "PutItem": {},
    "TransactWriteItems": {},
    "Query": {
        "Items": PAGE,
        "Count": 20,
        "ScannedCount": 20,
        "LastEvaluatedKey": {n: ITEM[n] for n in ("id", "newest_shard")},
    },
    "DescribeEndpoints": {"Endpoints": []},
    "DescribeTable": {"Table": {"TableName": "products", "TableStatus": "ACTIVE", "AttributeDefinitions": []}},
}


def response(reply: dict[str, Any]) -> bytes:
    """Return a whole HTTP response."""
    body = json.dumps(reply).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n"
    return f"{head}x-amz-crc32: {zlib.crc32(body)}\r\nx-amzn-RequestId: stub\r\n\r\n".encode() + body


RESPONSES = {name: response(reply) for name, reply in REPLIES.items()}


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
            lower = {name.lower(): value for name, value in headers.items()}
            await reader.readexactly(int(lower.get("content-length", 0)))
            writer.write(RESPONSES[lower["x-amz-target"].rpartition(".")[2]])
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()


async def main(port: int, certificate: str, key: str) -> None:
    """Serve until the process is ended."""
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), *sys.argv[2:]))
