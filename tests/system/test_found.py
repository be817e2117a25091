#!/usr/bin/env python3
"""Panels and portals in the forms that clients really use, each as a session: all must be `suspected` at least,
and of the right family.

usage: test_found.py BUILD
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import answer, request, ts_packets  # noqa: E402
from harness import PROPOSE_ALL, level_rank  # noqa: E402
from sessions import (BOX, BOX_AGENT, MINISTRA, Sessions, get, hls, json_answer, m3u, portal_answer, portal_call,  # noqa: E402
                      portal_channels, summary)

HOST, USER, PASSWORD = "panel.example:8080", "us3rname1", "passw0rd9"
TS = ts_packets(400)
ENDLESS = answer(200, TS, "video/mp2t", length=False)
ACCOUNT = f"username={USER}&password={PASSWORD}"
XTREAM_TOKEN = "SxNaUkddFA0abSQxN0ZJRENFQFZVWGleXBtbUx4="  # the catalogue's own test vector (signatures, 1.6)
BLOCKS_TOKEN = "aB3_" * 16  # of the length that whole AES blocks have
LOGIN = json_answer({
    "user_info": {"username": USER, "password": PASSWORD, "auth": 1, "status": "Active", "exp_date": "1",
                  "max_connections": "1", "allowed_output_formats": ["m3u8", "ts"]},
    "server_info": {"url": "panel.example", "port": "8080", "server_protocol": "http", "timezone": "x"}})


def to(location):
    return answer(302, b"", headers=[("Location", location)])


def streams():
    for name, path in (("live", f"/live/{USER}/{PASSWORD}/12.ts"), ("live, capitals", f"/live/{USER}/{PASSWORD}/12.TS"),
                       ("live without ending", f"/live/{USER}/{PASSWORD}/12"),
                       ("live of a user that is a word", "/live/test/test/12.ts"),
                       ("live of tv1234", f"/live/tv1234/{PASSWORD}/12.ts"),
                       ("live of four digits", "/live/1234/5678/12.ts"),
                       ("live with encoded signs", "/live/us%40er/p%21w/12.ts"),
                       ("live with signs", "/live/us!er$/p(w)*/12.ts"), ("short", f"/{USER}/{PASSWORD}/12"),
                       ("short of words", "/john/smith/12"), ("short of digits", "/12345678/87654321/12"),
                       ("short of a mail address", "/john.doe@mail.example/secret/12"),
                       ("short with dots", "/john.doe/se.cret1/12.ts"),
                       ("catch-up", f"/timeshift/{USER}/{PASSWORD}/60/2026-01-31:20-00/12.ts"),
                       ("play token", "/play/live.php?mac=00:1A:79:11:22:33&stream=12&extension=ts&play_token=AbCdEfGh12"),
                       ("token path of a balancer", f"/auth/{BLOCKS_TOKEN}"),
                       ("path of an encrypted list", f"/play/{BLOCKS_TOKEN}")):
        family = "stalker" if "play_token" in path else "xtream"
        yield name, family, [(get(path, HOST), ENDLESS)]
    live = get(f"/live/{USER}/{PASSWORD}/12.ts", HOST)
    yield "live joined within a packet", "xtream", [(live, answer(200, TS[100:], "video/mp2t", length=False))]
    yield "live in chunks", "xtream", [(live, answer(200, TS, "video/mp2t", length=False, chunked=True))]
    yield "short in chunks", "xtream", [(get(f"/{USER}/{PASSWORD}/12", HOST),
                                         answer(200, TS, "video/mp2t", length=False, chunked=True))]
    yield "live as HLS", "xtream", [(get(f"/live/{USER}/{PASSWORD}/12.m3u8", HOST), hls("/hls/" + "0d" * 16 + "/12_7.ts"))]
    film = answer(206, b"\0\0\0\x20ftypisom" + b"x" * 9000, "video/mp4", [("Accept-Ranges", "0-1234567")])
    for kind in ("movie", "series"):
        yield f"{kind}", "xtream", [(get(f"/{kind}/{USER}/{PASSWORD}/12.mp4", HOST), film)]
    yield "film on a short path", "xtream", [(get(f"/{USER}/{PASSWORD}/12", HOST), film)]


def redirects():
    live, short = f"/live/{USER}/{PASSWORD}/12.ts", f"/{USER}/{PASSWORD}/12"
    for name, path, location in (
            ("to an address with a token", live, f"http://203.0.113.77:8000{live}?token={XTREAM_TOKEN}"),
            ("to a name with a token", live, f"http://lb.example:8000{live}?token={'aB3' * 8}"),
            ("of the same name with a token", live, f"http://panel.example{live}?token={'aB3' * 8}"),
            ("over https with Xtream Codes' token", live, f"https://lb.example{live}?token={XTREAM_TOKEN}"),
            ("to an address without token", live, f"http://203.0.113.77:8000{live}"),
            ("short, to an address without token", short, f"http://203.0.113.77:8000{short}"),
            ("short, to a name with a token", short, f"http://lb.example{short}?token={'aB3' * 8}"),
            ("short of words, to an odd port with a token", "/john/smith/12",
             f"http://lb.example:8000/john/smith/12?token={'aB3' * 8}"),
            ("to a token path", live, f"http://203.0.113.77:8000/auth/{BLOCKS_TOKEN}"),
            ("to a token path of the same server", live, f"/auth/{BLOCKS_TOKEN}"),
            ("short, to an encrypted path", short, "http://203.0.113.77:8000/live/play/" + "QWxhZGRpbjpvcGVuIHNlc2FtZQ" * 2),
            ("film to the film script", f"/movie/{USER}/{PASSWORD}/12.mkv",
             "http://lb.example:8080/vauth/12.mkv?token=" + "aB3" * 8)):
        yield f"redirect {name}", "xtream", [(get(path, HOST), to(location))]


def repeated():
    """What a server shows only by what it repeats."""
    front = "Zx9-Qw7_Lk3Pd8Rt2Vb6Y"
    tokens = [front + f"a{number}B" * 8 for number in range(3)]
    yield "tokens with one front", "xtream", [(get(f"/hls/{token[:43]}", HOST), answer(200, TS, "video/mp2t")) for token in tokens]
    yield "redirects to tokens with one front", "xtream", [
        (get("/watch/channel", HOST), to(f"http://lb.example/auth/{token[:43]}")) for token in tokens]
    yield "five channels of one account", "xtream", [
        (get(f"/{USER}/{PASSWORD}/{number}.m3u8", HOST), hls("a.ts")) for number in range(11, 16)]


def interface():
    yield "login", "xtream", [(get(f"/player_api.php?{ACCOUNT}", HOST), LOGIN)]
    warned = b"<br />\n<b>Warning</b>:  x in <b>/home/x.php</b> on line <b>7</b><br />\n" + LOGIN.split(b"\r\n\r\n", 1)[1]
    yield "login behind a warning of PHP", "xtream", [(get(f"/player_api.php?{ACCOUNT}", HOST), answer(200, warned))]
    yield "login with a form", "xtream", [(request("POST", "/player_api.php", HOST, body=ACCOUNT.encode()), LOGIN)]
    live = [{"num": i, "name": f"x{i}", "stream_type": "live", "stream_id": i, "epg_channel_id": None, "category_id": "1",
             "custom_sid": "", "tv_archive": 0, "direct_source": "", "tv_archive_duration": 0} for i in range(60)]
    films = [{"num": i, "name": f"x{i}", "stream_type": "movie", "stream_id": i, "category_id": "1",
              "container_extension": "mkv", "direct_source": ""} for i in range(60)]
    series = [{"num": i, "name": f"x{i}", "series_id": i, "backdrop_path": [], "youtube_trailer": "",
               "episode_run_time": "0", "category_id": "1"} for i in range(60)]
    described = {"info": {"name": "x"}, "movie_data": {"stream_id": 7, "name": "x", "container_extension": "mkv"}}
    for action, told in (("get_live_streams", live), ("get_vod_streams", films), ("get_series", series),
                         ("get_vod_info&vod_id=7", described)):
        yield action, "xtream", [(get(f"/player_api.php?{ACCOUNT}&action={action}", HOST), json_answer(told))]
    yield "guide", "xtream", [(get(f"/xmltv.php?{ACCOUNT}", HOST), answer(
        200, b'<?xml version="1.0"?><tv generator-info-name="x"><channel id="1"/></tv>', "application/xml"))]


def tunnels():
    """In clear behind somebody's proxy."""
    login = (get(f"/player_api.php?{ACCOUNT}", HOST), LOGIN)
    granted = b"HTTP/1.1 200 Connection established\r\n\r\n"
    name = b"panel.example"
    yield "login behind CONNECT", "xtream", [(request("CONNECT", HOST, HOST), granted), login]
    yield "login behind SOCKS 5", "xtream", [
        (b"\x05\x01\x00", b"\x05\x00"),
        (b"\x05\x01\x00\x03" + bytes([len(name)]) + name + b"\x1f\x90", b"\x05\x00\x00\x01" + bytes(6)), login]
    yield "login behind SOCKS 4", "xtream", [
        (b"\x04\x01\x1f\x90\x00\x00\x00\x01\x00" + name + b"\x00", b"\x00\x5a" + bytes(6)), login]


