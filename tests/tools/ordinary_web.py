"""Ordinary requests and answers by the thousand: paths as web frameworks, interfaces, delivery networks and sites make
them, answers that fit and answers that do not. The same bytes for the same seed.

Nothing here is a panel's: no stream without end stands on a path of three parts, no list names streams.
"""
import random

from lookalike import (Ask, binary, documents, fragment, html, master_list, media_list, mp3, mp4, noise, ok, png, redirect,
                       segment)
from capture_maker import answer

NOUNS = ("users", "posts", "orders", "items", "photos", "albums", "teams", "games", "matches", "tickets", "events", "files",
         "rooms", "devices", "invoices", "tracks", "videos", "channels", "categories", "streams", "series", "movies", "live",
         "news", "weather", "stats", "forum", "topics", "jobs", "cars", "houses", "recipes", "courses", "books", "songs")
SLUGS = ("hello-world", "best-of-2026", "city-marathon", "budget", "new-stadium", "how-to-cook", "iphone-17", "f1-testing",
         "world-cup-2026", "tv-guide", "moto-gp-results", "la-liga-table", "real-madrid-win", "summer-sale", "election-night")
NAMES = ("anna01", "octocat", "jdoe", "maria.lopez", "user4711", "dev-team", "x9k2", "samuel", "kitchen24", "rs232", "agent007",
         "blue.sky", "team42", "mr_smith", "lucia99", "node18", "admin", "guest", "p4ul", "zoe")
CITIES = ("madrid", "paris", "roma", "berlin", "lisboa", "wien", "sofia", "bern", "oslo", "praha")
LANGUAGES = ("en", "es", "fr", "it", "de", "pt", "en-GB", "es-MX", "fr_CA")
QUALITIES = ("720p", "1080p", "480", "hd", "sd", "low", "high", "main", "b800", "v1", "v5", "4k", "hq", "mobile", "audio_1",
             "video_2", "rendition3", "QualityLevels(800000)")
CHANNELS = ("canal24h", "tv3", "la1", "news24", "sport1", "tvhugo", "canalsur", "arte", "rtl2", "tg4", "mtv3", "kika", "clan",
            "france24", "euronews", "radio1", "bbcone", "tv5monde", "3sat", "n24", "sat1", "m6", "w9", "c8", "ch5", "event7")
AGENTS = ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "okhttp/4.12.0", "curl/8.5.0",
          "Dalvik/2.1.0 (Linux; U; Android 12)", "AppleCoreMedia/1.0.0.21E219", "python-requests/2.31.0", "Lavf/60.16.100",
          "VLC/3.0.20 LibVLC/3.0.20", "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0)", "Kodi/20.2 (Linux; Android 11)",
          "ExoPlayerLib/2.19.1", "com.google.android.youtube/19", "Roku/DVP-12.0", "Wget/1.21.3")
