#!/usr/bin/env python3
"""Plants a credential of its own in every field that can hold one, and looks for each in everything that
vigied leaves: events, explanations, messages, Redis, the configuration in force.

usage: test_privacy.py BUILD

Two kinds are planted everywhere: what looks like a token, and what looks like an everyday word.
"""
import base64
import hashlib
import ipaddress
import json
import pathlib
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import CLIENT, SERVER, Capture, answer, request, ts_packets  # noqa: E402
from harness import Daemon, Redis, Suite, schema_faults, scratch  # noqa: E402

SERVER4, SERVER6 = "203.0.113.90", "2001:db8:90::90"
CLIENTS = ("198.51.100.177", "2001:db8:77:66:aa55:bb66:cc77:dd88")
HOST = "tv.panel.example"
BEGINNINGS = ("bram", "drov", "klim", "plun", "gros", "twel", "frib", "snor")
ENDINGS = ("hulde", "wakti", "penso", "morru", "zulfe", "jipto", "vexna", "quodi")


# A user's name and a password in every place that a target has, whether or not anything speaks so.
ANYWHERE = (
    "/{u}/{p}", "/{u}/{p}/", "/{u}/{p}/12", "/x/{u}/{p}/12", "/xyz/{u}/{p}/12.foo", "/account/{u}/secret/{p}",
    "/Live/{u}/{p}/1.TS", "/live%2F{u}%2F{p}%2F1.ts", "/live%252F{u}%252F{p}%252F1.ts", "/./live/../live/{u}/{p}/1.ts",
    "/live/{u};{p}/1.ts", "/a/{u}:{p}@host/1", "/login/{u}/{p}", "/u/{u}/p/{p}/", "/stalker/{u}/{p}.php",
    "/iptv/{u}-{p}.m3u", "/lists/{u}_{p}.m3u8", "/auth,{u},{p}", "/{u}|{p}", "/{u}\\{p}", "/stream/{u}+{p}",
    "/get.php;username={u};password={p}", "/get.php?u={u}&p={p}", "/get.php?{u}&{p}", "/get.php#{u}:{p}",
    "/get.php?type={u}&output={p}", "/get.php?action={u}&sub={p}", "/x?lang={u}&format={p}", "/x?stb_type={u}&genre={p}",
    "/x?start={u}&duration={p}", "/x?v={u}&version={p}", "/x?stream={u}&category_id={p}", "/x?quality={u}&sortby={p}",
    "/x?JsHttpRequest={u}&extension={p}", "/get.php?username[]={u}&password[]={p}", "/\u00e9/{u}/{p}/1", "/{u}%00/{p}%00/1.ts",
    "/movie/{u}/{p}/", "/series/{u}/{p}", "/search/{u}?stream={p}", "/rest/v1/{u}/{p}/status", "/c/{u}/index.php/{p}",
    "/portal/{u}@{p}/", "/user={u}/pass={p}/1.ts", "/user={u}&pass={p}", "/=={u}==/{p}", "/api/{u}/{p}/list.json",
    "/api/{u}/{p}/list.png", "/hls/{u}/{p}/index.m3u8", "/live/{u}/{p}/chunks.m3u8", "/news/{u}/{p}.html", "/{u}.ts/{p}.php/1",
)


class Secrets:
    """Made-up credentials by the name of the place in which they stand."""

    def __init__(self):
        self.known = {}

    def keep(self, place, text):
        assert text not in self.known.values()
        self.known[place] = text
        return text

    def digest(self, place):
        return hashlib.sha256(place.encode()).digest()

    def token(self, place, size=18):
        return self.keep(place, base64.b32encode(self.digest(place)).decode().lower()[:size].replace("a", "Q"))

    def word(self, place):
        """Like a name that somebody chose: pronounceable lower-case letters."""
        d = self.digest(place)
        text = BEGINNINGS[d[0] % 8] + ENDINGS[d[1] % 8] + BEGINNINGS[d[2] % 8] + chr(97 + d[3] % 26) + chr(97 + d[4] % 26)
        return self.keep(place, text)

    def mac(self, place):
        d = self.digest(place)  # the first byte begins with a letter: a time of day must not look like it
        return self.keep(place, f"00:1A:79:{d[0] | 0xA0:02X}:{d[1]:02X}:{d[2]:02X}")

    def mail(self, place):
        return self.keep(place, f"{self.digest(place).hex()[:7]}.orlov@post.example")

    def hex32(self, place):
        return self.keep(place, self.digest(place).hex()[:32].upper())


def quote_all(text):
    return "".join(f"%{byte:02X}" for byte in text.encode())


