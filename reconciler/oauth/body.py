"""Reading the body of an answer: never more than a limit, also after decompression, and no stream to its end. Pure."""

import zlib
from collections.abc import Iterable

METADATA_BYTES = 256 * 1024
CHALLENGE_BYTES = 64 * 1024
_ANY_WRAPPER = 47  # zlib: gzip or zlib, told apart by the header


class TooLarge(Exception):
    """The body is larger than is read."""


class Garbled(Exception):
    """The body is not what its Content-Encoding says."""


def take(chunks: Iterable[bytes], limit: int, *, encoding: str = "", stream: bool = False) -> bytes:
    """Read a body of at most `limit` bytes, unpacked.

    Nobody was asked to compress, some do it all the same. Of an event `stream` only what comes up to the end of the
    first event with data is read, since the rest may never come.
    """
    body = bytearray()
    for piece in _unpacked(chunks, limit, encoding.strip().lower()):
        body += piece
        if len(body) > limit:
            raise TooLarge
        if stream and _has_event(body):
            break
    return bytes(body)


def _unpacked(chunks: Iterable[bytes], limit: int, encoding: str) -> Iterable[bytes]:
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        yield from chunks
        return
    unpacker = zlib.decompressobj(_ANY_WRAPPER)
    try:
        for chunk in chunks:
            yield unpacker.decompress(chunk, limit + 1)
            if unpacker.unconsumed_tail:
                raise TooLarge
    except zlib.error as error:
        raise Garbled from error


def _has_event(body: bytearray) -> bool:
    """Whether a whole event with data has come (WHATWG HTML, section 9.2.5)."""
    text = bytes(body).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    events = text.split(b"\n\n")[:-1]
    return any(line.startswith(b"data") for event in events for line in event.split(b"\n"))
