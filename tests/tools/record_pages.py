#!/usr/bin/env python3
"""Records the captures of web pages in tests/captures: a real browser against stand-in servers of our own.

usage: record_pages.py OUT_FOLDER [NAME...]        (needs root, ip, tcpdump, and a browser: chromium)

Browser and servers stand in two network namespaces joined by a cable, on documentation addresses; names are known
to the browser's namespace alone, so nothing leaves the machine. The player is the few lines of PLAYER below: it
asks for the playlist and its segments, and shows nothing.
"""
import base64
import gzip
import http.server
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from capture_maker import ts_packets  # noqa: E402
from netns import LIBC, ip  # noqa: E402

CLIENT, SERVERS = "198.51.100.23", {"page": "203.0.113.31", "stream": "203.0.113.32", "notice": "203.0.113.33"}
PLAYER = b"""class Hls {
  static isSupported() { return true; }
  loadSource(url) { this.url = url; this.poll(); }
  attachMedia(media) { this.media = media; }
  async poll() {
    const list = await (await fetch(this.url)).text();
    for (const line of list.split("\\n").filter(line => line && !line.startsWith("#"))) {
      const segment = await (await fetch(new URL(line, this.url))).arrayBuffer();
      this.got = (this.got || 0) + segment.byteLength;
    }
  }
}
"""


def playlist(names):
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:4", "#EXT-X-MEDIA-SEQUENCE:811"]
    for name in names:
        lines += ["#EXTINF:4.000,", name]
    return ("\n".join(lines) + "\n").encode()


def page(title, head, body):
    return (f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
            f"<body>{body}</body></html>").encode()


def player_page(title, source):
    script = (f"var h=new Hls();if(Hls.isSupported()){{h.loadSource({source});"
              'h.attachMedia(document.getElementById("v"))}')
    return page(title, '<script src="/js/hls.min.js"></script>',
                f'<h1>{title}</h1><video id="v" muted controls></video><script>{script}</script>')


def portal():
    """A portal whose page hides the address of another server's stream, with segments in the guise of pictures."""
    url = "http://edge3.bildnetz.example:8081/hls/ch7.m3u8?md5=Zm90b2dyYWZpZXJlbg&expires=1795400000"
    hidden = base64.b64encode(url.encode()).decode()
    names = [f"Kanal Sport {n} HD" for n in range(1, 9)] + [f"Kino TV {n}" for n in range(1, 5)]
    links = "".join(f'<li><a href="/watch/{n}">{name}</a></li>' for n, name in enumerate(names))
    segments = [f"ch7-{n}.png" for n in (811, 812, 813)]
    routes = {
        "watch.kanalhaus.example": {
            "/": (page("Kanalhaus - live TV", "", f"<h1>Live TV</h1><ul>{links}</ul>"
                       '<script>setTimeout(function(){location="/watch/7"},300)</script>'), "text/html"),
            "/watch/7": (player_page("Kanal Sport 8 HD", f'atob("{hidden}")'), "text/html; charset=utf-8"),
            "/js/hls.min.js": (PLAYER, "application/javascript")},
        "edge3.bildnetz.example": {
            "/hls/ch7.m3u8": (playlist(segments), "application/vnd.apple.mpegurl"),
            **{f"/hls/{name}": (ts_packets(100, "Service01", "FFmpeg"), "image/png") for name in segments}}}
    return "http://watch.kanalhaus.example/", routes, {"watch.kanalhaus.example": "page", "edge3.bildnetz.example": "stream"}


def station():
    """A small station's own page with its own stream."""
    segments = [f"live-{n}.ts" for n in (811, 812, 813)]
    routes = {
        "www.hafenradio-tv.example": {
            "/": (player_page("Hafen TV - live", '"http://stream.hafenradio-tv.example/hls/live.m3u8"'), "text/html"),
            "/js/hls.min.js": (PLAYER, "application/javascript")},
        "stream.hafenradio-tv.example": {
            "/hls/live.m3u8": (playlist(segments), "application/vnd.apple.mpegurl"),
            **{f"/hls/{name}": (ts_packets(100, "Hafen TV", "Hafen"), "video/mp2t") for name in segments}}}
    return "http://www.hafenradio-tv.example/", routes, {"www.hafenradio-tv.example": "page", "stream.hafenradio-tv.example": "stream"}