def targets(s):
    """Request targets with credentials in query values, unknown keys, and all positions of a path."""
    kinds = (("word", s.word), ("token", s.token))
    for kind, make in kinds:
        def pair(place):
            return f"username={make(f'{place} user {kind}')}&password={make(f'{place} password {kind}')}"

        def parts(place):
            return f"{make(f'{place} user {kind}')}/{make(f'{place} password {kind}')}"

        for script in ("player_api.php", "panel_api.php", "xmltv.php", "enigma2.php", "player_api"):
            yield f"/{script}?{pair(script)}&action=get_live_streams"
        yield f"/get.php?{pair('get.php')}&type=m3u_plus&output=ts"
        yield f"/streaming/timeshift.php?{pair('timeshift.php')}&stream=7&start=2026-01-31:20-00&duration=60"
        yield f"/get.php?{pair('mixed case').replace('username', 'UserName').replace('password', 'PassWord')}&type=m3u"
        yield f"/live?channelId=7&deviceUser={make(f'deviceUser {kind}')}&devicePass={make(f'devicePass {kind}')}&uid={make(f'uid {kind}')}"
        yield f"/list.php?login={make(f'list login {kind}')}&password={make(f'list password {kind}')}&type=m3u"
        yield f"/search?q={make(f'q {kind}')}&wholly_unknown={make(f'unknown key {kind}')}&x.{make(f'part of a key {kind}')}=1"
        yield f"/api/v1/get?{make(f'bare query {kind}')}"
        yield f"/api/v1/get?{make(f'key itself {kind}')}=1&&={make(f'no key {kind}')}"
        yield f"/player_api.php;jsessionid={make(f'path parameter {kind}')}?action=x#{make(f'fragment {kind}')}"
        yield f"/get.php?username={quote_all(make(f'encoded user {kind}'))}&password={quote_all(quote_all(make(f'twice encoded {kind}')))}&type=m3u"
        yield f"/get.php?user%6Eame={make(f'encoded key {kind}')}&type=m3u_plus"
        for word, tail in (("live", "/1.ts"), ("live", "/1.m3u8"), ("live", "/1"), ("movie", "/2.mkv"),
                           ("series", "/3.mp4"), ("timeshift", "/60/2026-01-31:20-00/4.ts"), ("thumb", "/5"),
                           ("timeshifts", "/60/4/2026-01-31:20-00.ts"), ("subtitle", "/6/7"), ("player_api", ""),
                           ("player_api", "/get_live_streams"), ("playlist", "/m3u_plus"), ("playlist", ""),
                           ("epg", "/gz"), ("epg", ""), ("stream", "/8"), ("v16/live", "/1.ts"), ("LIVE", "/1.ts")):
            yield f"/{word}/{parts(f'path {word}{tail}')}{tail}"
        yield f"/{parts('short path')}/1001"
        yield f"/{parts('short path with extension')}/1001.ts"
        yield f"/{parts('short path with token')}/1001?token={make(f'short token {kind}')}"
        yield f"/{parts('list path')}/playlist.m3u8"
        yield f"/p/{make(f'p {kind}')}/list.m3u"
        yield f"/pl/3/{make(f'pl {kind}')}/playlist.m3u8"
        yield f"/playlist/hls/{make(f'playlist hls {kind}')}.m3u"
        yield f"/play/{make(f'play.m3u {kind}')}.m3u"
        yield f"//live//{parts('doubled slashes')}//1.ts"
        yield f"/live/{quote_all(make(f'encoded path user {kind}'))}/{quote_all(make(f'encoded path password {kind}'))}/1.ts"
        yield f"/%6Cive/{parts('encoded word')}/1.ts"
        for number, form in enumerate(ANYWHERE):
            yield form.format(u=make(f"{form} user {kind}"), p=make(f"{form} password {kind}"))
        for word in ("auth", "sauth", "vauth", "tsauth", "play", "hls", "key", "images"):
            yield f"/{word}/{s.token(f'path token {word} {kind}', 43)}"
        yield f"/auth/1001.m3u8?token={s.token(f'auth token {kind}', 43)}"
        yield f"/play/live.php?mac={s.mac(f'play mac {kind}')}&stream=5&extension=ts&play_token={make(f'play_token {kind}')}"
        yield f"/play/movie.php?mac={quote_all(s.mac(f'encoded mac {kind}'))}&stream=5.mkv&play_token={make(f'movie play_token {kind}')}"
        yield (f"/hlsr/{make(f'hlsr token {kind}')}/{parts('hlsr')}/1001/{s.hex32(f'hlsr hash {kind}')}/1001_7.ts")
        yield f"/hls/{s.hex32(f'hls session {kind}')}/1001_7.ts"
        yield f"/portal.php?type=stb&action=do_auth&login={make(f'do_auth login {kind}')}&password={make(f'do_auth password {kind}')}"
        yield (f"/stalker_portal/server/load.php?type=stb&action=get_profile&hd=1&sn={make(f'sn {kind}')}"
               f"&device_id={s.hex32(f'device_id {kind}')}&device_id2={s.hex32(f'device_id2 {kind}')}"
               f"&signature={s.hex32(f'signature {kind}')}&auth_second_step=1&hw_version=1.7-BD-00"
               f"&metrics=%7B%22mac%22%3A%22{quote_all(s.mac(f'metrics mac {kind}'))}%22%2C%22sn%22%3A%22{make(f'metrics sn {kind}')}%22%7D"
               f"&prehash={s.hex32(f'prehash {kind}')}&api_signature={make(f'api_signature {kind}')}")
        yield f"/portal.php?type=stb&action=handshake&token={s.hex32(f'handshake token {kind}')}&JsHttpRequest=1-xml"
        yield (f"/portal.php?type=itv&action=create_link&cmd=ffmpeg%20http%3A%2F%2F{HOST}%2Fplay%2Flive.php%3Fmac%3D"
               f"{quote_all(s.mac(f'cmd mac {kind}'))}%26play_token%3D{make(f'cmd token {kind}')}&series=0")
    yield f"/get.php?username={s.mail('mail user')}&password={s.word('mail password')}&type=m3u"
    yield f"/live/{urllib.parse.quote(s.mail('mail in path'))}/{s.word('mail path password')}/1.ts"
    yield f"/seg/{s.digest('x').hex()[:4]}/video.ts?ip={CLIENTS[0]}&z={CLIENTS[0]}&from={urllib.parse.quote(CLIENTS[1])}"
    yield f"/stream/{CLIENTS[0]}/video.ts"


