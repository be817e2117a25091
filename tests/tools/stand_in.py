"""Stand-in servers: what a panel, a portal and ordinary sites answer, for captures that tests make.

The shapes are those of signatures.md 1.4, 2.3 and 3; names, hosts and accounts are made up.
"""
import json

from capture_maker import answer, request, ts_packets

CHANNELS = ("Kanal Eins", "Sport Arena 1", "Kino Premiere", "Nordlicht", "Liga Live 3", "Docu World")
COUNTRIES = ("DE", "FR", "UK", "ES", "IT", "PT", "NL", "PL")


class Panel:
    """An Xtream panel under one name, with one account."""

    def __init__(self, host, port=80, user="rosalindfranklin", password="dna1953photo51", first=1000):
        """`first` is the number of its first channel: two panels with the same numbers are one system."""
        self.host, self.port, self.user, self.password, self.first = host, port, user, password, first
        self.authority = host if port == 80 else f"{host}:{port}"

    def login_request(self, **how):
        return request("GET", f"/player_api.php?username={self.user}&password={self.password}", self.authority, **how)

    def login_answer(self, **how):
        body = {"user_info": {"username": self.user, "password": self.password, "message": "Welcome", "auth": 1,
                              "status": "Active", "exp_date": "1795300000", "is_trial": "0", "active_cons": "0",
                              "created_at": "1704067200", "max_connections": "1",
                              "allowed_output_formats": ["m3u8", "ts", "rtmp"]},
                "server_info": {"url": self.host, "port": str(self.port), "https_port": "25463",
                                "server_protocol": "http", "rtmp_port": "25462", "timezone": "Europe/Paris",
                                "timestamp_now": 1769892300, "time_now": "2026-01-31 20:45:00", "process": True}}
        return answer(200, json.dumps(body).encode(), "application/json", **how)

    def list_request(self, action="get_live_streams"):
        return request("GET", f"/player_api.php?username={self.user}&password={self.password}&action={action}",
                       self.authority)

    def live_answer(self, count=60):
        items = [{"num": n, "name": title(n), "stream_type": "live", "stream_id": self.first + n,
                  "stream_icon": f"http://{self.authority}/logo/{n}.png", "epg_channel_id": f"ch{n}",
                  "added": "1704067200", "custom_sid": "", "tv_archive": 0, "direct_source": "",
                  "tv_archive_duration": 0, "category_id": str(n % 8), "category_ids": [n % 8], "thumbnail": ""}
                 for n in range(count)]
        return answer(200, json.dumps(items).encode(), "application/json", chunked=True)

    def playlist_request(self):
        return request("GET", f"/get.php?username={self.user}&password={self.password}&type=m3u_plus&output=ts",
                       self.authority)

    def playlist(self, count=120):
        lines = ["#EXTM3U"]
        for n in range(count):
            lines.append(f'#EXTINF:-1 tvg-id="ch{n}" tvg-name="{title(n)}" tvg-logo="" '
                         f'group-title="{COUNTRIES[n % 8]}| GENERAL",{title(n)}')
            lines.append(f"http://{self.authority}/live/{self.user}/{self.password}/{self.first + n}.ts")
        return "\r\n".join(lines).encode() + b"\r\n"

    def playlist_answer(self, count=120, **how):
        name = f"playlist_{self.user}_plus.m3u"
        headers = [("Content-Description", "File Transfer"),
                   ("Content-Disposition", f'attachment; filename="{name}"'), ("Pragma", "public")]
        return answer(200, self.playlist(count), "application/octet-stream", headers, **{"chunked": True, **how})

    def stream_request(self, number=1001):
        return request("GET", f"/live/{self.user}/{self.password}/{number}.ts", self.authority)

    def stream_answer(self, packets=140):
        return answer(200, ts_packets(packets, "Kanal Eins"), "video/mp2t", [("Connection", "close")], length=False)


def title(number):
    return f"{COUNTRIES[number % 8]}| {CHANNELS[number % len(CHANNELS)].upper()} {number} HD"


def visit_panel(capture, panel, client, server, at=0.0, **how):
    """Login, channel list and playlist over one connection, then a live stream over another."""
    talk = capture.talk(client, server, panel.port, at=at, **how)
    talk.exchange(panel.login_request(), panel.login_answer()).wait(0.2)
    talk.exchange(panel.list_request(), panel.live_answer()).wait(0.2)
    talk.exchange(panel.playlist_request(), panel.playlist_answer()).wait(0.2).close()
    stream = capture.talk(client, server, panel.port, at=at + 2.0, **how)
    stream.exchange(panel.stream_request(), panel.stream_answer()).wait(1.0).close()


def page(name, kilobytes=4):
    text = f"<!DOCTYPE html><html><head><title>{name}</title></head><body><h1>{name}</h1>"
    return (text + "<p>Opening hours and news.</p>" * (kilobytes * 40) + "</body></html>").encode()


def visit_site(capture, host, client, server, port=80, at=0.0):
    """Two pages and a picture of an ordinary site over one connection."""
    talk = capture.talk(client, server, port, at=at)
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    for target, body, kind in (("/", page(host), "text/html; charset=utf-8"),
                               ("/news.html?page=2", page(host, 2), "text/html"),
                               ("/logo.png", b"\x89PNG\r\n\x1a\n" + bytes(900), "image/png")):
        talk.exchange(request("GET", target, host, agent=agent), answer(200, body, kind)).wait(0.1)
    talk.close()
