"""The catalogue of a large service: 6,000 live channels and 200,000 films and series under one account, as its
panel hands it out. Made piece by piece, the same each time; nothing of it is anybody's.
"""
import json

from capture_maker import answer, request

LIVE, MOVIES, SERIES = 6000, 150000, 50000
COUNTRIES = ("FR", "DE", "UK", "ES", "IT", "PT", "NL", "PL", "TR", "AR")
GROUPS = 120
FIRST_ID = 1000


class BigPanel:
    """`counts` are those of live channels, films and series."""

    def __init__(self, counts=(LIVE, MOVIES, SERIES), host="big.panel.example", port=8080, user="rosalindfranklin",
                 password="dna1953photo51"):
        self.host, self.port, self.user, self.password = host, port, user, password
        self.authority = f"{host}:{port}"
        self.live, self.movies, self.series = counts

    @property
    def total(self):
        return self.live + self.movies + self.series

    def title(self, number):
        if number < self.live:
            return f"{COUNTRIES[number % len(COUNTRIES)]}| KANAL {number} HD"
        if number < self.live + self.movies:
            return f"Der Film Nummer {number} ({1950 + number % 75})"
        return f"Die Serie {number} S{1 + number % 9:02} E{1 + number % 24:02}"

    def path(self, number):
        kind, ending = (("live", "ts") if number < self.live
                        else ("movie", "mkv") if number < self.live + self.movies else ("series", "mp4"))
        return f"/{kind}/{self.user}/{self.password}/{FIRST_ID + number}.{ending}"

    def playlist(self):
        """get.php?type=m3u_plus"""
        lines = ["#EXTM3U"]
        for number in range(self.total):
            name = self.title(number)
            lines.append(f'#EXTINF:-1 tvg-id="" tvg-name="{name}" tvg-logo="http://{self.authority}/logo/{number}.png" '
                         f'group-title="GROUP {number % GROUPS}",{name}')
            lines.append(f"http://{self.authority}{self.path(number)}")
        return "\r\n".join(lines).encode() + b"\r\n"

    def playlist_request(self, target="get.php"):
        return request("GET", f"/{target}?username={self.user}&password={self.password}&type=m3u_plus&output=ts", self.authority)

    def playlist_answer(self, body=None, kind="application/octet-stream", **how):
        headers = [("Content-Description", "File Transfer"),
                   ("Content-Disposition", f'attachment; filename="playlist_{self.user}_plus.m3u"')]
        return answer(200, self.playlist() if body is None else body, kind, headers, **{"chunk": 16000, **how})

    def items(self, kind):
        """player_api.php's list of one kind."""
        first = {"live": 0, "movie": self.live, "series": self.live + self.movies}[kind]
        count = {"live": self.live, "movie": self.movies, "series": self.series}[kind]
        for number in range(first, first + count):
            common = {"num": number - first + 1, "name": self.title(number)}
            if kind == "live":
                yield {**common, "stream_type": "live", "stream_id": FIRST_ID + number, "stream_icon": "",
                       "epg_channel_id": None, "added": "1704067200", "custom_sid": "", "tv_archive": 0,
                       "direct_source": "", "tv_archive_duration": 0, "category_id": str(number % GROUPS)}
            elif kind == "movie":
                yield {**common, "stream_type": "movie", "stream_id": FIRST_ID + number, "rating_5based": 3.5,
                       "added": "1704067200", "category_id": str(number % GROUPS), "container_extension": "mkv"}
            else:
                yield {**common, "series_id": FIRST_ID + number, "cover": "", "plot": "", "backdrop_path": [],
                       "youtube_trailer": "", "episode_run_time": "45", "category_id": str(number % GROUPS)}

    def list_request(self, action):
        return request("GET", f"/player_api.php?username={self.user}&password={self.password}&action={action}", self.authority)

    def list_answer(self, kind, **how):
        return answer(200, encode(list(self.items(kind))), "application/json", **{"chunk": 16000, **how})

    def panel_answer(self, **how):
        """panel_api.php: the account and everything it may see in one answer."""
        channels = {}
        for kind in ("live", "movie", "series"):
            for item in self.items(kind):
                number = item.get("stream_id", item.get("series_id"))
                channels[str(number)] = {**item, "stream_type": kind, "series_no": None, "custom_sid": ""}
        body = {"user_info": {"username": self.user, "password": self.password, "auth": 1, "status": "Active",
                              "exp_date": "1795300000", "max_connections": "1", "allowed_output_formats": ["m3u8", "ts"]},
                "server_info": {"url": self.host, "port": str(self.port), "server_protocol": "http"},
                "available_channels": channels}
        return answer(200, encode(body), "application/json", **{"chunk": 16000, **how})


def encode(value):
    return json.dumps(value, separators=(",", ":")).encode()