def seized():
    """Two names that were taken over: one redirects to the alliance's notice, one's page leads there."""
    notice = "https://www.alliance4creativity.com/watch-it-legally/"
    closed = page("Closed", "", "<p>This site is closed for infringing copyright.</p><img src='http://tv.photohall.example/'>"
                  f"<script>setTimeout(function(){{window.location.href=\"{notice}\"}},700)</script>")
    routes = {"www.kanalstube.example": {"/": (closed, "text/html")},
              "tv.photohall.example": {"/": (b"", notice)}}
    return "http://www.kanalstube.example/", routes, {"www.kanalstube.example": "notice", "tv.photohall.example": "notice"}


CAPTURES = {"web_portal_player": portal, "legal_web_station": station, "name_seized": seized}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    routes = {}

    def do_GET(self):
        host = self.headers.get("Host", "").split(":")[0]
        body, kind = self.routes.get(host, {}).get(self.path.split("?")[0], (b"", None))
        redirects = kind is not None and kind.startswith("https://")
        self.send_response(301 if redirects else 200 if kind else 404)
        if redirects:
            self.send_header("Location", kind)
        elif kind:
            self.send_header("Content-Type", kind)
            self.send_header("Access-Control-Allow-Origin", "*")
        if kind and kind.startswith("text/") and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def enter(namespace):
    with open(f"/run/netns/{namespace}") as handle:
        if LIBC.setns(handle.fileno(), 0x40000000) != 0:
            raise OSError("setns")


def serve(namespace, address, port, routes):
    def work():
        enter(namespace)
        handler = type("Routes", (Handler,), {"routes": routes})
        http.server.ThreadingHTTPServer((address, port), handler).serve_forever()

    threading.Thread(target=work, daemon=True).start()


def record(name, out):
    start, routes, hosts = CAPTURES[name]()
    near, far = f"vr{os.getpid()}c", f"vr{os.getpid()}s"
    names = pathlib.Path("/etc/netns") / near
    try:
        for namespace in (near, far):
            ip("netns", "add", namespace)
            ip("-n", namespace, "link", "set", "lo", "up")
        ip("-n", near, "link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", far)
        ip("-n", near, "addr", "add", f"{CLIENT}/32", "dev", "v0")
        for address in SERVERS.values():
            ip("-n", far, "addr", "add", f"{address}/32", "dev", "v1")
        for namespace, device in ((near, "v0"), (far, "v1")):
            ip("-n", namespace, "link", "set", device, "up")
        ip("-n", near, "route", "add", "203.0.113.0/24", "dev", "v0")
        ip("-n", far, "route", "add", "198.51.100.0/24", "dev", "v1")
        names.mkdir(parents=True)
        (names / "hosts").write_text("".join(f"{SERVERS[role]} {host}\n" for host, role in hosts.items()))
        (names / "resolv.conf").write_text("")
        for role in set(hosts.values()):
            for port in (80, 8081):
                serve(far, SERVERS[role], port, routes)
        time.sleep(0.5)
        listen = ["ip", "netns", "exec", near, "tcpdump", "-i", "v0", "-s", "0", "-U", "-w", str(out / f"{name}.pcap"),
                  "tcp port 80 or tcp port 8081"]
        with subprocess.Popen(listen, stderr=subprocess.DEVNULL) as capture, tempfile.TemporaryDirectory() as home:
            time.sleep(1)
            browse = ["ip", "netns", "exec", near, "chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
                      "--disable-dev-shm-usage", f"--user-data-dir={home}", start]
            with subprocess.Popen(browse, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  env={**os.environ, "HOME": home}, start_new_session=True) as browser:
                time.sleep(12)
                os.killpg(browser.pid, signal.SIGTERM)
            time.sleep(1)
            capture.terminate()
    finally:
        for namespace in (near, far):
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True)
        subprocess.run(["rm", "-rf", str(names)])


if __name__ == "__main__":
    for wanted in sys.argv[2:] or CAPTURES:
        record(wanted, pathlib.Path(sys.argv[1]))