def lists():
    bare = [(f"C {i}", f"http://panel.example:8080/{USER}/{PASSWORD}/{i}") for i in range(1, 100)]
    words = [(f"{land}| C {i}", f"http://panel.example:8080/john/smith/{i}") for i in range(1, 30)
             for land in ("FR", "UK", "DE", "ES", "IT")]
    tokens = [(f"{land}| C {i}", f"http://panel.example:8080/play/t0k{i}.m3u8") for i in range(1, 30)
              for land in ("FR", "UK", "DE", "ES", "IT")]
    asked = get(f"/get.php?{ACCOUNT}&type=m3u_plus&output=ts", HOST)
    yield "list", "xtream", [(asked, m3u(bare))]
    yield "list in gzip and chunks", "xtream", [(asked, m3u(bare, length=False, gzip=True, chunked=True))]
    yield "list on its own", "m3u", [(get("/x.m3u", "files.example"), m3u(bare))]
    yield "list of words on its own", "m3u", [(get("/x.m3u", "files.example"), m3u(words))]
    yield "list of tokens on its own", "m3u", [(get("/x.m3u", "files.example"), m3u(tokens))]


def portals():
    base, host = "/stalker_portal/server/load.php", "portal.example"

    def session(link, text=MINISTRA, base=base, kind="application/json", count=90, token="A9" * 16):
        steps = [(portal_call(base, host, call), portal_answer(js, text, kind)) for call, js in (
            ("type=stb&action=handshake&token=", {"token": token}),
            ("type=itv&action=get_all_channels", portal_channels(count)),
            ("type=itv&action=create_link&cmd=x", {"id": "1", "cmd": f"ffmpeg {link}"}))]
        return [*steps, (get(link.split(host, 1)[-1], host, headers=BOX, agent=BOX_AGENT), ENDLESS)]

    plain = f"http://{host}/ch/1"
    yield "portal of a panel", "stalker", session(plain, None, "/c/portal.php", "text/javascript")
    yield "portal of a panel, short token", "stalker", session(plain, None, "/portal.php", "text/javascript", token="AB")
    yield "genuine-looking portal with a play token", "stalker", session(
        f"http://{host}/play/live.php?mac=00:1A:79:11:22:33&stream=12&extension=ts&play_token=AbCdEfGh12")
    yield "genuine-looking portal with a panel's link", None, session(f"http://{host}/live/{USER}/{PASSWORD}/12.ts")
    yield "genuine-looking portal with a panel's link, link only", "stalker", session(
        f"http://{host}/live/{USER}/{PASSWORD}/12.ts")[:3]
    yield "genuine-looking portal with an encrypted path", None, session(f"http://{host}/play/{BLOCKS_TOKEN}")
    yield "genuine-looking portal of 2,500 channels", "stalker", session(plain, count=2500)
    yield "genuine-looking portal at a panel's script", "stalker", session(plain, base="/c/portal.php", kind="text/javascript")


class Found(Sessions):
    def run(self):
        for group in (streams, redirects, repeated, interface, tunnels, lists, portals):
            for name, family, talks in group():
                rank, detections = self.level(name, talks, port=8080, settings=PROPOSE_ALL if group is tunnels else ())
                self.suite.check(name, rank >= level_rank("suspected"), summary(detections))
                if group is tunnels and detections:
                    self.suite.equal(f"{name}: whose", detections[-1].get("host"), "panel.example")
                    self.suite.check(f"{name}: not the proxy's", detections[-1]["block"]["scope"] != "ip_port", detections[-1]["block"])
                if family is not None and detections:
                    self.suite.equal(f"{name}: family", detections[-1]["family"], family)
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Found(sys.argv[1]).run())
