#!/usr/bin/env python3
"""Writes a capture in which every encapsulation stands around every other one that it can carry.

usage: nesting.py FILE

One conversation for each pair, told apart by the client's port: pairs() says which port is which pair.
"""
import functools
import sys

import rewire
from capture_maker import Capture, answer, request

CLIENT, SERVER, PORT = "198.51.100.7", "203.0.113.10", 8080
FIRST_PORT = 20000
# What labels and sessions carry is agreed upon elsewhere, so tshark has to be told.
TSHARK_OPTIONS = ["-d", "mpls.label==17,pwethnocw", "-d", "mpls.label==18,pwethcw", "-d", "l2tp.pw_type==0,eth",
                  "-o", "l2tp.cookie_size:4 Byte Cookie", "-o", "l2tp.l2_specific:None"]


def talk(port):
    """A request and its answer as frames."""
    capture = Capture()
    one = capture.talk(CLIENT, SERVER, PORT, client_port=port, at=port - FIRST_PORT)
    one.exchange(request("GET", f"/pair/{port}", "nested.example"), answer(200, b"hello"))
    one.close()
    return [rewire.Frame(packet.time_us, packet.data, rewire.is_up(packet.data)) for packet in capture.packets]


@functools.lru_cache(maxsize=None)
def pairs():
    """Which pairs there are: {port: (inner, outer)}."""
    probe = talk(FIRST_PORT)[0]
    found = [(inner, outer) for inner in rewire.WRAPS for outer in rewire.WRAPS
             if rewire.nested(probe, inner, outer) is not None]
    return dict(enumerate(found, FIRST_PORT))


def frames_of(port):
    inner, outer = pairs()[port]
    return rewire.wrapped(talk(port), lambda frame: rewire.nested(frame, inner, outer))


def frames():
    return [frame for port in pairs() for frame in frames_of(port)]


if __name__ == "__main__":
    rewire.write(sys.argv[1], frames())