def headers(s):
    """Header fields with credentials; each stands in a request of its own."""
    user, password = s.word("basic user"), s.word("basic password")
    basic = base64.b64encode(f"{user}:{password}".encode()).decode()
    yield "Authorization", f"Basic {s.keep('basic as sent', basic)}"
    yield "Authorization", f"Bearer {s.hex32('bearer')}"
    yield "Authorization", f"Digest username=\"{s.word('digest user')}\", realm=\"tv\", nonce=\"{s.hex32('digest nonce')}\", response=\"{s.hex32('digest response')}\""
    yield "Authorization", s.word("authorization without scheme")
    yield "Proxy-Authorization", f"Basic {s.token('proxy basic', 24)}"
    yield "Cookie", f"mac={s.mac('cookie mac')}; stb_lang=en; timezone=Europe/Paris; PHPSESSID={s.token('cookie session')}"
    yield "Cookie", f"mac={quote_all(s.mac('encoded cookie mac'))}; name={s.word('cookie word')}"
    yield "Referer", f"http://{HOST}/live/{s.word('referer user')}/{s.word('referer password')}/1.ts?session={s.word('referer session')}"
    yield "Referer", f"http://{s.word('referer userinfo user')}:{s.word('referer userinfo password')}@{HOST}/"
    yield "Origin", f"http://{s.word('origin userinfo')}@{HOST}"
    yield "X-User-Agent", f"Model: MAG250; Link: WiFi; Device ID: {s.hex32('agent device')}; mac={s.mac('agent mac')}"
    yield "User-Agent", f"IPTVSmarters/2.2 (mac={s.mac('user agent mac')}; user={s.word('user agent user')}; {s.token('user agent token', 32)})"
    yield "User-Agent", f"App (user:{s.word('agent label user')}; Pass: {s.word('agent label password')})"
    yield "User-Agent", f"Player http://{s.word('agent url user')}:{s.word('agent url password')}@{HOST}/get.php?username={s.word('agent url query')}"
    yield "X-Account", s.word("custom header")
    yield "X-Session-Id", s.token("custom session")
    yield "SN", s.token("header serial", 13)
    yield "X-Forwarded-For", CLIENTS[0]
    yield "Via", f"1.1 {s.word('via')}"
    yield "From", s.mail("from")
    yield "X-Folded", f"first\r\n second {s.word('folded header')}"
    yield "If-None-Match", f'"{s.token("etag", 26)}"'
    yield "Content-Disposition", f'attachment; filename="{s.word("request file name")}.m3u"'


def answer_headers(s):
    yield "Set-Cookie", f"PHPSESSID={s.token('set-cookie')}; path=/; user={s.word('set-cookie user')}"
    yield "Set-Cookie2", s.word("set-cookie2")
    yield "Location", f"http://lb1.example:8000/live/{s.word('location user')}/{s.word('location password')}/1.ts?token={s.token('location token', 43)}"
    yield "Location", f"http://{s.word('location userinfo user')}:{s.word('location userinfo password')}@lb2.example/auth/{s.token('location auth', 43)}"
    yield "Location", f"/{s.word('relative location user')}/{s.word('relative location password')}/1001"
    yield "Location", f"{s.word('scheme')}://{s.word('host without a dot')}/"
    yield "Location", f"//u:{s.word('location without scheme')}@h.example/live"
    yield "Location", f"http:/u:{s.word('location with one slash')}@h.example/"
    yield "Location", s.word("bare location")
    yield "Content-Location", f"/live/{s.word('content-location user')}/{s.word('content-location password')}/1.ts"
    yield "Content-Disposition", f"attachment; filename=\"playlist_{s.word('file name user')}_plus.m3u\""
    yield "Content-Disposition", f"attachment; filename*=UTF-8''{s.word('file name star')}.m3u"
    yield "WWW-Authenticate", f"Digest realm=\"{s.word('realm')}\", nonce=\"{s.hex32('nonce')}\""
    yield "X-Sid", s.token("answer session id")
    yield "Link", f"<http://{HOST}/get.php?username={s.word('link header')}>; rel=next"
    yield "Refresh", f"0; url=http://{HOST}/{s.word('refresh user')}/{s.word('refresh password')}/7"
    yield "Server", f"nginx user={s.word('server header user')} {s.token('server header token', 32)}"


