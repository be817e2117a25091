#!/usr/bin/env python3
"""Lawful services that look alike (signatures, section 10), each as a whole session: nothing may be `suspected`,
on a public address and, with the guard for private servers off, on a private one.

usage: test_legal.py BUILD
"""
import base64
import hashlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import answer, ts_packets  # noqa: E402
from harness import level_rank  # noqa: E402
from sessions import (HOME, PUBLIC, Sessions, get, hls, json_answer, m3u, portal_answer, portal_call,  # noqa: E402
                      portal_channels, summary)

ENDLESS = answer(200, ts_packets(400), "video/mp2t", length=False)
SEGMENT = answer(200, ts_packets(300), "video/mp2t")
MP4 = answer(200, b"\0\0\0\x20ftypisom" + b"x" * 5000, "video/mp4", [("Accept-Ranges", "0-1234567")])
MINISTRA_PATH = "/stalker_portal/server/load.php"
CODE_404 = json_answer({"code": 404, "msg": "not found"})
USER, PASSWORD = "us3rname1", "passw0rd9"
ACCOUNT = f"username={USER}&password={PASSWORD}"
PANEL_PATHS = (f"/get.php?{ACCOUNT}&type=m3u_plus", f"/player_api.php?{ACCOUNT}", f"/panel_api.php?{ACCOUNT}",
               f"/player_api.php?{ACCOUNT}&action=get_live_streams", f"/live/{USER}/{PASSWORD}/1.ts",
               f"/enigma2.php?{ACCOUNT}&type=get_live_streams", f"/xmltv.php?{ACCOUNT}",
               f"/live/{USER}/{PASSWORD}/1.ts?token={'aB3' * 8}", f"/{USER}/{PASSWORD}/1?token={'aB3' * 8}")


def digest(number):
    return hashlib.md5(b"%d" % number).hexdigest()


def channels(count, form):
    return [(f"Das Erste {i}", form.format(i=i, hash=digest(i)), f'-1 tvg-id="c{i}" group-title="TV"')
            for i in range(count)]


def radio():
    plain = [(f"Radio {i}", f"http://stream.radio.example:8000/station{i}") for i in range(80)]
    mounts = [(f"Station {i}", f"http://stream.radio.example:8000/;s{i}") for i in range(80)]
    songs = [(f"Artist - Song {i}", f"http://music.example/track/{i}", 100 + i) for i in range(100)]
    disposition = [("Content-Disposition", 'attachment; filename="{}"')]
    named = [(name, value.format("playlist_summer.m3u")) for name, value in disposition]
    sound = answer(200, b"\xff\xfb\x90\x00" * 4000, "audio/mpeg", [("icy-name", "x")], length=False)
    yield "radio on mounts", 8000, "radio.example", [("/stations.m3u", m3u(plain)), ("/station1", sound)]
    yield "radio on SHOUTcast mounts", 8000, "radio.example", [("/stations.m3u", m3u(mounts)), ("/;s1", sound)]
    yield "songs as a file", 80, "music.example", [("/export", m3u(songs, headers=named))]
    yield "podcast", 80, "pod.example", [("/e.m3u", m3u([
        (f"Episode {i}", f"http://pod.example/myshow/season2/{i}.mp3", 1800) for i in range(100)]))]
    yield "radio from a script of that name", 80, "radio.example", [
        ("/get.php?username=bob&password=x&type=m3u",
         m3u([("My Radio", "http://radio.example:8000/live.mp3")], headers=[(n, v.format("r.m3u")) for n, v in disposition]))]


def home():
    yield "Tvheadend behind a proxy", 9981, "tvh.example", [
        ("/playlist/channels", m3u(channels(120, "http://tvh.example:9981/stream/channelid/{i}?profile=pass"))),
        ("/stream/channelid/1?profile=pass", ENDLESS)]
    yield "Threadfin", 34400, "home.example", [
        ("/m3u/threadfin.m3u", m3u(channels(120, "http://home.example:34400/stream/{hash}"))),
        (f"/stream/{digest(1)}", ENDLESS)]
    yield "HDHomeRun", 5004, "tuner.example", [
        ("/lineup.m3u", m3u(channels(120, "http://203.0.113.10:5004/auto/v{i}"))), ("/auto/v1", ENDLESS)]
    yield "Jellyfin", 8096, "jf.example", [
        ("/LiveTv/x.m3u", m3u(channels(120, "http://jf.example:8096/Videos/{hash}/stream.ts?api_key=a"))),
        ("/Videos/abc/live.m3u8", hls("hls1/main/1.ts")), ("/Videos/abc/hls1/main/1.ts", SEGMENT),
        ("/Videos/abc/stream.ts", ENDLESS)]
    yield "Enigma2", 8001, "box.example", [
        ("/web/services.m3u?bRef=1", m3u(channels(120, "http://root:box@box.example:8001/1:0:19:{i}:420:1:C00000:0:0:0:"))),
        ("/1:0:19:1:420:1:C00000:0:0:0:", ENDLESS)]
    yield "cameras of a recorder", 8000, "nvr.example", [
        ("/cams.m3u", m3u([(f"Camera {i}", f"http://nvr.example:8000/live/ch{i:02d}_0/index.m3u8") for i in range(64)])),
        ("/live/ch00_0/index.m3u8", hls("1.ts")), ("/live/ch00_0/1.ts", SEGMENT), ("/live/garage1/north2/1", ENDLESS)]
    yield "a camera's stream", 8000, "203.0.113.10", [("/live/garage1/north2/1", ENDLESS), ("/live/camera1/main/1", ENDLESS)]


