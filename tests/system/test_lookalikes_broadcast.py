#!/usr/bin/env python3
"""Broadcasters, platforms, delivery networks, radio and podcasts (signatures 1.9, 4.3 and 10): nothing is suspected.

usage: test_lookalikes_broadcast.py BUILD
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from lawful_lists import PAY_NAMES  # noqa: E402
from lookalike import (CLIENTS, UNVERIFIED, Ask, Lookalikes, Site, binary, catalogue, documents, endless_ts, fragment,  # noqa: E402
                       hexadecimal, highest, html, master_list, media_list, mp3, mp4, noise, ok, png, redirect, segment, token,
                       uuid)
from capture_maker import Capture, ts_packets  # noqa: E402
from sessions import summary  # noqa: E402
from stand_in import Panel, visit_panel  # noqa: E402

CHUNKED = {"chunked": True, "length": False}
PLAYERS = ("VLC/3.0.20 LibVLC/3.0.20", "Lavf/60.16.100", "AppleCoreMedia/1.0.0.21E219", "ExoPlayerLib/2.19.1",
           "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36", "Enigma2 HbbTV/1.1.1 (+PVR+RTSP+DL;OpenPLi;;;)")


def platforms():
    yield Site("YouTube", [
        (f"/api/manifest/hls_variant/expire/1769913900/ei/{token(22)}/ip/198.51.100.7/id/{token(11)}.1/source/yt_live_broadcast/"
         f"playlist/index.m3u8", master_list(["/api/manifest/hls_playlist/id/a/itag/96/playlist/index.m3u8"])),
        (f"/videoplayback/id/{token(11)}.1/itag/96/source/yt_live_broadcast/live/1/sq/123/file/seg.ts", segment()),
        (f"/videoplayback?expire=1769913900&ei={token(22)}&ip=198.51.100.7&id=o-{token(43)}&itag=18&sig={token(86)}", mp4())],
        "rr3---sn-h5q7knes.googlevideo.com")
    yield Site("Twitch", [(f"/api/channel/hls/someone.m3u8?sig={hexadecimal(40)}&token=%7B%22user_id%22%3A1%7D", master_list(
        [f"https://video-weaver.fra05.hls.ttvnw.net/v1/playlist/{token(342)}.m3u8"])),
        (f"/v1/playlist/{token(342)}.m3u8", media_list([f"https://video-edge.fra05.abs.hls.ttvnw.net/v1/segment/{token(406)}.ts"])),
        (f"/v1/segment/{token(406)}.ts", segment())], "usher.ttvnw.net")
    for host in ("service-stitcher.clusters.pluto.tv", "live-manifest.production-public.tubi.io", "stitcher.fast.example"):
        yield Site(f"channel paid for by advertising at {host}", [
            (f"/stitch/hls/channel/{hexadecimal(24)}/master.m3u8?advertisingId=&appName=web&deviceId={uuid()}&sid={uuid(1)}",
             master_list([f"{n}/playlist.m3u8?sessionID={uuid(1)}" for n in range(4)])),
            (f"/stitch/hls/channel/{hexadecimal(24)}/1/playlist.m3u8", media_list(
                [f"https://siloh.cdn.example/{hexadecimal(24)}/clip/{hexadecimal(24, 1)}/720p/hls_{n}.ts" for n in range(6)])),
            (f"/{hexadecimal(24)}/clip/{hexadecimal(24, 1)}/720p/12345.ts", segment())], host)
    yield Site("tests of delivery networks", [
        ("/x36xhzz/x36xhzz.m3u8", master_list(["url_0/193039199_mp4_h264_aac_hd_7.m3u8"])),
        ("/x36xhzz/url_0/193039199_mp4_h264_aac_hd_7.m3u8", media_list([f"url_{n}/193039199_mp4_h264_aac_hd_7.ts" for n in range(60)],
                                                                     ended=True)),
        ("/x36xhzz/url_0/url_462/193039199_mp4_h264_aac_hd_7.ts", segment()), ("/dash/bbb/1.m4s", fragment()),
        ("/streaming/examples/bipbop_4x3/gear1/fileSequence0.ts", segment())], "test-streams.cdn.example")
    clear = ('<?xml version="1.0"?><MPD><ContentProtection schemeIdUri="urn:uuid:e2719d58-a985-b3c9-781a-b030af78d30e" '
             'value="ClearKey1.0"/></MPD>')
    yield Site("test of ClearKey", [("/clearkey/manifest.mpd", ok(clear, "application/dash+xml")), ("/clearkey/license", documents(
        {"keys": [{"k": token(22), "kid": token(22, 1), "kty": "oct"}], "type": "temporary"})),
        ("/list.m3u", catalogue([('tvg-id="t"', "Test\n#KODIPROP:inputstream.adaptive.license_type=clearkey\n"
                                  f"#KODIPROP:inputstream.adaptive.license_key={hexadecimal(32)}:{hexadecimal(32, 1)}",
                                  "https://media.test.example/manifest.mpd")]))], "drm.test.example")
    live = clear.replace("<MPD>", '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="dynamic">')
    yield Site("live simulator with ClearKey", [
        Ask("/livesim2/drm_eccp/testpic_2s/Manifest.mpd", ok(live, "application/dash+xml"), headers=[
            ("Origin", "https://player.test.example"), ("Referer", "https://player.test.example/")]),
        ("/livesim2/drm_eccp/testpic_2s/V300/884946150.m4s", fragment())], "livesim.test.example")


def broadcasters():
    """Their own HLS, DASH and MPEG-TS, under paths that a panel might have, too."""
    for number, (label, master, media, part) in enumerate((
            ("three parts", "/live/tvhugo/stream/2.m3u8", "/live/tvhugo/stream/3.m3u8", "/live/tvhugo/stream/2_17.ts"),
            ("doubled number", "/live/123/123.m3u8", "/live/123/chunks.m3u8", "/live/123/123_17.ts"),
            ("an application and an instance", "/rte/live/a/channel1/channel1.isml/channel1.m3u8",
             "/rte/live/a/channel1/channel1.isml/1.m3u8", "/rte/live/a/channel1/channel1.isml/1-17.ts"),
            ("resolution", "/live/canal24h/720p/1.m3u8", "/live/canal24h/1080/2.m3u8", "/live/canal24h/720/4711.ts"),
            ("rendition", "/live/tv3/b1200/1.m3u8", "/live/tv3/v2/2.m3u8", "/live/tv3/b1200/4711.ts"),
            ("audio and video", "/live/la1/video/1.m3u8", "/live/la1/audio/1.m3u8", "/live/la1/video/4711.ts"),
            ("event", "/live/event2026/final/1.m3u8", "/live/event2026/cam2/2.m3u8", "/live/event2026/final/4711.ts"),
            ("date", "/2026/01/31.m3u8", "/2024/11/12345.m3u8", "/2024/11/12345.ts"),
            ("content number", "/contents/20240/12.m3u8", "/contents/20240/1.m3u8", "/contents/20240/12345.ts"),
            ("hosting", "/qvc/qvc1/1.m3u8", "/qvc/qvc1/2.m3u8", "/qvc/qvc1/4711.ts"),
            ("two words", "/antenna/plus/1.m3u8", "/antenna/plus/2.m3u8", "/antenna/plus/4711.ts"),
            ("node", "/edge01/tv24/1.m3u8", "/edge01/tv24/2.m3u8", "/edge01/tv24/4711.ts"),
            ("app", "/live1/canal5/1.m3u8", "/live1/canal5/2.m3u8", "/live1/canal5/4711.ts"),
            ("region", "/live/eu-west-1/tv5/1.m3u8", "/live/eu1/tv5/2.m3u8", "/live/eu1/tv5/4711.ts"),
            ("identifiers", f"/{hexadecimal(32)}/{hexadecimal(8)}/1.m3u8", f"/{uuid()}/{hexadecimal(12)}/2.m3u8",
             f"/{uuid()}/{hexadecimal(12)}/4711.ts"),
            ("live identifiers", f"/live/{hexadecimal(24)}/main/1.m3u8", f"/live/{uuid()}/720p/2.m3u8",
             f"/live/{uuid()}/720p/4711.ts"))):
        for how in ({}, CHUNKED):
            yield Site(f"broadcaster's HLS, {label}{', chunked' if how else ''}", [
                Ask(master, media_list(["a_1.ts", "a_2.ts"], **how), PLAYERS[number % 6]),
                Ask(media, media_list(["b_1.ts", "b_2.ts"], **how), PLAYERS[number % 6]),
                Ask(master, media_list(["a_1.ts", "a_2.ts"], **how), PLAYERS[5]),
                Ask(part, segment(**how), PLAYERS[number % 6]),
                Ask(part.replace("1.ts", "2.ts").replace("7.ts", "8.ts"), segment(**how), PLAYERS[number % 6])],
                "tv.broadcaster.example", (80, 8080)[number % 2])
    signed = "hdnts=exp=1769895900~acl=/*~hmac=" + hexadecimal(64)
    yield Site("broadcaster with signed addresses", [
        (f"/i/tv1@12345/master.m3u8?{signed}", master_list([f"index_{n}_av-p.m3u8?{signed}" for n in range(4)])),
        (f"/live/tv24/program01/12345.ts?token={token(43)}", segment()), (f"/live/tv24/hd/1.m3u8?token={token(64)}", media_list(["1.ts"])),
        (f"/abc123/def456/12345?token={token(32)}", redirect(f"https://cdn.example/abc123/def456/12345?token={token(43)}")),
        (f"/live/day1/final/5.m3u8?st={token(22)}&e=1769895900", media_list(["5_1.ts"])),
        (f"/key/{token(22)}", binary(0, kind="application/octet-stream") if False else ok(noise(16), "application/octet-stream")),
        (f"/hls/{token(43)}/1.ts", segment()), (f"/hls/{hexadecimal(32)}/720p_00123.ts", segment()),
        (f"/hls/{hexadecimal(32)}/index_3.ts", segment())], "live.broadcaster.example")
    yield Site("redirects to delivery networks", [(path, redirect(f"{scheme}://{edge}{path}?token={token(43)}")) for path in (
        "/live/event1/day2/12345", "/press/photos/12345", "/live/canal24h/720p/1.m3u8", "/live/tv3cat/main/3.m3u8") for scheme, edge
        in (("https", "edge7.cdn.example"), ("http", "edge7.cdn.example"))] + [
            ("/live/event1/day2/12345", redirect(f"https://sso.example/auth/{token(64)}"))], "video.broadcaster.example")
    yield Site("long film", [("/vod/film/index.m3u8", media_list([f"seg-{n}-v1-a1.ts?token={token(22)}" for n in range(5000)], 4,
                                                             ended=True, tags=["#EXT-X-PLAYLIST-TYPE:VOD"])),
                             ("/vod/film/seg-1-v1-a1.ts", segment()), ("/movie/trailers/hd/1234.mp4", mp4())], "vod.broadcaster.example")
    yield Site("encrypted film", [("/film/1/index.m3u8", media_list(
        [f"{n}.ts" for n in range(90)], ended=True, tags=[f'#EXT-X-KEY:METHOD=AES-128,URI="https://keys.broadcaster.example/key/'
                                                         f'{token(43)}",IV=0x{hexadecimal(32)}'])),
                                  (f"/key/{token(43)}", ok(noise(16), "application/octet-stream")),
                                  (f"/key/{uuid()}", ok(noise(16, 1), "binary/octet-stream"))], "vod.broadcaster.example")
    yield Site("films under paths of panels", [
        (path, mp4()) for path in ("/movie/inception-2010/en/1.mp4", "/series/dark/staffel1/12.mp4", "/movie/8812/1080p/3.mp4",
                                   "/movie/12345/720/1.mp4", "/series/101/s01e02/1.mp4", "/movie/dune/trailer2/1.mp4",
                                   "/movie/2024/dune/1.mp4", "/series/got/1/2.mp4", "/series/got/1/2.mkv", "/movie/a1b2c3/cut/1.mp4",
                                   "/movie/tt1375666/1080/1.mp4", "/series/breaking-bad/season-1/3.mp4",
                                   f"/movie/{hexadecimal(24)}/h264/2.mp4", "/video/2024/12345.mp4", "/vod/0001/hd01/5.mp4")],
        "cinema.example")
    yield Site("station that sends plain MPEG-TS", [("/stream.ts", endless_ts("Canal 9", "Ayuntamiento")),
                                                    ("/tv/canal9.ts", endless_ts()), ("/live/canal9.ts", endless_ts()),
                                                    ("/canal9", endless_ts())], None, 8000)
    yield Site("live sport of a league's own platform", [
        (f"/out/v1/{hexadecimal(32)}/index.m3u8", master_list(["1.m3u8", "2.m3u8"])), (f"/out/v1/{hexadecimal(32)}/1.mpd", ok(
            '<?xml version="1.0"?><MPD type="dynamic"><ContentProtection/></MPD>', "application/dash+xml")),
        (f"/out/v1/{hexadecimal(32)}/index_1_123.mp4", fragment()), ("/api/rails", documents([
            {"title": name, "type": "Live", "stream_type": "live"} for name in PAY_NAMES]))], "league.example")


def sound():
    icy = [("icy-name", "Jazz FM"), ("icy-br", "128"), ("icy-metaint", "16000"), ("Server", "Icecast 2.4.4")]
    headers = [("Icy-MetaData", "1"), ("Range", "bytes=0-")]
    stations = [("", f"Radio {n}", f"http://stream.radio.example:8000/station{n}") for n in range(60)]
    yield Site("Icecast", [
        Ask("/jazz.m3u", ok("http://stream.radio.example:8000/jazz\n", "audio/x-mpegurl"), PLAYERS[0]),
        Ask("/listen.pls", ok("[playlist]\nNumberOfEntries=1\nFile1=http://stream.radio.example:8000/jazz\n", "audio/x-scpls"), PLAYERS[0]),
        Ask("/all.m3u", catalogue(stations), PLAYERS[0]), Ask("/jazz", mp3(32, headers=icy, length=False), PLAYERS[1], headers),
        Ask("/jazz.aac", ok(b"\xff\xf1\x50\x80" * 8 + noise(20000), "audio/aacp", icy, length=False), PLAYERS[1], headers),
        Ask("/status-json.xsl", documents({"icestats": {"source": [{"listenurl": "http://a:8000/jazz"}]}}))], "stream.radio.example",
        8000)
    yield Site("SHOUTcast", [Ask("/;stream.mp3", mp3(32, headers=icy, length=False), PLAYERS[0], headers),
                             Ask("/;", mp3(32, headers=icy, length=False), PLAYERS[1], headers),
                             Ask("/live/radio1/128/1", mp3(32, headers=icy, length=False), PLAYERS[1], headers),
                             Ask("/radio9/high1/1", mp3(32, headers=icy, length=False), PLAYERS[1], headers)], None, 8000)
    yield Site("radio as HLS", [("/radio1/aac/1.m3u8", media_list(["1.aac", "2.aac"])), ("/live/radio1/96k/1.m3u8", media_list(
        ["a1.aac", "a2.aac"])), ("/radio1/aac/17.aac", ok(b"\xff\xf1\x50\x80" * 8 + noise(9000), "audio/aac"))], "hls.radio.example")
    directory = [{"changeuuid": uuid(n), "stationuuid": uuid(n + 900), "name": f"Radio Serie A {n}", "url":
                  f"http://stream{n}.radio.example:8000/live", "url_resolved": f"http://stream{n}.radio.example:8000/live",
                  "homepage": "", "favicon": "", "tags": "sports,dazn", "country": "Italy", "codec": "MP3", "bitrate": 128, "hls": 0}
                 for n in range(300)]
    yield Site("directory of radio stations", [("/json/stations/bycountry/italy", documents(directory, gzip=True)), (
        "/m3u/stations/bycountry/italy", catalogue([("", s["name"], s["url"]) for s in directory]))], "de1.api.radio-browser.example")
    yield Site("directory of radio stations as a list of mounts", [("/m3u", catalogue(
        [('group-title="Jazz"', f"Station {n}", f"http://radio{n % 3}.example:8000/mount/{n}") for n in range(200)]))], "radios.example")
    episodes = "".join(f"<item><enclosure url='https://pod.example/myshow/season2/{n}.mp3' type='audio/mpeg'/></item>" for n in range(90))
    yield Site("podcast", [("/feed.xml", ok(f"<?xml version='1.0'?><rss version='2.0'><channel>{episodes}</channel></rss>",
                                           "application/rss+xml")), ("/myshow/season2/12.mp3", mp3()),
                           ("/traffic/e12345/s2024/7", redirect(f"https://cdn.pod.example/e12345/s2024/7?token={token(43)}")),
                           ("/pod1234/ep5678/90210", mp3(headers=[("Accept-Ranges", "bytes")])),
                           ("/episodes.m3u", catalogue([("", f"Episode {n}", f"http://pod.example/myshow/season2/{n}.mp3")
                                                        for n in range(90)]))], "pod.example")
    yield Site("music by an account", [
        ("/rest/stream.view?u=anna&p=enc:736563726574&v=1.16&c=app&id=12", mp3()), (f"/api/tracks/{uuid()}/stream?token={token(43)}", mp3()),
        ("/music/anna01/album7/12", mp3()), ("/playlists/12.m3u", catalogue([("", f"Song {n}", f"/music/anna01/album7/{n}")
                                                                              for n in range(30)]))], "music.example", 4533)


def named_by_pirates():
    """A broadcaster's host that a pirate's list names is asked by its viewers: it is no server of the pirate."""
    made, panel = Capture(), Panel("tv.panel.example", 8080)
    own = ("live.rtve-like.example", "203.0.113.20"), ("mediapolis.rai-like.example", "203.0.113.21")
    entries = b"".join(f"#EXTINF:-1,ES| La {n}\r\nhttp://{host}/live/canal{n}/main/{n}.m3u8\r\n".encode()
                       for n in range(1, 30) for host, _ in own)
    for number, client in enumerate(CLIENTS):
        visit_panel(made, panel, client, "203.0.113.10", at=number * 8)
        talk = made.talk(client, "203.0.113.10", 8080, at=number * 8 + 4)
        talk.exchange(panel.playlist_request(), ok(panel.playlist() + entries, "audio/mpegurl")).close()
        for host, address in own:
            site = Site(host, [Ask("/live/canal1/main/1.m3u8", media_list(["1_1.ts"]), PLAYERS[0]), Ask(
                "/live/canal1/main/1_1.ts", segment(), PLAYERS[0]), Ask("/stream.ts", endless_ts(), PLAYERS[0]), Ask("/", html())], host)
            from lookalike import visit
            visit(made, site, address, number * 8 + 5)
    return made, own


class Broadcast(Lookalikes):
    def named(self):
        made, own = named_by_pirates()
        done = self.daemon.replay(made.write(self.folder / "named.pcap"), settings=("detection.min_level=observed", *UNVERIFIED))
        told = {}
        for event in done.detections:
            told.setdefault(event["server"]["ip"], []).append(event)
        self.suite.check("named by a pirate's list: the pirate is told", highest(told["203.0.113.10"]) >= 2, done.out[:500])
        for host, address in own:
            self.suite.check(f"named by a pirate's list: {host} is not suspected", highest(told.get(address, [])) < 2,
                             summary(told.get(address, [])))
            self.suite.check(f"named by a pirate's list: {host} is not eligible",
                             not [e for e in told.get(address, []) if e["block"]["eligible"]])


if __name__ == "__main__":
    test = Broadcast(sys.argv[1])
    test.named()
    sys.exit(test.run(site for group in (platforms, broadcasters, sound) for site in group()))