def playlist(s):
    def account(place):
        return f"{s.word(f'{place} user')}/{s.word(f'{place} password')}"

    shared = account("playlist")
    lines = [f"#EXTM3U url-tvg=\"http://{HOST}/xmltv.php?username={s.word('url-tvg user')}&password={s.word('url-tvg password')}\""
             f" x-tvg-url=\"http://{s.word('x-tvg userinfo')}:{s.word('x-tvg userinfo password')}@{HOST}/epg/{account('x-tvg path')}\"",
             f"#EXT-X-SESSION-DATA:DATA-ID=\"com.xui.1_5_12\",VALUE=\"{s.word('session data')}\""]
    for n in range(60):
        lines += [f'#EXTINF:-1 tvg-id="ch{n}" group-title="FR| GENERAL",FR| KANAL {n} HD',
                  f"http://{HOST}/live/{shared}/{n}.ts"]
    lines += [f"#EXTINF:-1 tvg-id=\"{s.word('tvg-id')}\" tvg-name=\"{s.word('tvg-name')}\" tvg-logo=\"http://{HOST}/{account('logo')}/7.png\""
              f" group-title=\"User: {s.word('group')} mac={s.mac('group mac')}\",Account {s.word('title user')} / {s.token('title token', 26)} {s.mac('title mac')}",
              f"http://{s.word('entry userinfo user')}:{s.word('entry userinfo password')}@{HOST}/{account('entry')}/9",
              f"#EXTGRP:{s.word('extgrp')}", f"#EXTVLCOPT:http-referrer=http://{HOST}/{account('vlcopt')}/1",
              f"http://{HOST}/{account('kodi')}/10|User-Agent={s.word('kodi agent')}&Cookie=mac%3D{quote_all(s.mac('kodi cookie'))}",
              f"http://{HOST}/play/live.php?mac={s.mac('entry mac')}&stream=7&extension=ts&play_token={s.token('entry play_token', 10)}"]
    return "\r\n".join(lines).encode() + b"\r\n"


def json_answers(s):
    yield "/player_api.php", {
        "user_info": {"username": s.word("json username"), "password": s.word("json password"),
                      "message": f"Welcome {s.word('json message')}", "auth": 1, "status": "Active",
                      "exp_date": "1795300000", "max_connections": "1", "allowed_output_formats": ["ts"],
                      "token": s.token("json token"), "email": s.mail("json mail")},
        "server_info": {"url": f"{s.word('server_info userinfo')}:{s.word('server_info password')}@{HOST}", "port": "80",
                        "server_protocol": "http", "timezone": "Europe/Paris"}}
    yield "/player_api.php?action=get_live_streams", [
        {"num": n, "name": f"FR| {s.word(f'channel name {n}')} {s.mac(f'channel mac {n}')}", "stream_type": "live", "stream_id": n,
         "epg_channel_id": s.word(f"epg id {n}"), "tv_archive_duration": 0, "category_id": "1",
         "direct_source": f"http://{HOST}/live/{s.word(f'direct user {n}')}/{s.word(f'direct password {n}')}/{n}.ts"}
        for n in range(3)]
    yield "/portal.php?type=stb&action=handshake&JsHttpRequest=1-xml", {"js": {"token": s.hex32("js token"), "random": s.hex32("js random")}}
    yield "/portal.php?type=stb&action=get_profile&JsHttpRequest=1-xml", {
        "js": {"id": "77", "name": s.word("profile name"), "sname": s.word("profile sname"), "login": s.word("profile login"),
               "password": s.word("profile password"), "fname": s.word("profile fname"), "phone": s.token("profile phone"),
               "mac": s.mac("profile mac"), "ls": s.token("profile account"), "ip": CLIENTS[0], "stb_type": "MAG250",
               "sn": s.token("profile serial"), "device_id": s.hex32("profile device")}}
    yield "/portal.php?type=itv&action=create_link&JsHttpRequest=1-xml", {
        "js": {"id": "5", "cmd": f"ffmpeg http://{s.word('cmd userinfo')}:{s.word('cmd userinfo password')}@lb3.example/play/live.php?mac={s.mac('js.cmd mac')}"
                                 f"&stream=5&extension=ts&play_token={s.token('js.cmd token', 10)}"}}


def exchange(capture, client, server, asked, told, at, port=80):
    talk = capture.talk(client, server, port, at=at)
    talk.exchange(asked, told).close()