def operators():
    yield "operator with Flussonic", 8081, "203.0.113.10", [
        ("/iptv.m3u", m3u(channels(120, "http://iptv.operator.example:8081/ch{i}/index.m3u8?token=abc"))),
        ("/ch1/tracks-v1a1/mono.m3u8?token=abc", hls("2026/01/31/20/45/00-06000.ts")), ("/ch1/mpegts", ENDLESS)]
    yield "operator with udpxy", 4022, "udpxy.isp.example", [
        ("/list.m3u", m3u(channels(120, "http://udpxy.isp.example:4022/udp/239.1.1.{i}:5000"))),
        ("/udp/239.1.1.1:5000", ENDLESS)]
    yield "operator with Astra", 8000, "203.0.113.10", [("/play/a0b1/index.m3u8", hls("1.ts")), ("/play/a0b1", ENDLESS)]
    yield "operator's list of two words", 80, "ott.example", [
        ("/channels.m3u", m3u(channels(100, "http://ott.example/tenant/prod/{i}.m3u8")))]
    host, calls = "tv.operator.example", []
    for call, js in (("type=stb&action=handshake&token=", {"token": "A9" * 16, "random": "ff"}),
                     ("type=stb&action=get_profile", {"id": "1", "stb_type": "MAG250", "num_banks": "2",
                                                      "image_version": "218", "parent_password": "0000",
                                                      "watchdog_timeout": 120}),
                     ("type=itv&action=get_genres", [{"id": "1", "title": "News", "alias": "news"}]),
                     ("type=itv&action=get_all_channels", portal_channels(120, host)),
                     ("type=itv&action=create_link&cmd=x", {"id": "1", "cmd": f"ffmpeg http://{host}/ch/1"}),
                     ("type=watchdog&action=get_events&init=0", {"data": {"msgs": 0}})):
        calls.append((portal_call(MINISTRA_PATH, host, call), portal_answer(js)))
    yield "Ministra, the whole evening", 80, host, [*calls, ("/ch/1", ENDLESS), ("/ch/1.m3u8", hls("1.ts"))]
    yield "Ministra on a bare address", 8080, "203.0.113.10", [*calls, ("/ch/1", ENDLESS), ("/ch/1.m3u8", hls("1.ts"))]
    cut = portal_answer(portal_channels(300, host))
    yield "Ministra, answers cut", 80, host, [calls[0], lambda talk: (
        talk.client(portal_call(MINISTRA_PATH, host, "type=itv&action=get_all_channels")), talk.send("server", cut[:20000]))]


