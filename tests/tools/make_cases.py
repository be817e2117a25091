#!/usr/bin/env python3
"""Writes the made captures of the golden cases: tests/cases/NAME/input.pcap.

usage: make_cases.py [NAME...]. The bytes are the same each time; what a case is for stands in its README.md.
"""
import ipaddress
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import rewire  # noqa: E402
from capture_maker import CLIENT, SERVER, Capture, answer, request  # noqa: E402
from names_maker import AAAA, dns_name  # noqa: E402
from stand_in import Panel, visit_panel, visit_site  # noqa: E402
from ts_maker import Stream  # noqa: E402


def ipv6_panel():
    made = Capture()
    for number in range(3):
        visit_panel(made, Panel("tv6.panel.example", 25461), f"2001:db8:a:{number + 1}::7", "2001:db8:beef::10", at=number * 5)
    # Two addresses of one /64 are one client.
    visit_panel(made, Panel("tv6.panel.example", 25461), "2001:db8:a:1::8", "2001:db8:beef::10", at=16)
    return made.to_bytes()


def one_panel():
    made = Capture()
    visit_panel(made, Panel("tv.panel.example", 8080), "198.51.100.7", "203.0.113.10")
    return made


def client_half():
    return one_panel().to_bytes(half=CLIENT)


def server_half():
    return one_panel().to_bytes(half=SERVER)


def double_tagged():
    return one_panel().to_bytes(vlans=(100, 7))


def neighbours():
    made = Capture()
    for number, host in enumerate(("shop.example", "blog.example", "club.example", "school.example")):
        visit_site(made, host, f"198.51.100.{10 + number}", "203.0.113.30", at=number)
    visit_panel(made, Panel("tv.panel.example"), "198.51.100.7", "203.0.113.30", at=2)
    return made.to_bytes()


def canary():
    made = Capture()
    for number, status in enumerate((404, 200)):
        talk = made.talk("198.51.100.7", "203.0.113.99", at=number * 3)
        talk.exchange(request("GET", "/alive", "vigie-canary.example"), answer(status, b"ok", "text/plain")).close()
    return made.to_bytes()


def proxy():
    made, panel = Capture(), Panel("tv.panel.example", 8080)
    talk = made.talk("198.51.100.7", "203.0.113.70", 3128)
    for asked, told in ((panel.login_request(), panel.login_answer()), (panel.playlist_request(), panel.playlist_answer())):
        talk.exchange(asked.replace(b"GET /", f"GET http://{panel.authority}/".encode(), 1), told)
    talk.close()
    tunnel = made.talk("198.51.100.7", "203.0.113.71", 3128, at=3)
    tunnel.exchange(request("CONNECT", panel.authority, panel.authority), answer(200, b"", None, length=False))
    tunnel.exchange(panel.login_request(), panel.login_answer()).close()
    return made.to_bytes()


def refused_claims():
    """A scanner meets a server that knows nothing, one that shows a page, and one that sends it away."""
    made, panel = Capture(), Panel("nobody.example")
    answers = (answer(404, b"<html>nginx 404</html>"), answer(200, b"<!DOCTYPE html><html>player_api.php #EXTM3U</html>"),
               answer(302, headers=[("Location", "http://www.example.net/")]))
    for number, told in enumerate(answers):
        talk = made.talk("198.51.100.50", f"203.0.113.{50 + number}", at=number * 2)
        for asked in (panel.login_request(), panel.playlist_request(), panel.stream_request()):
            talk.exchange(asked, told)
        talk.close()
    return made.to_bytes()


def hostile_names():
    """Streams whose names are meant for the terminal, the log and the database of whoever reads them."""
    made = Capture()
    names = (b"\x1b[2J\x1b[31mred\x07", b"a\x1b]0;title\x07b", "left\u202eright\u2066in\u2069", b"\x15bad \xc3\x28 \xff\xfe",
             b"A" * 240, b"\x01" + b"\xd5" * 239, b"\x11\xd8\x00\x20\x2e\x00\x41", b"\0\0\0", b"", b"\x86Kino\x87\x8aEins",
             '"><script>alert(1)</script>\\', "seen by 198.51.100.7", "token 9f1c2b7d0e9f1c2b7d0e9f1c2b7d0e00")
    for number, name in enumerate(names):
        talk = made.talk("198.51.100.7", "203.0.113.60", 8000, at=number * 2)
        stream = Stream(name, b"Anbieter", kilobits=100).bytes(1.2)
        talk.exchange(request("GET", f"/play/a{number:03}", "203.0.113.60:8000"), answer(200, stream, "video/MP2T")).close()
    return made.to_bytes()


def cut_answer(made, name, at):
    """Of a long answer the first fragment, of which again a part is missing."""
    client, server = "198.51.100.8", "203.0.113.53"
    message = struct.pack("!HHHHHH", 9, 0x8180, 1, 2, 0, 0) + dns_name(name) + struct.pack("!HH", 16, 1) + bytes(1500)
    datagram = struct.pack("!HHHH", 53, 40000, 8 + len(message), 0) + message
    ends = (ipaddress.ip_address(server), ipaddress.ip_address(client))
    first = rewire.fragments(rewire.ip4(ends, 17, datagram), 1400, 7)[0]
    made.add(made.start_us + at * rewire.SECOND, SERVER, first[:300], 0)