class Planting:
    """The captures: HTTP in clear, every place of the lists above, and the ways in which messages break."""

    def __init__(self):
        self.secrets, self.asked, self.at = Secrets(), 0, 0.0

    def put(self, capture, asked, told, client=CLIENTS[0], server=SERVER4):
        self.asked += 1
        self.at += 0.15
        exchange(capture, client, server, asked, told, self.at)

    def targets(self, capture):
        ts = answer(200, ts_packets(20), "video/mp2t", length=False)
        empty = answer(200, b'{"user_info":{"auth":0}}', "application/json")
        for number, target in enumerate(targets(self.secrets)):
            ends = ((CLIENTS[0], SERVER4), (CLIENTS[1], SERVER6))[number % 2]
            self.put(capture, request("GET", target, HOST), ts if ".ts" in target else empty, *ends)
        s = self.secrets
        for number, prefix in enumerate((f"http://{s.word('uri userinfo user')}:{s.word('uri userinfo password')}@{HOST}",
                                         f"http://{HOST}")):
            target = f"{prefix}/live/{s.word(f'absolute user {number}')}/{s.word(f'absolute password {number}')}/1.ts"
            self.put(capture, request("GET", target, HOST), ts)
        self.put(capture, request("CONNECT", f"{s.word('connect userinfo')}:{s.word('connect password')}@{HOST}:443", HOST),
                 answer(200, length=False))
        self.put(capture, request("GET", "/", f"{s.word('host userinfo')}:{s.word('host password')}@{HOST}"), empty)
        self.put(capture, request(s.token("method").upper(), f"/live/{s.word('odd method user')}/{s.word('odd method password')}/1.ts", HOST), ts)

    def headers(self, capture):
        for name, value in headers(self.secrets):
            agent = None if name == "User-Agent" else "VLC/3.0.18"
            asked = request("GET", "/portal.php?type=itv&action=get_genres&JsHttpRequest=1-xml", HOST, [(name, value)], agent=agent)
            self.put(capture, asked, answer(200, b'{"js":[{"id":"1","title":"General","alias":"general"}]}', "text/javascript"))
        for name, value in answer_headers(self.secrets):
            status = 302 if name == "Location" else 401 if name.startswith("WWW") else 200
            self.put(capture, request("GET", "/live/a/b/1.ts", HOST), answer(status, b"#EXTM3U\n", "audio/mpegurl", [(name, value)]))

    def bodies(self, capture):
        s = self.secrets
        form = f"username={s.word('form user')}&password={s.word('form password')}&action=get_live_streams&{s.word('form key')}=1"
        self.put(capture, request("POST", "/player_api.php", HOST, [("Content-Type", "application/x-www-form-urlencoded")], form.encode()),
                 answer(200, b"[]", "application/json"))
        inside = json.dumps({"username": s.word("json body user"), "password": s.word("json body password"), "mac": s.mac("json body mac")})
        self.put(capture, request("POST", "/api/v1/login", HOST, [("Content-Type", "application/json")], inside.encode()),
                 answer(200, json.dumps({"access_token": s.token("access token", 40)}).encode(), "application/json"))
        parts = f"--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\n{s.word('multipart')}\r\n--b--\r\n"
        self.put(capture, request("POST", "/player_api.php", HOST, [("Content-Type", "multipart/form-data; boundary=b")], parts.encode()),
                 answer(200, f"<html>Hello {s.word('page text')} {s.mail('page mail')} {s.token('page token', 32)}</html>".encode()))
        for kind in ("{}", "text/{}", "{}/plain", "text/plain; name={}", "text/plain; charset={}", "text/html; {}"):
            self.put(capture, request("GET", "/c/", HOST), answer(200, b"x", kind.format(s.word(f"type {kind}"))))
        for packed in (False, True):
            body = playlist(s) if packed else playlist(Renamed(s, "plain "))
            named = [("Content-Disposition", f"attachment; filename=\"playlist_{s.word(f'list file name {packed}')}_plus.m3u\"")]
            told = answer(200, body, "audio/mpegurl", named, chunked=True, gzip=packed, trailers=[("X-Session", s.token(f"trailer {packed}"))])
            account = f"username={s.known['playlist user' if packed else 'plain playlist user']}&password={s.known['playlist password' if packed else 'plain playlist password']}"
            self.put(capture, request("GET", f"/get.php?{account}&type=m3u_plus&output=ts", HOST), told)
        for target, body in json_answers(s):
            told = answer(200, json.dumps(body).encode(), "application/json")
            self.put(capture, request("GET", target, HOST), told)
        self.put(capture, request("GET", "/portal.php?type=stb&action=handshake", HOST),
                 answer(200, f"Authorization failed. {s.word('refusal text')}".encode(), "text/plain"))

    def broken(self, capture):
        """Messages cut, garbled or seen from the middle; nothing of them may be shown as it is either."""
        s = self.secrets
        asked = request("GET", f"/live/{s.word('split user')}/{s.word('split password')}/1.ts", HOST)
        for size in (3, 9, 14, 17):
            talk = capture.talk(CLIENTS[0], SERVER4, at=self.at)
            for cut in range(0, len(asked), size):
                talk.client(asked[cut:cut + size])
            talk.server(answer(200, ts_packets(20), "video/mp2t", length=False)).close()
        talk = capture.talk(CLIENTS[0], SERVER4, at=self.at + 1)
        talk.client(f"GET /live/{s.word('before a gap')}".encode()).lose(CLIENT, 40)
        talk.client(f"{s.word('behind a gap')}/1.ts HTTP/1.1\r\nHost: {HOST}\r\nCookie: mac={s.mac('mac behind a gap')}\r\n\r\n".encode())
        talk.server(answer(200, b"{}", "application/json")).close()
        lines = (f"GET /live/{s.word('HTTP/0.9 user')}/{s.word('HTTP/0.9 password')}/1.ts\r\n\r\n",
                 f"GET /live/{s.word('bare LF user')}/{s.word('bare LF password')}/1.ts HTTP/1.0\nHost: {HOST}\nCookie: {s.word('bare LF cookie')}\n\n",
                 f"GET /get.php?username={s.word('blank in target')} {s.word('behind the blank')} HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
                 f"GET live/{s.word('no slash user')}/{s.word('no slash password')}/1.ts HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
                 f"GET /get.php?username={s.word('no end')}&password={s.word('no end password')}&type=m3u",
                 f"USER {s.word('not HTTP user')}\r\nPASS {s.word('not HTTP password')}\r\n")
        for number, line in enumerate(lines):
            talk = capture.talk(CLIENTS[0], SERVER4, at=self.at + 2 + number * 0.1)
            talk.client(line.encode()).server(answer(200, ts_packets(20), "video/mp2t", length=False)).close()
        talk = capture.talk(CLIENTS[0], SERVER4, at=self.at + 3)
        talk.client(request("GET", f"/get.php?username={s.word('unanswered user')}&password={s.word('unanswered password')}&type=m3u_plus", HOST))
        talk.wait(20).reset()
        long = s.word("beyond the caps")
        talk = capture.talk(CLIENTS[0], SERVER4, at=self.at + 4)
        talk.exchange(request("GET", "/get.php?type=m3u&username=" + (long * 900), HOST), answer(200, b"#EXTM3U\n")).close()
        self.at += 40


