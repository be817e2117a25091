#!/usr/bin/env python3
"""The oracle (tests/oracle): its own logic, and, where tshark is there, a few captures through it.

usage: test_oracle.py BUILD
"""
import ipaddress
import pathlib
import struct
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "tools"), str(TESTS / "oracle")]
from harness import CAPTURES, Suite, scratch  # noqa: E402
import compare  # noqa: E402
import names_maker  # noqa: E402
import nesting  # noqa: E402
import rewire  # noqa: E402
import wireshark  # noqa: E402
from wireshark import Request  # noqa: E402

# With answers to HEAD, redirects, ranges, chunks, gzip, pipelines and IPv6 among them.
ASKED = ("xtream_login_playlist", "xtream_redirect_lb", "m3u_gzip_chunked", "xtream_film_resumed", "legal_players", "tls_panel_sni",
         "dns_dig", "quic_gtls")


def innermost(suite):
    four = {"ip": [["192.0.2.1", "198.51.100.7"], ["192.0.2.2", "203.0.113.10"]], "ipv6": [["2001:db8::1"], ["2001:db8::2"]]}
    ports = {"tcp": [["40000"], ["80"]], "udp": [["49152"], ["2152"]]}
    inner = ("TCP", ("198.51.100.7", 40000), ("203.0.113.10", 80))
    for protocols, wanted in (
            ("eth:ethertype:ip:udp:gtp:ip:tcp:http", inner),
            ("eth:ethertype:ip:udp:gtp:ipv6:tcp", ("TCP", ("2001:db8::1", 40000), ("2001:db8::2", 80))),
            ("eth:ethertype:ip:udp:gtp:ip:icmp:ip:tcp", None),  # an error's quotation
            ("eth:ethertype:ip:udp:gtp:ip:esp", None),
            ("eth:ethertype:ip:udp:wg:ip:tcp", ("UDP", ("192.0.2.1", 49152), ("192.0.2.2", 2152))),
            ("eth:ethertype:ip:udplite", None),
            ("eth:ethertype:arp", None)):
        suite.equal(f"innermost: {protocols}", wireshark.innermost(protocols, four, ports), wanted)


def normal_forms(suite):
    def request(uri, host=b"panel.example", method=b"GET"):
        return compare.of_tshark(Request(method, uri, host, b"VLC"))

    suite.equal("a path", request(b"/a?b"), ("GET", "panel.example", "/a?b", "VLC"))
    suite.equal("a whole URL", request(b"http://u:p@Other.Example:81/a"), ("GET", "other.example", "/a", "VLC"))
    suite.equal("a whole URL without path", request(b"HTTP://other.example"), ("GET", "other.example", "/", "VLC"))
    suite.equal("an authority", request(b"other.example:443", method=b"CONNECT")[1:3], ("other.example", "other.example:443"))
    suite.equal("control characters", request(b"/a\x01\xff\xe2\x80\xae")[2], "/a\ufffd\ufffd\ufffd")
    suite.equal("no agent", compare.of_tshark(Request(b"GET", b"/", None, b"")), ("GET", None, "/", None))
    for raw, wanted in ((b"Panel.Example:8080", "panel.example"), (b"[2001:DB8:0::1]:80", "2001:db8::1"),
                        (b"203.0.113.10", "203.0.113.10"), (b"panel.example.", "panel.example"), (b"a b", None), (b"", None)):
        suite.equal(f"host {raw}", compare.host(raw), wanted)


def counting(suite):
    same, rows = compare.differences([("a", 1, 10), ("a", 1, 11), ("a", 2, 12)], [("a", 1, "t"), ("b", 2, "u")])
    suite.equal("what both have", same, 1)
    suite.equal("what one has", rows, [("a", 1, None, 11, None), ("a", 2, None, 12, None), ("b", None, 2, None, "u")])
    told = wireshark.Told(frames={1: wireshark.Frame(0, "x"), 2: wireshark.Frame(0, "x")})
    flow = ("UDP", ("198.51.100.7", 40000), ("203.0.113.10", 5300))
    asked, answered = (flow, ("query", "panel.example"), 1), (flow, ("answer", "panel.example"), 2)
    suite.equal("a question alone elsewhere", compare.alone([asked]), [asked])
    suite.equal("an answer alone elsewhere", compare.alone([answered]), [answered])
    suite.equal("both elsewhere", compare.alone([asked, answered]), [])
    at_53 = (("UDP", ("198.51.100.7", 40000), ("203.0.113.10", 53)), *asked[1:])
    suite.equal("a question alone on DNS's port", compare.alone([at_53]), [])
    suite.equal("two readings", wireshark.united(told, [(1, 200), (1, 206)], [(1, 200), (2, 200)]),
                [(1, 200), (1, 206), (2, 200)])


def left_out(suite, build, folder):
    """A question in a datagram that says it is longer, one whose name points to itself, one alone elsewhere."""
    ends = (ipaddress.ip_address("198.51.100.7"), ipaddress.ip_address("203.0.113.53"))
    good = names_maker.dns_query("panel.example")
    unread = good[:12] + b"\xc0\x0c" + good[-4:]
    frames = []
    for number, (payload, port, beyond) in enumerate(((good, 53, 0), (good, 53, 400), (unread, 53, 0), (good, 8053, 0))):
        udp = struct.pack("!HHHH", 40000 + number, port, 8 + len(payload) + beyond, 0) + payload
        frames.append(rewire.Frame(rewire.SECOND * (number + 1), rewire.ip4(ends, 17, udp), True))
    wireshark.OPTIONS += ["-d", "udp.port==8053,dns"]
    oracle = compare.Oracle(build, ("hellos", "lookups"))
    lines = list(oracle.compare(rewire.write(folder / "left_out.pcap", frames)))
    suite.check("what is left out is no difference", not lines, "; ".join(lines))
    suite.equal("names that are left out", +oracle.left, {compare.DAMAGE: 1, compare.UNREAD: 1, compare.ALONE: 1})
    suite.equal("names that are not", oracle.count(["hellos", "lookups"]), (1, 1, 0))


def captures(suite, build):
    if wireshark.version() is None:
        suite.skip("the oracle on captures", "needs tshark (apt-get install tshark)")
        return
    folder = scratch()
    files = [CAPTURES / f"{name}.pcap" for name in ASKED]
    frames = rewire.read(files[0])
    files.append(rewire.write(folder / "fragments.pcap", rewire.tunnel_fragmented(frames)))
    files.append(rewire.write(folder / "reordered.pcap", rewire.reordered(frames)))
    files.append(TESTS / "cases" / "made_names" / "input.pcap")
    oracle = compare.Oracle(build, compare.KINDS)
    lines = [line for path in files for line in oracle.compare(path)]
    suite.check("captures agree", not lines, "; ".join(lines))
    for kind in compare.KINDS:
        suite.check(f"captures have {kind}", oracle.totals[kind]["tshark"] > 0, oracle.totals)
    suite.check("all names agree", oracle.share(compare.NAMES) == 100.0, list(oracle.summary()))
    left_out(suite, build, folder)
    nested = rewire.write(folder / "nested.pcap", [frame for port in list(nesting.pairs())[::40] for frame in
                                                   nesting.frames_of(port)])
    wireshark.OPTIONS += nesting.TSHARK_OPTIONS
    lines = compare.Oracle(build, compare.KINDS).compare(nested)
    suite.check("encapsulations agree", not lines, "; ".join(lines))


def main():
    suite = Suite()
    innermost(suite)
    normal_forms(suite)
    counting(suite)
    captures(suite, sys.argv[1])
    return suite.finish()


sys.exit(main())
