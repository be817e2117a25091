#!/usr/bin/env python3
"""Stand-in servers of lists for recordings: a panel that writes lists for boxes, a host of files that knows ranges, a
set-top box that its owner watches.

usage: list_server.py panel|files|box ADDRESS PORT
"""
import http.server
import gzip
import pathlib
import re
import sys
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from box_lists import box_lists, enigma2_items  # noqa: E402
from capture_maker import ts_packets  # noqa: E402
from stand_in import Panel  # noqa: E402

PANEL = Panel("tv.panel.example", 8080)
SECOND_PACKETS = 400  # about 600 kbit/s
KEYS = ("#KODIPROP:inputstream.adaptive.license_type=clearkey\n#KODIPROP:inputstream.adaptive.license_key={0:032x}:{1:032x}\n"
        "#EXTINF:-1 group-title=\"Sport\",Arena {0}\nhttps://live{0}.licensed-cdn.example/out/{0}/manifest.mpd\n")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "nginx", ""

    def log_message(self, *_):
        pass

    def give(self, body, kind, *headers, status=200):
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", len(body)), *headers):
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def give_half(self, body, kind):
        """The connection breaks."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2])
        self.close_connection = True

    def give_stream(self):
        """Until the client has enough of it."""
        self.send_response(200)
        self.send_header("Content-Type", "video/mp2t")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(5):
                self.wfile.write(ts_packets(SECOND_PACKETS // 5, "Kanal Eins"))
                time.sleep(0.2)
        except OSError:
            pass

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        try:
            self.answer(url.path, dict(urllib.parse.parse_qsl(url.query)))
        except OSError:
            self.close_connection = True


class PanelServer(Handler):
    def answer(self, path, query):
        if path == "/get.php":
            for kind, name, body in box_lists(PANEL):
                if kind == query.get("type"):
                    self.give(body.encode(), "application/octet-stream", ("Content-Description", "File Transfer"),
                              ("Content-Disposition", f'attachment; filename="{name}"'), ("Expires", "0"),
                              ("Cache-Control", "must-revalidate"), ("Pragma", "public"))
                    return
        if path == "/enigma2.php":
            self.give(enigma2_items(PANEL).encode(), "application/xml; charset=utf-8")
        elif path.startswith("/live/"):
            self.give_stream()
        else:
            self.give(b"<html>404 Not Found</html>", "text/html", status=404)


class FileServer(Handler):
    FILES = {"/tv.m3u": (PANEL.playlist(800), "audio/x-mpegurl"),
             "/cut.m3u": (PANEL.playlist(800), "audio/x-mpegurl"),
             "/tv.m3u.gz": (gzip.compress(PANEL.playlist(800), mtime=0), "application/gzip"),
             "/sport.m3u": (("#EXTM3U\n" + "".join(KEYS.format(n, 7 * n + 5) for n in range(1, 31))).encode(), "text/plain")}

    def answer(self, path, query):
        if path not in self.FILES:
            self.give(b"<html>404 Not Found</html>", "text/html", status=404)
            return
        body, kind = self.FILES[path]
        if path == "/cut.m3u" and "Range" not in self.headers:
            self.give_half(body, kind)
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if asked is None:
            self.give(body, kind, ("Accept-Ranges", "bytes"))
            return
        first, last = int(asked[1]), min(int(asked[2] or len(body)), len(body) - 1)
        self.give(body[first:last + 1], kind, ("Content-Range", f"bytes {first}-{last}/{len(body)}"), status=206)


class BoxServer(Handler):
    """OpenWebif and the stream server of a box with Enigma2, on one port for brevity."""

    def answer(self, path, query):
        if path == "/web/stream.m3u":
            text = f"#EXTM3U \n#EXTVLCOPT:http-reconnect=true \n#EXTINF:-1,Das Erste\nhttp://{self.headers['Host']}/{query['ref']}\n"
            self.give(text.encode(), "application/x-mpegurl")
        elif path == "/web/getservices":
            rows = "".join(f"<e2service><e2servicereference>1:0:19:{n:X}:3FB:1:C00000:0:0:0:</e2servicereference>"
                           f"<e2servicename>Sender {n}</e2servicename></e2service>" for n in range(40))
            self.give(f'<?xml version="1.0" encoding="UTF-8"?>\n<e2servicelist>{rows}</e2servicelist>'.encode(), "application/xhtml+xml")
        elif path.startswith("/1:0:"):
            self.give_stream()
        else:
            self.give(b"<html>404</html>", "text/html", status=404)


if __name__ == "__main__":
    kinds = {"panel": PanelServer, "files": FileServer, "box": BoxServer}
    http.server.ThreadingHTTPServer((sys.argv[2], int(sys.argv[3])), kinds[sys.argv[1]]).serve_forever()