class Renamed:
    """The same places under other names: a second set of credentials."""

    def __init__(self, secrets, prefix):
        self.secrets, self.prefix = secrets, prefix

    def __getattr__(self, name):
        make = getattr(self.secrets, name)
        return lambda place, *more: make(self.prefix + place, *more)


def forms(secret):
    """Lower-case byte strings in which a secret could stand, but for base64; base64's in a second list."""
    raw = secret.encode()
    plain = {raw, urllib.parse.quote(secret, safe="").encode(), quote_all(secret).encode(), raw.hex().encode(),
             raw[::-1], "".join(f"\\u{byte:04x}" for byte in raw).encode()}
    if ":" in secret and len(secret) == 17:
        plain |= {raw.replace(b":", b""), raw.replace(b":", b"-"), raw[9:]}
    coded = set()
    for text in {raw, raw.lower(), raw.upper()}:
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + text)
            # Only the characters that depend on the secret alone.
            first, last = (shift * 8 + 5) // 6, (shift + len(text)) * 8 // 6
            coded |= {encoded[first:last], base64.urlsafe_b64encode(b"\0" * shift + text)[first:last]}
    return {form.lower() for form in plain}, {form for form in coded if len(form) >= 8}


def address_forms(text):
    address = ipaddress.ip_address(text)
    packed = address.packed
    plain = {text.encode(), packed.hex().encode(), packed[::-1].hex().encode(), address.exploded.encode(),
             packed.hex(":").encode(), str(int(address)).encode(), str(int.from_bytes(packed, "little")).encode()}
    if address.version == 6:
        plain |= {b"2001:db8:77:66:", packed[:8].hex().encode()}
    return {form.lower() for form in plain}, {base64.b64encode(packed).rstrip(b"="), packed}


def found(outputs, wanted):
    """(place, output) of every wanted thing that stands somewhere."""
    lower = {name: data.lower() for name, data in outputs.items()}
    hits = []
    for place, (plain, exact) in wanted.items():
        for name, data in outputs.items():
            if any(form in lower[name] for form in plain) or any(form in data for form in exact):
                hits.append(f"{place} in {name}")
    return hits


