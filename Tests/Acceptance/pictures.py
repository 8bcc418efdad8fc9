"""Pictures for tests, and the form in which a phone sends them."""

import io
import uuid

from PIL import Image

# How a HEIC picture begins, which no browser but Apple's shows.
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 200


def picture(kind: str = "JPEG", colour: str = "teal", size: tuple[int, int] = (64, 48)) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, colour).save(content, kind)
    return content.getvalue()


def form(*parts: tuple[str, str | None, bytes]) -> tuple[bytes, str]:
    """A body of parts, each a name, a file's name if it is a file, and its content; and the body's type."""
    boundary = uuid.uuid4().hex
    body = b""
    for name, file, content in parts:
        named = f'; filename="{file}"' if file is not None else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n'
        head += "Content-Type: application/octet-stream\r\n\r\n" if file is not None else "\r\n"
        body += head.encode() + content + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