EXTENSIONS = ("jpg", "png", "webp", "js", "css", "json", "html", "php", "ts", "m3u8", "mp4", "m4s", "mpd", "xml", "zip", "gz",
              "bin", "woff2", "svg", "mp3", "aac", "vtt", "pdf", "txt", "")


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def pick(self, choice):
        return choice[self.random.randrange(len(choice))]

    def number(self, digits=10):
        return self.random.randrange(1, 10 ** self.random.randint(1, digits))

    def hex(self, *lengths):
        return f"{self.random.getrandbits(256):064x}"[:self.pick(lengths or (6, 8, 12, 16, 24, 32, 40, 64))]

    def token(self, *lengths):
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        return "".join(self.pick(letters) for _ in range(self.pick(lengths or (11, 16, 20, 22, 32, 43, 64, 86, 107, 128))))

    def uuid(self):
        text = f"{self.random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"

    def thing(self):
        return self.pick((lambda: self.pick(NOUNS), lambda: self.pick(SLUGS), lambda: self.pick(NAMES), lambda: self.hex(),
                          lambda: str(self.number()), lambda: self.pick(CITIES), lambda: self.pick(LANGUAGES), lambda: self.token(),
                          self.uuid, lambda: f"{self.pick(NOUNS)}{self.number(2)}", lambda: f"{self.pick(NOUNS)}-{self.number(3)}",
                          lambda: self.pick(CHANNELS), lambda: self.pick(QUALITIES)))()

    def extension(self):
        extension = self.pick(EXTENSIONS)
        return f".{extension}" if extension else ""

    # --- paths

    def interface(self):
        path = f"{self.pick(('/api', '/rest', '/v2', '/api/v1', '/graphql', '/services', '/wp-json/wp/v2', ''))}/{self.pick(NOUNS)}"
        for _ in range(self.random.randrange(3)):
            path += f"/{self.pick((str(self.number()), self.uuid(), self.pick(NOUNS), self.pick(SLUGS), self.hex(24)))}"
        return path + self.pick(("", "", f"?page={self.number(2)}", f"?token={self.token()}", "?username=anna&password=secret",
                                 f"?action={self.pick(('get', 'list', 'login', 'get_profile', 'get_live_streams', 'create_link'))}",
                                 f"?category_id={self.number(2)}&type=live", f"?mac={self.hex(12)}", f"?access_token={self.token()}"))

    def framework(self):
        number, name, slug = self.number(), self.pick(NAMES), self.pick(SLUGS)
        return self.pick((
            f"/{name}/{slug}/{number}", f"/{name}/{slug}/commit/{self.hex(40)}", f"/{name}/{slug}/pull/{self.number(4)}", f"/{name}/status/{number}",
            f"/{self.pick(NOUNS)}/{number}/edit", f"/admin/app/{self.pick(NOUNS)}/{number}/change/", f"/node/{self.number(5)}", f"/{slug}-{number}.html",
            f"/index.php?option=com_content&view=article&id={self.number(4)}", f"/w/load.php?modules=site&lang=en", f"/wiki/{slug}",
            f"/{self.random.randrange(2009, 2027)}/{self.random.randrange(1, 13):02d}/{self.number(5)}", f"/{self.pick(LANGUAGES)}/{slug}/{number}",
            f"/{self.pick(LANGUAGES)}/{self.pick(NOUNS)}/{number}", f"/product/{slug}/{number}", f"/p/{number}", f"/dp/{self.token(10).upper()}",
            f"/photos/{number}@N00/{self.number(11)}", f"/{self.pick(CITIES)}/{self.pick(NOUNS)}/{number}", f"/forum/{slug}/{number}",
            f"/live/{self.pick(NOUNS)}/{number}", f"/live/{self.pick(('football', 'nba', 'tennis', 'blog', 'tv', 'video'))}/{slug}/{number}",
            f"/movie/{slug}/{self.pick(('trailer', 'cast', 'reviews', 'en', 'photos'))}/{number}", f"/series/{slug}/season-{self.number(1)}/{number}",
            f"/movie/{self.number(6)}/{slug}", f"/play/{self.token()}", f"/play/{slug}", f"/auth/{self.pick(('login', 'callback', self.token()))}",
            f"/key/{self.pick((self.token(), self.hex(32), self.uuid()))}", f"/hls/{self.token()}", f"/images/{self.token()}.png",
            f"/get.php?{self.pick(('id', 'file', 'type', 'user', 'token'))}={self.token(8)}&type={self.pick(('css', 'json', 'mp3', 'user', 'pdf'))}",
            f"/portal.php?type={self.pick(('user', 'page', 'news', 'shop'))}&action={self.pick(('view', 'login', 'menu', 'load'))}",
            f"/c/{self.pick(('', slug, 'about.js'))}", f"/playlist?list=PL{self.token(32)}", f"/playlist/{name}/{slug}",
            f"/epg/{self.pick(CITIES)}/{self.number(2)}", f"/timeshift/{slug}/{number}", f"/login?next=/live/{name}/{slug}/{number}"))

    def delivery(self):
        depth = self.random.randrange(1, 6)
        path = "".join(f"/{self.thing()}" for _ in range(depth))
        return self.pick((f"{path}/{self.number()}{self.extension()}", f"{path}/{self.hex()}{self.extension()}", f"{path}{self.extension()}",
                          f"/{self.hex(8)}/{self.hex(12)}/{self.number()}{self.extension()}", f"/{self.number(2)}/{self.number(4)}/{self.number(4)}.png",
                          f"/_next/static/chunks/{self.number(4)}-{self.hex(16)}.js", f"/assets/{self.pick(SLUGS)}.{self.hex(8)}.css",
                          f"/v2/library/{self.pick(NAMES)}/blobs/sha256:{self.hex(64)}", f"/{self.pick(NAMES)}/-/{self.pick(NAMES)}-1.2.{self.number(2)}.tgz",
                          f"/{self.number(5)}/{self.number(11)}_{self.hex(10)}_b.jpg", f"/pool/main/{self.hex(1)}/{self.pick(NAMES)}_{self.number(2)}.deb"))

    def media(self):
        channel, quality = self.pick(CHANNELS), self.pick(QUALITIES)
        base = self.pick(("/live", "/hls", "/hls-live", "/out/v1", "/i", "/edge1", "/stream", "/vod", "", "/tv", "/dash", f"/{self.hex(32)}",
                          "/live/eds", "/content"))
        part = self.pick((f"{self.number(6)}.ts", f"seg-{self.number(4)}.ts", f"{channel}_{self.number(5)}.ts", f"{self.number(9)}.m4s", "init.mp4"))
        query = self.pick(("", "", "", f"?token={self.token()}", f"?hdnts=exp=1769~hmac={self.hex(64)}", f"?st={self.token(22)}&e=1769895900"))
        return self.pick((f"{base}/{channel}/{quality}/{part}", f"{base}/{channel}/{part}", f"{base}/{channel}/{quality}/index.m3u8",
                          f"{base}/{channel}/playlist.m3u8", f"{base}/{channel}/{quality}/{self.number(2)}.m3u8", f"{base}/{channel}.m3u8",
                          f"{base}/{self.uuid()}/{quality}/{part}", f"{base}/{channel}/manifest.mpd")) + query

    def path(self):
        return self.pick((self.interface, self.framework, self.framework, self.delivery, self.delivery, self.media))()

    # --- answers

    def value(self, depth=0):
        keys = ("id", "name", "title", "url", "status", "category_id", "category_name", "stream_id", "num", "added", "user_info", "auth",
                "token", "data", "items", "results", "text", "js", "info", "port", "type", "episodes", "logo", "start", "user", "error")
        kind = self.random.randrange(7 if depth < 3 else 4)
        if kind < 4:
            return (self.number(), self.pick(SLUGS), None, self.token(20))[kind]
        if kind == 4:
            return [self.value(depth + 1) for _ in range(self.random.randrange(5))]
        return {self.pick(keys): self.value(depth + 1) for _ in range(self.random.randrange(1, 7))}

    def told(self, kind, path):
        chunked = self.random.random() < 0.4
        how = {"chunked": chunked, "length": not chunked, "gzip": kind in ("html", "json", "text") and self.random.random() < 0.4}
        type_of = self.pick(("application/octet-stream", "text/html", "video/mp2t", "application/json", "audio/mpegurl", "text/plain")) \
            if self.random.random() < 0.15 else None
        sized = self.random.randrange(1, 6)
        return {
            "html": lambda: html(self.pick(SLUGS), sized, **how),
            "json": lambda: documents(self.value() or {}, type_of or "application/json", **how),
            "binary": lambda: binary(sized, self.number(), type_of or "application/octet-stream", chunked=chunked, length=not chunked),
            "open": lambda: binary(sized, self.number(), type_of or "application/octet-stream", length=False),
            "png": lambda: png(900), "jpg": lambda: ok(b"\xff\xd8\xff\xe0" + noise(2000), type_of or "image/jpeg"),
            "text": lambda: ok("\n".join(self.pick(SLUGS) for _ in range(60)), type_of or "text/plain", **how),
            "js": lambda: ok("(function(){var player_api='get.php';})();\n" * 9, "application/javascript", **how),
            "xml": lambda: ok(f"<?xml version='1.0'?><{self.pick(('rss', 'feed', 'urlset', 'items', 'tv', 'Error'))}/>", "application/xml", **how),
            "segment": lambda: segment(self.random.randrange(30, 90), type_of or "video/mp2t", chunked=chunked, length=not chunked),
            "m4s": fragment, "mp4": lambda: mp4(sized), "mp3": lambda: mp3(sized),
            "list": lambda: media_list([f"{self.pick(('seg', 'a', self.hex(8)))}{n}.{self.pick(('ts', 'm4s'))}" for n in range(5)]),
            "master": lambda: master_list([f"{n}/index.m3u8" for n in range(3)]), "zip": lambda: ok(b"PK\x03\x04" + noise(3000), "application/zip"),
            "none": lambda: answer(204, b"", None), "404": lambda: answer(404, b"<html>Not found</html>"), "500": lambda: answer(500, b"oops", "text/plain"),
            "moved": lambda: redirect(self.pick(("https://www.site.example", "https://cdn.example", "/login?next=")) + path, 301),
            "signed": lambda: redirect(f"https://cdn7.site.example{path.split('?')[0]}?token={self.token(43)}"),
            "login": lambda: redirect(f"https://sso.example/auth/{self.token()}"),
        }[kind]()

    def fitting(self, path):
        name = path.split("?")[0].rsplit("/", 1)[-1]
        extension = name.rsplit(".", 1)[-1] if "." in name else ""
        return {"jpg": "jpg", "png": "png", "webp": "jpg", "js": "js", "css": "text", "json": "json", "html": "html", "php": "html", "ts": "segment",
                "m3u8": self.pick(("list", "master")), "mp4": "mp4", "m4s": "m4s", "mpd": "xml", "xml": "xml", "zip": "zip", "gz": "binary",
                "bin": "binary", "mp3": "mp3", "aac": "mp3", "svg": "xml", "txt": "text", "pdf": "binary"}.get(
                    extension, self.pick(("html", "json", "json", "binary", "open", "png", "mp4")))

    def ask(self):
        path = self.path()
        misleading = ("html", "json", "binary", "open", "png", "text", "xml", "mp3", "none", "404", "500", "moved", "signed", "login", "zip", "js")
        kind = self.fitting(path) if self.random.random() < 0.65 else self.pick(misleading)
        return Ask(path, self.told(kind, path), self.pick(AGENTS))
