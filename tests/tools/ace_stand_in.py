#!/usr/bin/env python3
"""A stand-in for an Ace Stream engine's HTTP interface (signatures.md, 7), and for an origin of streams.

usage: ace_stand_in.py ADDRESS PORT
"""
import http.server
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from capture_maker import ts_packets  # noqa: E402

INFOHASH, KEY = "c894b23a65d64a0dae2076d2a01ec6bface83b01", "2d6f3b0c1a"
SEGMENT_PACKETS, SEGMENTS, PARTS = 40, 3, 6


class Engine(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def tell(self, kind, body, status=200, headers=()):
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def stream(self):
        """Without a length, as long as the channel goes on."""
        self.send_response(200)
        self.send_header("Content-Type", "video/MP2T")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for _ in range(PARTS):
            self.wfile.write(ts_packets(40, "Kanal Eins"))
            time.sleep(0.1)

    def do_GET(self):
        path, _, query = self.path.partition("?")
        base = f"http://{self.headers['Host']}"
        session = {"playback_url": f"{base}/ace/r/{INFOHASH}/{KEY}", "stat_url": f"{base}/ace/stat/{INFOHASH}/{KEY}",
                   "command_url": f"{base}/ace/cmd/{INFOHASH}/{KEY}", "is_live": 1}
        if path == "/webui/api/service":
            version = {"code": 3003600, "platform": "linux", "version": "3.0.36"}
            self.tell("application/json", json.dumps({"result": version, "error": None}).encode())
        elif path == "/ace/getstream" and "format=json" in query:
            self.tell("application/json", json.dumps({"response": session, "error": None}).encode())
        elif path == "/ace/getstream":
            self.tell("text/plain", b"", 302, [("Location", session["playback_url"])])
        elif path == "/ace/manifest.m3u8":
            lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1", "#EXT-X-MEDIA-SEQUENCE:1"]
            for number in range(SEGMENTS):
                lines += ["#EXTINF:1.0,", f"{base}/ace/c/{INFOHASH}/{number}.ts"]
            self.tell("application/vnd.apple.mpegurl", ("\n".join(lines) + "\n").encode())
        elif path.startswith("/ace/c/"):
            self.tell("video/MP2T", ts_packets(SEGMENT_PACKETS, "Kanal Eins"))
        elif path.startswith("/ace/r/") or path == "/nordtv1/mpegts":
            self.stream()
        else:
            self.tell("text/plain", b"not found", 404)


http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Engine).serve_forever()
