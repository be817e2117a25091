#!/usr/bin/env python3
"""Stand-in servers for recordings with real players: a panel, its load balancer and its portal for set-top boxes; a
station with films and a list, and its radio. They send real pictures and sound, at their pace.

usage: player_server.py MEDIA     (a folder that record_players.py fills)
"""
import base64
import gzip
import hashlib
import http.server
import json
import pathlib
import re
import sys
import threading
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from stand_in import COUNTRIES, Panel, title  # noqa: E402

PANEL = Panel("tv.panel.example", 8080, "gracehopper1906", "c0b0lNavy52")
PANEL_AT, BALANCER_AT, STATION_AT, PORTAL_HOST = "203.0.113.10", "203.0.113.11", "203.0.113.20", "portal.panel.example"
MAC = "00:1A:79:5E:3A:C1"
MEDIA_SECONDS, SEGMENT_SECONDS, BURST_SECONDS = 60, 4, 3
REDIRECTED = 1200  # streams from this number on come from the balancer
BEGUN = time.time()


def token(text, size):
    return base64.b64encode(hashlib.sha512(text.encode()).digest() * 3).decode().replace("+", "A").replace("/", "b")[:size]


class Media:
    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.live, self.radio = (folder / "live.ts").read_bytes(), (folder / "radio.mp3").read_bytes()
        self.films = {kind: (folder / f"film.{kind}").read_bytes() for kind in ("mkv", "mp4")}
        self.segments = [path.read_bytes() for path in sorted(folder.glob("segment*.ts"))]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version, server_version, sys_version = "HTTP/1.1", "nginx", ""
    media = None

    def log_message(self, *_):
        pass

    def give(self, body, kind, *headers, status=200, chunked=False, packed=False):
        if packed and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, headers = gzip.compress(body, mtime=0), (*headers, ("Content-Encoding", "gzip"))
        self.send_response(status)
        framing = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", len(body))
        for name, value in (("Content-Type", kind), framing, *headers):
            self.send_header(name, str(value))
        self.end_headers()
        if self.command == "HEAD":
            return
        if chunked:
            cuts = [body[at:at + 4096] for at in range(0, len(body), 4096)]
            body = b"".join(b"%x\r\n%s\r\n" % (len(cut), cut) for cut in cuts) + b"0\r\n\r\n"
        self.wfile.write(body)

    def give_json(self, value, kind="application/json"):
        self.give(json.dumps(value).encode(), kind, chunked=True, packed=True)

    def give_nothing(self):
        self.give(b"<html><head><title>404 Not Found</title></head></html>", "text/html", status=404)

    def give_stream(self, body, kind="video/mp2t", *headers):
        """Until the client has enough of it, a few seconds ahead."""
        self.send_response(200)
        for name, value in (("Content-Type", kind), *headers, ("Connection", "close")):
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        begun, sent = time.time(), 0
        while self.command != "HEAD" and time.time() - begun < MEDIA_SECONDS:
            due = int((time.time() - begun + BURST_SECONDS) * len(body) / MEDIA_SECONDS)
            if due - sent < 1316:
                time.sleep(0.1)
                continue
            at = sent % len(body)
            part = body[at:at + min(due - sent, 13160)]
            self.wfile.write(part)
            sent += len(part)

    def give_file(self, body, kind, ranges):
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked is None:
            self.give(body, kind, ("Accept-Ranges", ranges))
            return
        first, last = int(asked[1]), min(int(asked[2] or len(body)), len(body) - 1)
        if first >= len(body):
            self.give(b"", kind, status=416)
            return
        self.give(body[first:last + 1], kind, ("Accept-Ranges", ranges), ("Content-Range", f"bytes {first}-{last}/{len(body)}"),
                  status=206)

    def give_hls(self, uris, *tags, **how):
        now = int((time.time() - BEGUN) / SEGMENT_SECONDS)
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-MEDIA-SEQUENCE:{now}", f"#EXT-X-TARGETDURATION:{SEGMENT_SECONDS + 1}", *tags]
        for number in range(now, now + 4):
            lines += [f"#EXTINF:{SEGMENT_SECONDS}.000000,", uris(number)]
        self.give(("\n".join(lines) + "\n").encode(), "application/x-mpegurl", ("Access-Control-Allow-Origin", "*"), **how)

    def handle_request(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query.update(urllib.parse.parse_qsl(body.decode("latin-1")))
        try:
            self.answer(url.path, query)
        except OSError:
            self.close_connection = True

    do_GET = do_POST = do_HEAD = handle_request


def body_of(answer):
    return answer.split(b"\r\n\r\n", 1)[1]


class PanelServer(Handler):
    ACCOUNT = f"{PANEL.user}/{PANEL.password}"

    def answer(self, path, query):
        known = query.get("username") == PANEL.user and query.get("password") == PANEL.password
        live = re.fullmatch(rf"/(?:live/)?{self.ACCOUNT}/(\d+)(\.ts|\.m3u8)?", path)
        film = re.fullmatch(rf"/movie/{self.ACCOUNT}/\d+\.(mkv|mp4)", path)
        segment = re.fullmatch(r"/hls/[0-9a-f]{32}/\d+_(\d+)\.ts", path)
        if path == "/player_api.php" and known:
            self.interface(query.get("action"))
        elif path == "/get.php" and known:
            short = PANEL.playlist(100).replace(b"/live/", b"/").replace(b".ts\r", b"\r")
            self.give(short, "application/octet-stream", ("Content-Description", "File Transfer"),
                      ("Content-Disposition", f'attachment; filename="playlist_{PANEL.user}_plus.m3u"'), chunked=True, packed=True)
        elif path == "/xmltv.php" and known:
            rows = "".join(f'<channel id="ch{n}"><display-name>{title(n)}</display-name></channel>' for n in range(60))
            self.give(f'<?xml version="1.0" encoding="utf-8"?><tv generator-info-name="Kanal">{rows}</tv>'.encode(), "application/xml")
        elif live and live[2] == ".m3u8":
            key = hashlib.md5(f"{self.client_address[0]} {live[1]}".encode()).hexdigest()
            self.give_hls(lambda number: f"/hls/{key}/{live[1]}_{number}.ts", "#EXT-X-ALLOW-CACHE:YES")
        elif live and int(live[1]) >= REDIRECTED:
            place = f"http://{BALANCER_AT}:8000/live/{self.ACCOUNT}/{live[1]}.ts?token={token(live[1], 43)}"
            self.give(b"", "text/html", ("Location", place), ("Cache-Control", "no-store, no-cache, must-revalidate"), status=302)
        elif live:
            self.give_stream(self.media.live)
        elif segment:
            self.give(self.media.segments[int(segment[1]) % len(self.media.segments)], "video/mp2t")
        elif film:
            body = self.media.films[film[1]] * (2 if film[1] == "mkv" else 1)
            self.give_file(body, {"mkv": "video/x-matroska", "mp4": "video/mp4"}[film[1]], f"0-{len(body)}")
        else:
            self.give_nothing()

    def interface(self, action):
        if action is None:
            self.give(body_of(PANEL.login_answer()), "application/json", packed=True)
        elif action.endswith("_categories"):
            self.give_json([{"category_id": str(n), "category_name": f"{land}| GENERAL", "parent_id": 0} for n, land in enumerate(COUNTRIES)])
        elif action == "get_live_streams":
            self.give_json([{"num": n, "name": title(n), "stream_type": "live", "stream_id": 1000 + n, "stream_icon": "", "epg_channel_id":
                             f"ch{n}", "added": "1704067200", "custom_sid": "", "tv_archive": 0, "direct_source": "",
                             "tv_archive_duration": 0, "category_id": str(n % 8), "thumbnail": ""} for n in range(120)])
        elif action == "get_short_epg":
            coded = base64.b64encode(b"Nachrichten").decode()
            self.give_json({"epg_listings": [{"id": "1", "title": coded, "description": coded, "start_timestamp": "1769889600",
                                              "stop_timestamp": "1769893200"}]})
        else:
            self.give_json([])


class BalancerServer(Handler):
    def answer(self, path, query):
        if re.fullmatch(rf"/live/{PanelServer.ACCOUNT}/\d+\.ts", path) and "token" in query:
            self.give_stream(self.media.live)
        else:
            self.give_nothing()


class PortalServer(Handler):
    """The panel's imitation of a portal."""

    def answer(self, path, query):
        if path == "/play/live.php" and "play_token" in query:
            self.give_stream(self.media.live)
        elif path == "/portal.php":
            self.give_json({"js": self.js(query.get("type"), query.get("action"), int(query.get("p") or 1))}, "text/javascript;charset=UTF-8")
        else:
            self.give_nothing()

    def js(self, kind, action, page):
        channels = [{"id": str(1000 + n), "name": title(n), "number": str(n), "cmd": f"ffmpeg http://localhost/ch/{1000 + n}_",
                     "tv_genre_id": str(n % 8), "logo": "", "xmltv_id": "", "cmds": [], "use_http_tmp_link": 1, "tv_archive_duration": 0,
                     "censored": 0, "allow_pvr": 0, "open": 1} for n in range(60)]
        links = {"id": "1001", "cmd": f"ffmpeg http://{PORTAL_HOST}/play/live.php?mac={MAC}&stream=1001&extension=ts&play_token={token('p', 10)}"}
        known = {("stb", "handshake"): {"token": token("session", 172)},
                 ("stb", "get_profile"): {"id": "17", "name": MAC, "status": 0, "stb_type": "MAG250", "num_banks": "2", "parent_password":
                                          "0000", "image_version": "218", "watchdog_timeout": 96, "storages": {}, "fav_itv_on": "0"},
                 ("itv", "get_genres"): [{"id": str(n), "title": f"{land}| GENERAL", "alias": land.lower()} for n, land in
                                         enumerate(COUNTRIES)],
                 ("itv", "get_all_channels"): {"total_items": len(channels), "max_page_items": 14, "data": channels},
                 ("itv", "get_ordered_list"): {"total_items": 14, "max_page_items": 14, "selected_item": 0, "cur_page": page,
                                               "data": channels[:14]},
                 ("itv", "create_link"): links, ("watchdog", "get_events"): {"data": {"msgs": 0, "additional_services_on": "1"}}}
        return known.get((kind, action), [])


class StationServer(Handler):
    """A station's own stream in two renditions, its films, its plain stream, the country's list of free channels."""
    server_version = "nginx/1.24.0"

    def answer(self, path, query):
        segment = re.fullmatch(r"/live/canal9/\d+p/(\d+)\.ts", path)
        if path == "/live/canal9/master.m3u8":
            rows = "".join(f'#EXT-X-STREAM-INF:BANDWIDTH={width * 900},RESOLUTION={width}x{width * 9 // 16},CODECS="avc1.64000c,mp4a.40.2"\n'
                           f"{width * 9 // 16}p/index.m3u8\n" for width in (160, 320))
            self.give(f"#EXTM3U\n#EXT-X-VERSION:3\n{rows}".encode(), "application/vnd.apple.mpegurl")
        elif re.fullmatch(r"/live/canal9/\d+p/index\.m3u8", path):
            self.give_hls(lambda number: f"{4700 + number}.ts?hdnts={token('t', 64)}", "#EXT-X-INDEPENDENT-SEGMENTS", packed=True)
        elif segment:
            self.give(self.media.segments[int(segment[1]) % len(self.media.segments)], "video/mp2t", chunked=True)
        elif path == "/films/2026/film.mp4":
            self.give_file(self.media.films["mp4"], "video/mp4", "bytes")
        elif path == "/canal9.ts":
            self.give_stream(self.media.live)
        elif path == "/free.m3u8":
            rows = [f'#EXTINF:-1 tvg-id="C{n}.es" tvg-logo="https://l.example/{n}.png" group-title="Generalistas",Canal {n}\n' + (
                f"https://cdn{n}.canal{n}.example/live/c{n}/playlist.m3u8" if n else "http://tv.station.example/live/canal9/master.m3u8")
                for n in range(120)]
            self.give(("#EXTM3U\n" + "\n".join(rows) + "\n").encode(), "application/vnd.apple.mpegurl", packed=True)
        else:
            self.give_nothing()


class RadioServer(Handler):
    server_version = "Icecast 2.4.4"

    def answer(self, path, query):
        if path == "/jazz":
            self.give_stream(self.media.radio, "audio/mpeg", ("icy-name", "Jazz"), ("icy-br", "32"))
        elif path == "/jazz.m3u":
            self.give(b"http://radio.station.example:8000/jazz\n", "audio/x-mpegurl")
        else:
            self.give_nothing()


SERVERS = {(PANEL_AT, 8080): PanelServer, (BALANCER_AT, 8000): BalancerServer, (PANEL_AT, 80): PortalServer,
           (STATION_AT, 80): StationServer, (STATION_AT, 8000): RadioServer}


def main():
    Handler.media = Media(sys.argv[1])
    for place, kind in SERVERS.items():
        server = http.server.ThreadingHTTPServer(place, kind)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