class Privacy:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()
        self.planting = Planting()

    def captures(self):
        made = {}
        for part in ("targets", "headers", "bodies", "broken"):
            capture = Capture()
            getattr(self.planting, part)(capture)
            made[part] = capture.write(self.folder / f"{part}.pcap")
            made[f"{part}, client half"] = capture.write(self.folder / f"{part}-client.pcap", half=CLIENT)
            made[f"{part}, server half"] = capture.write(self.folder / f"{part}-server.pcap", half=SERVER)
        return made

    def outputs(self, captures):
        out, every = {}, "detection,http,tls,flow,m3u,stats"
        for name, path in captures.items():
            redis = Redis(self.folder / f"redis-{len(out)}")
            done = self.daemon.replay(path, "--events", every, "--redis", redis.url, "-v", "-v",
                                      settings=("detection.min_level=observed", "verdict.max_names=200"))
            self.suite.check(f"replay of {name}", done.code == 0 and done.out, done)
            out[f"events of {name}"], out[f"log of {name}"] = done.out, done.err
            out[f"Redis after {name}"] = redis.dump()
            faults = schema_faults(done.out.splitlines() + [fields["event"] for _, fields in redis.entries()])
            self.suite.check(f"replay of {name}: events satisfy the schema", not faults, f"{len(faults)}: {faults[:3]}")
            redis.kill()
            done = self.daemon.replay(path, "--explain", "-v", "-v", settings=("detection.min_level=observed",))
            self.suite.equal(f"explanation of {name}", done.code, 0)
            out[f"explanation of {name}"] = done.out + done.err
        return out

    def hidden(self, captures):
        outputs = self.outputs(captures)
        secrets = {place: forms(secret) for place, secret in self.planting.secrets.known.items()}
        leaks = found(outputs, secrets)
        self.suite.check(f"none of {len(secrets)} credentials stands in any output", not leaks,
                         f"{len(leaks)}: " + "; ".join(leaks[:40]))
        leaks = found(outputs, {f"client {text}": address_forms(text) for text in CLIENTS})
        self.suite.check("no client address stands in any output", not leaks, "; ".join(leaks))
        return outputs

    def planted(self, captures, outputs):
        """That the above can fail: the records are there, and with masking off the credentials too."""
        lines = [json.loads(line) for name in ("targets", "headers", "bodies") for line in outputs[f"events of {name}"].splitlines()]
        kinds = [line["event_type"] for line in lines]
        self.suite.check("every request has its record", kinds.count("http") >= self.planting.asked,
                         f"{kinds.count('http')} of {self.planting.asked}")
        for kind in ("detection", "flow", "m3u", "stats"):
            self.suite.check(f"there are {kind} records", kind in kinds)
        self.suite.check("Redis holds the detections", b"{vigie}:detections" in outputs["Redis after targets"])
        done = self.daemon.replay(captures["targets"], "--events", "http",
                                  settings=("privacy.credentials=keep", "privacy.clients=address"))
        places = [place for place in self.planting.secrets.known if place.startswith("path live") or ".php user" in place]
        kept = [place for place in places if self.planting.secrets.known[place].encode() in done.out]
        self.suite.check("with masking off the credentials stand in the records", len(kept) >= len(places) // 2 > 4,
                         f"{len(kept)} of {len(places)}")
        self.suite.check("with masking off the client's address stands there", CLIENTS[0].encode() in done.out)
        self.suite.check("that masking is off is said at the start", "privacy" in done.text, done.text)
        event = done.out.splitlines()[0] if done.out else b""
        self.suite.check("and in each event", done.out and all(b'"privacy"' in line for line in done.out.splitlines()), event)

    def pseudonyms(self):
        def pseudonym(name, start):
            capture = Capture(start)
            exchange(capture, CLIENTS[0], SERVER4, request("GET", "/", HOST), answer(200, b"hello"), 0)
            exchange(capture, CLIENTS[1], SERVER6, request("GET", "/", HOST), answer(200, b"hello"), 1)
            done = self.daemon.replay(capture.write(self.folder / name), "--events", "http,flow")
            return [event["src_ip"] for event in done.events if event["event_type"] == "http"]

        one, again, other = pseudonym("one.pcap", 1769892300), pseudonym("again.pcap", 1769892300), pseudonym("other.pcap", 1769895900)
        good = len(one) == 2 and all(ipaddress.ip_address(text) in ipaddress.ip_network("100::/64") for text in one)
        self.suite.check("clients stand as pseudonyms of 100::/64", good, one)
        self.suite.check("two clients have two pseudonyms", len(set(one)) == 2, one)
        self.suite.equal("one capture gives one pseudonym", again, one)
        self.suite.check("two captures of one client give two", one and not set(one) & set(other), (one, other))

    def addresses(self):
        """A subscriber's address by way of what stands in the messages: the client's own, and others of
        network.home."""
        client4, client6 = CLIENTS
        dashed, packed = client4.replace(".", "-"), ipaddress.ip_address(client4).packed
        forms4 = (client4, f"{client4}.nip.example", f"{dashed}.dyn.example", ".".join(reversed(client4.split("."))) + ".arpa.example",
                  f"{packed.hex()}.dyn.example", f"{int.from_bytes(packed, 'big')}.example")
        forms6 = (f"[{client6}]", "[2001:db8:77:66::9]", f"{client6.replace(':', '-')}.dyn.example",
                  f"{ipaddress.ip_address(client6).packed.hex()}.example")
        neighbour, public = "192.0.2.77", "203.0.113.177"
        cases = [(client4, form, ()) for form in forms4] + [(client6, form, ()) for form in forms6]
        cases += [(client4, form, ("network.home=192.0.2.0/24",)) for form in
                  (neighbour, f"{neighbour.replace('.', '-')}.dyn.example")]
        for client, form, settings in cases:
            leaks = found(self.addressed(client, form, settings), {
                f"client {client4}": address_forms(client4), f"client {client6}": address_forms(client6),
                f"{form}": ({form.strip("[]").lower().encode()}, set()),
                f"neighbour {neighbour}": ({neighbour.encode()}, set()) if settings else (set(), set())})
            self.suite.check(f"{form} stands nowhere {settings}", not leaks, "; ".join(leaks))
        shown = self.addressed(client4, public, ())["events"]
        related = {server.get("ip") for line in shown.splitlines() for server in json.loads(line).get("related", ())}
        self.suite.check("a server's address is told as related", public in related, related)
        self.suite.check("a server's address stands in the records", f"http://{public}:81/".encode() in shown, shown[:600])

    def addressed(self, client, form, settings):
        """What is told of an exchange in which the address stands everywhere that a host does."""
        server = SERVER6 if ":" in client else SERVER4
        account = "username=kurbelwelle&password=zaunlatte"
        login = {"user_info": {"auth": 1, "max_connections": "1", "allowed_output_formats": ["ts"]},
                 "server_info": {"url": form, "port": "8080", "server_protocol": "http"}}
        tracks = "".join(f"#EXTINF:-1,FR| KANAL {n}\nhttp://{form}:8080/kurbelwelle/zaunlatte/{n}\n" for n in range(20))
        listed = f'#EXTM3U url-tvg="http://{form}/xmltv.php?{account}"\n{tracks}'
        capture = Capture()
        for host in (HOST, form):
            talk = capture.talk(client, server, 8080, at=1.0 if host == form else 0.0)
            talk.exchange(request("GET", f"/player_api.php?{account}", host), answer(200, json.dumps(login).encode(), "application/json"))
            talk.exchange(request("GET", f"/get.php?{account}&type=m3u_plus", host), answer(200, listed.encode(), "audio/mpegurl"))
            talk.exchange(request("GET", f"/x/{form.strip('[]')}/y?stream={form}&stream_id={form}", host,
                                  [("Referer", f"http://{form}/c/")], agent=f"App/1 ({form}) http://{form}/ App/{form}"),
                          answer(200, b"x", f"text/{form}"))
            talk.exchange(request("GET", "/live/kurbelwelle/zaunlatte/1.ts", host),
                          answer(302, headers=[("Location", f"http://{form}:81/live/kurbelwelle/zaunlatte/1.ts?ip={form}&token=abcdefghijklmnopqrstuv")]))
            talk.close()
        path = capture.write(self.folder / "addressed.pcap")
        settings = (*settings, "detection.min_level=observed")
        done = self.daemon.replay(path, "--events", "detection,http,flow,m3u", settings=settings)
        self.suite.check(f"replay with {form}", done.code == 0 and b'"detection"' in done.out, done)
        told = self.daemon.replay(path, "--explain", settings=settings)
        kept = self.daemon.replay(path, "--events", "http,m3u", settings=(*settings, "privacy.credentials=keep"))
        return {"events": done.out, "log": done.err, "explanation": told.out + told.err, "events with credentials": kept.out}

    def configuration(self):
        secret, user = "9xKwPz4mTq", "brunhildeuser"
        key = self.folder / "password"
        key.write_text(secret + "\n")
        outputs = {}
        for name, arguments in {"--dump-config": ("--dump-config", "--redis", f"redis://{user}:{secret}@127.0.0.1:1/0"),
                                "--dump-config with a file": ("--dump-config", "--set", f"redis.password_file={key}", "--set", f"redis.user={user}"),
                                "-T": ("-T", "-v", "-v", "--redis", f"redis://{user}:{secret}@127.0.0.1:1/0"),
                                "rediss": ("-T", "--redis", f"rediss://{user}:{secret}@127.0.0.1:1/0"),
                                "wrong URL": ("-T", "--redis", f"redis://{user}:{secret}@127.0.0.1:port")}.items():
            done = self.daemon.run(*arguments)
            outputs[name] = done.out + done.err
        leaks = found(outputs, {"password": forms(secret), "user": forms(user)})
        self.suite.check("password and user of Redis stand nowhere", not leaks, "; ".join(leaks))
        self.suite.check("--dump-config prints * for the URL", b"redis.url" in outputs["--dump-config"].replace(b"\n  url", b"redis.url")
                         and b"*" in outputs["--dump-config"], outputs["--dump-config"][:300])

    def run(self):
        try:
            captures = self.captures()
            outputs = self.hidden(captures)
            self.planted(captures, outputs)
            self.pseudonyms()
            self.addresses()
            self.configuration()
        except Exception as error:
            self.suite.check("privacy", False, f"{type(error).__name__}: {error}")
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Privacy(sys.argv[1]).run())