def broadcasters():
    token = "?token=abcdefghijklmnopqrst"
    sso = answer(302, b"", headers=[("Location", "https://sso.example/auth/" + "a1B2c3D4" * 8)])
    yield "broadcaster's HLS", 80, "tv.broadcaster.example", [
        ("/live/tvhugo/stream/2.m3u8", hls("2_7.ts")), ("/live/channel/720p/12.ts", SEGMENT),
        ("/live/bbcone/hd1080/12345.ts", ENDLESS), ("/live/tv24news/program01/4711.ts", SEGMENT)]
    yield "segments named like credentials", 80, "cdn.example", [
        ("/abc123/def456/0001.ts", ENDLESS), ("/abc123/def456/12345", SEGMENT), ("/segment01/video720/12345", SEGMENT)]
    yield "redirect to a delivery network", 80, "video.example", [
        (f"/{kind}/12345", answer(302, b"", headers=[("Location", f"https://cdn.example/{kind}/12345{token}")]))
        for kind in ("live/event1/day2", "press/photos", "abc123/def456")]
    yield "redirect for signing in", 80, "tickets.example", [("/live/event1/day2/12345", sso), ("/news/2024a/12345", sso)]
    yield "films of a cinema", 80, "cinema.example", [
        ("/movie/trailers/hd/1234.mp4", MP4), ("/series/breaking/season1/3.mp4", MP4), ("/video/2024/12345.mp4", MP4)]
    yield "list paid for by advertising", 80, "fast.example", [("/all.m3u", m3u([
        (f"{land}: Channel {i}", f"https://jmp.example/plu-{i:x}.m3u8", '-1 group-title="24/7 Drama;PPV Classics"')
        for i in range(300) for land in ("US", "UK", "FR", "DE", "ES", "IT")] + [
        (f"Film {i}", f"https://vod.example/{i}.mp4", '-1 group-title="Movies"') for i in range(1500)]))]
    yield "community list", 80, "lists.example", [("/index.m3u", m3u([
        (f"TV {i} (720p) [Not 24/7]", f"http://cdn{i % 400}.tv{i % 400}.example:{(80, 8080, 1935)[i % 3]}/live/tv{i}/{i}.m3u8")
        for i in range(2000)]))]
    yield "public guide", 80, "epg.example", [("/epg.xml", answer(
        200, b'<?xml version="1.0"?><tv generator-info-name="Xtream Codes reader"></tv>', "application/xml"))]


def interfaces():
    coded = base64.b64encode(b"x" * 3).decode()
    yield "interfaces with such words", 80, "api.example", [
        ("/api/login", json_answer({"js": {"token": "abc"}})), ("/api/epg", json_answer(
            {"epg_listings": [{"id": "1", "title": "News", "start_timestamp": 1},
                              {"id": "2", "title": coded, "start_timestamp": 1}]}))]
    yield "film database", 80, "films.example", [("/3/tv", json_answer([
        {"series_id": i, "name": "x", "backdrop_path": ["/a.jpg"], "episode_run_time": "40"} for i in range(20)])),
        ("/api", json_answer([{"stream_type": "movie", "container_extension": "mp4", "name": "x"}] * 20))]
    attachment = [("Content-Disposition", 'attachment; filename="i.csv"')]
    yield "download script", 80, "files.example", [
        ("/get.php?username=bob&password=x&type=csv", answer(200, b"a,b,c\n1,2,3\n" * 100, "text/csv", attachment)),
        ("/get.php?username=bob&password=x&type=invoice", answer(200, b"%PDF-1.4 x" * 100, "application/pdf", attachment)),
        ("/get.php?username=bob&password=x&type=user", json_answer({"ok": True}, headers=attachment))]
    yield "open redirect", 80, "out.example", [
        (f"/out?u={place}", answer(302, b"", headers=[("Location", place)]))
        for place in ("http://203.0.113.9:8080/vauth/501.mkv?token=" + "aB3" * 8,)]
    yield "speed test", 80, "speed.example", [("/speedtest/random4000x4000/12345", answer(
        200, b"\x47" * 20000, "application/octet-stream", length=False))]


def scanned():
    """Two scanners ask a server that is none for everything that panels answer."""
    answers = {
        "answers any path with JSON": lambda path: CODE_404,
        "answers any path with XML": lambda path: answer(200, b'<?xml version="1.0"?><error>no</error>', "application/xml"),
        "answers any path with a page": lambda path: answer(200, b"<html>x</html>"),
        "upgrades to https": lambda path: answer(301, b"", headers=[("Location", f"https://victim.example{path}")]),
        "has another name": lambda path: answer(301, b"", headers=[("Location", f"http://www.victim.example{path}")]),
        "asks to sign in": lambda path: answer(302, b"", headers=[("Location", f"/login?next={path}")])}
    for name, told in answers.items():
        yield f"scanned server that {name}", 80, "victim.example", [(path, told(path)) for path in PANEL_PATHS]


class Legal(Sessions):
    def silent(self, name, port, host, steps, clients=1):
        talks = [(get(step[0], host), step[1]) if isinstance(step, tuple) and isinstance(step[0], str) else step
                 for step in steps]
        for label, server, settings in (("", PUBLIC, ()), (", private server", HOME, ("verdict.private_servers=true",))):
            rank, detections = self.level(name, talks, server, port, settings, clients)
            self.suite.check(f"{name}{label}", rank < level_rank("suspected"), summary(detections))

    def run(self):
        for group, clients in ((radio, 1), (home, 1), (operators, 1), (broadcasters, 1), (interfaces, 1), (scanned, 2)):
            for name, port, host, steps in group():
                self.silent(name, port, host, steps, clients)
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Legal(sys.argv[1]).run())
