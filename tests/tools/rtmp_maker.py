"""RTMP conversations for made captures: handshakes, chunks of 128 bytes, commands in AMF0."""
import struct


def string(text):
    return b"\2" + struct.pack("!H", len(text)) + text.encode()


def number(value):
    return b"\0" + struct.pack("!d", value)


def values(**pairs):
    return b"\3" + b"".join(struct.pack("!H", len(key)) + key.encode() + string(value)
                            for key, value in pairs.items()) + b"\0\0\x09"


def message(stream, kind, body):
    out = bytes([stream]) + b"\0\0\0" + struct.pack("!I", len(body))[1:] + bytes([kind]) + b"\1\0\0\0"
    return out + bytes([0xC0 | stream]).join(body[at:at + 128] for at in range(0, len(body), 128))


def command(name, *arguments, stream=3):
    return message(stream, 20, string(name) + number(1) + b"".join(arguments))


def handshake(fill):
    return b"\3" + bytes(8) + bytes([fill]) * 1528 + bytes(8) + bytes([fill]) * 1528


def status(code):
    return command("onStatus", b"\5", values(level="status", code=code), stream=5)


def visit(talk, url, name, verb="play", told="NetStream.Play.Start", media=0):
    """A client that connects to `url` and plays or publishes `name`; `told` None: no answer to that."""
    talk.client(handshake(1)).server(handshake(2)).wait(0.02)
    talk.client(command("connect", values(app=url.split("/", 3)[-1], tcUrl=url))).wait(0.02)
    talk.server(command("_result", b"\5", values(level="status", code="NetConnection.Connect.Success"))).wait(0.02)
    talk.client(command("createStream", b"\5")).server(command("_result", b"\5", number(1))).wait(0.02)
    talk.client(command(verb, b"\5", string(name), stream=8)).wait(0.05)
    if told is not None:
        talk.server(status(told))
    for _ in range(media):
        talk.server(message(6, 9, bytes(range(256)) * 4)).wait(0.04)
    return talk