def names():
    """Names in versions of QUIC that hardly anybody speaks any more, and in damaged messages of DNS."""
    import quic_maker as quic  # it needs python3-cryptography
    made = Capture()
    tls, google = quic.crypto(0, quic.HELLO), quic.crypto(0, quic.HELLO, b"\x08")

    def talk(number):
        return made.datagrams("198.51.100.7", "203.0.113.10", 443, at=number)

    def goes_on(version):
        first = b"\xf0" if version in quic.TYPES_2 else b"\xe0"
        return first + struct.pack("!I", version) + b"\0\0\1\0"

    versions = (quic.V1, quic.V2, quic.DRAFT_22, quic.DRAFT_23, quic.DRAFT_29, quic.DRAFT_32, quic.DRAFT_34, quic.MVFST_22,
                quic.MVFST_27)
    for number, version in enumerate(versions):
        identity = bytes([number]) * 8
        talk(number).client(quic.initial(version, tls, identity=identity)).wait(0.1).server(goes_on(version))
    for number, version in enumerate((quic.T050, quic.T051), 20):
        talk(number).client(quic.initial(version, google, identity=bytes([number]) * 8)).wait(0.1).server(goes_on(version))
    own = quic.crypto(0, quic.GOOGLE_HELLO, b"\x08")
    talk(22).client(quic.initial(quic.Q050, own, identity=b"\x22" * 8)).wait(0.1).server(goes_on(quic.Q050))
    clear = bytes(12) + b"\xa0\1" + struct.pack(">H", len(quic.GOOGLE_HELLO)) + quic.GOOGLE_HELLO
    talk(23).client(b"\x0dconnect3Q043\1" + clear).wait(0.1).server(b"\x08connect3\1" + bytes(12))
    talk(24).client(b"\xc3Q046\x50connect4\0\0\0\1" + clear).wait(0.1).server(b"\xc3Q046\5connect4\0\0\0\1" + bytes(12))
    # The server does not speak the version that was made up to try it, and says which ones it does.
    tried = talk(30).client(quic.initial(quic.RESERVED, tls, identity=b"\x30" * 8, key_version=quic.DRAFT_29))
    tried.wait(0.1).server(b"\x80\0\0\0\0\0\x08" + b"\x30" * 8 + b"\0\0\0\1")
    tried.client(quic.initial(quic.V1, tls, identity=b"\x31" * 8)).wait(0.1).server(goes_on(quic.V1))
    asked = made.datagrams("198.51.100.8", "203.0.113.53", 53, at=40)
    two = dns_name("panel.example") + b"\0\1\0\1" + b"\xc0\x0c" + struct.pack("!HH", AAAA, 1)
    told = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 300, 4) + bytes([203, 0, 113, 10])
    asked.client(struct.pack("!HHHHHH", 7, 0x0100, 2, 0, 0, 0) + two)
    asked.wait(0.1).server(struct.pack("!HHHHHH", 7, 0x8180, 2, 1, 0, 0) + two + told)
    cut_answer(made, "long.example", 41)
    return made.to_bytes()


def explained():
    """A panel that sends its clients to edges, at two addresses; the name of another one is seized; guards."""
    made, panel, token = Capture(), Panel("tv.panel.example", 8080), "SxNaUkddFA0abSQxN0ZJRENFQFZVWGleXBtbUx4="
    stream = f"/live/{panel.user}/{panel.password}/1001.ts"
    for number, server in enumerate(("203.0.113.10", "203.0.113.11")):
        visit_panel(made, panel, f"198.51.100.{7 + number}", server, at=20 * number)
        edge = f"203.0.113.{20 + number}"
        sent = answer(302, b"", headers=[("Location", f"http://{edge}:8000{stream}?token={token}")])
        made.talk("198.51.100.7", server, 8080, at=20 * number + 6).exchange(panel.stream_request(), sent).close()
        made.talk("198.51.100.7", edge, 8000, at=20 * number + 8).exchange(
            request("GET", f"{stream}?token={token}", f"{edge}:8000"), panel.stream_answer()).close()
    seized = answer(302, headers=[("Location", "https://www.alliance4creativity.com/watch-it-legally/")])
    for number, host in enumerate(("photo.portal.example", "tv.panel.example")):
        made.talk("198.51.100.9", "198.51.100.200", at=50 + number).exchange(request("GET", "/", host), seized).close()
    visit_panel(made, Panel("lan.example"), "198.51.100.7", "192.168.7.7", at=60)
    visit_panel(made, Panel("www.canalplus.com"), "198.51.100.66", "203.0.113.10", at=70)
    return made.to_bytes()


MADE = {"made_explain": explained,
        "made_ipv6_panel": ipv6_panel, "made_client_half": client_half, "made_server_half": server_half,
        "made_double_tagged": double_tagged, "made_neighbours": neighbours, "made_canary": canary, "made_proxy": proxy,
        "made_refused_claims": refused_claims, "made_hostile_names": hostile_names, "made_names": names}


def main():
    for name in sys.argv[1:] or MADE:
        folder = HERE.parent / "cases" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "input.pcap").write_bytes(MADE[name]())
        print(folder / "input.pcap")


if __name__ == "__main__":
    main()
