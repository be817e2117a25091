#!/usr/bin/env python3
"""The rest of the web (signatures 0.2, 1.6, 1.9 and 10): shops, banks, interfaces, tokens, downloads, portals of hotels.
Their paths and tokens have panels' forms, their answers have not: nothing is suspected.

usage: test_lookalikes_web.py BUILD
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import answer, ts_packets  # noqa: E402
from lookalike import (BROWSER, Ask, Lookalikes, Site, binary, catalogue, documents, endless_ts, hexadecimal, html, mp3,  # noqa: E402
                       mp4, noise, ok, png, redirect, segment, token, uuid)
from sessions import BOX_AGENT  # noqa: E402

LENGTHS = (22, 43, 64, 86, 107, 128, 150, 171, 192, 214, 256)  # base64url that decodes to whole AES blocks
KINDS = {"a page": lambda: html(), "JSON": lambda: documents({"ok": True, "data": {"id": 4711, "token": token(43)}}),
         "a film": lambda: mp4(), "sound": lambda: mp3(), "bytes": lambda: binary(), "bytes without length": lambda: binary(
             length=False), "a picture": lambda: png(), "sixteen bytes": lambda: ok(noise(16), "application/octet-stream"),
         "a segment": lambda: segment(), "text": lambda: ok("ok\n", "text/plain"), "nothing": lambda: answer(204, b"", None),
         "a redirect": lambda: redirect(f"https://www.shop.example/auth/{token(64)}?next=%2Fhome"),
         "a redirect to sign in": lambda: redirect(f"http://login.shop.example/auth/{token(43)}", 301)}


def token_paths():
    """/play/, /auth/, /key/, /hls/ and the like with tokens of every length that passes the length law."""
    for label, make in KINDS.items():
        asks = []
        for number, length in enumerate(LENGTHS):
            for base in ("play", "auth", "key", "hls", "images", "live/play"):
                asks.append((f"/{base}/{token(length, number)}", make()))
            asks += [(f"/sauth/{token(length, number)}", make()), (f"/hls/{number}_{number + 7}.ts?token={token(length, number)}", make()),
                     (f"/video/{number}?token={token(length, number)}", make()), (f"/{hexadecimal(32)}/auth/{token(length)}", make())]
        asks += [(f"/auth/{uuid(n)}", make()) for n in range(8)] + [(f"/key/{hexadecimal(64, n)}", make()) for n in range(8)]
        yield Site(f"tokens, answered with {label}", asks, "api.shop.example", clients=2)
    yield Site("sign-in with OAuth", [
        Ask(f"/oauth/authorize?response_type=code&client_id={token(22)}&state={token(43)}&redirect_uri=https%3A%2F%2Fa.example",
            redirect(f"https://a.example/callback?code={token(64)}&state={token(43)}")),
        Ask("/oauth/token", documents({"access_token": token(128), "token_type": "Bearer", "expires_in": 3600, "refresh_token":
                                       token(64)}), method="POST", body=b"grant_type=authorization_code&username=anna&password=secret"),
        Ask("/api/me", documents({"user": "anna", "status": "Active"}), headers=[("Authorization", f"Bearer {token(342)}")]),
        Ask("/api/session", documents({"token": token(64), "auth": 1, "user_info": {"auth": 1, "name": "anna"}})),
        Ask("/api/login", documents({"user_info": {"auth": 0, "error": "wrong"}}), method="POST", body=b"username=a&password=b")],
        "login.bank.example")
    yield Site("rights of protected films", [
        Ask(f"/license/widevine?token={token(107)}", binary(1), method="POST", body=b"\x08\x01\x12\x10" + b"x" * 40),
        Ask(f"/fairplay/key/{token(86)}", binary(1), method="POST", body=b"spc=AAAA"),
        (f"/aes/key/{token(43)}/1", ok(noise(16), "application/octet-stream"))], "drm.shop.example")


def scripts():
    """get.php, portal.php and their like of shops, banks, fora and app stores."""
    forms = ("/get.php?id=4711", "/get.php?username=anna&password=secret&type=invoice", "/get.php?type=m3u8&file=movie",
             "/get.php?file=setup.exe&type=win64", "/get.php?username=anna&password=secret&type=csv&output=zip",
             "/get.php?app=com.app.store&type=apk&token=" + token(43), "/portal.php?action=login", "/portal.php?type=user&action=get_profile",
             "/portal.php?page=home&type=account&action=view", "/load.php?debug=false&lang=en&modules=startup&only=styles",
             "/server/load.php?type=text/css&module=core", "/api.php?action=query&list=search&srsearch=iptv&format=json",
             "/api.php?action=user&sub=info&id=3", "/player_api.php", "/player_api.php?help", "/api/player_api.php?v=2",
             "/panel_api.php?token=" + token(22), "/playlist.php?id=3", "/playlist?list=PL" + token(32), "/playlist/summer/hits/m3u",
             "/epg/today/1", "/xmltv.php?country=es", "/c/", "/c/version.js", "/c/about-us", "/stalker_portal/", "/live.php?mac=1",
             "/enigma2.php?lang=de", "/streaming/live.php?room=3", "/timeshift/news/de/60/1.ts", "/xplugin.php?version=2",
             "/system_api.php?key=1", "/login.php?username=anna&password=secret", "/c/portal.php", "/images/" + token(107) + ".png")
    for form in forms:
        answers = ("a page", "JSON", "bytes", "text", "a redirect", "a picture", "nothing")
        yield Site(f"a script of another, {form[:60]}", [(form, KINDS[label]()) for label in answers], "shop.example")
    for label in ("a page", "JSON", "bytes", "text", "a redirect", "a picture"):
        yield Site(f"scripts of those names, answered with {label}", [(form, KINDS[label]()) for form in forms], "shop.example",
                   half="suspected")
    yield Site("blog", [("/c/", html("Category C")), ("/c/2024/11/12345", html()), ("/wp-content/uploads/2024/11/12345.mp4", mp4()),
                        ("/wp-json/wp/v2/posts?categories=3", documents([{"id": 1, "title": {"rendered": "IPTV"}, "categories": [3]}])),
                        ("/2024/11/12345", html()), ("/2024/11/12345.html", html()), ("/feed/", ok(
                            "<?xml version='1.0'?><rss version='2.0'></rss>", "application/rss+xml")),
                        ("/article", html("How player_api.php, get.php and #EXTM3U work", 8)),
                        ("/wp-json/panel", documents([{"category_id": n, "category_name": f"News {n}", "parent_id": None, "slug": "x"}
                                                      for n in range(30)]))], "blog.example")
    yield Site("shop with categories", [("/api/categories", documents([
        {"category_id": n, "category_name": f"Shoes {n}", "parent_id": 0, "position": n} for n in range(40)])),
        ("/api/products", documents([{"num": n, "name": f"Shoe {n}", "category_id": "3", "added": "1", "stream_icon": None}
                                     for n in range(40)])), ("/api/server", documents({"server_info": {"url": "x", "port": 80}}))],
        "shop.example")


def downloads():
    """Three-part paths with all sorts of bodies."""
    paths = ("/abc123/def456/12345", "/files/a1b2c3d4/12345", "/build/x86_64/20260131", "/u/anna01/4711", "/r2d2/c3po/1",
             "/data/tile12/2047", "/tiles/12/2047/1362.png", "/maps/v2/15/16384", "/user4711/photo2026/12345", "/dl/9f8e7d6c/90210",
             "/node18/x64/1", "/ab12/cd34/5.ts", "/repo/pool1/12345.deb", "/fw/mag250x/218", "/s3bucket1/obj9key7/100",
             "/abc123/def456/12345.bin", "/chat1/room22/98765", "/game7/level3/12", "/p2p4/h3x5/7", "/12345678/87654321/12")
    for label in ("bytes", "bytes without length", "JSON", "a page", "a picture", "a segment", "text", "sound", "a film", "nothing"):
        # MPEG-TS under a picture's name is a guise, and nobody's lawful way.
        yield Site(f"paths of three parts, answered with {label}", [
            (path, KINDS[label]()) for path in paths if label != "a segment" or not path.endswith(".png")], "files.example")
    for label in ("bytes", "bytes without length", "JSON", "a page", "a segment", "nothing"):
        yield Site(f"many numbers under two words, answered with {label}", [(f"{base}/{number}", KINDS[label]()) for base in (
            "/user4711/photo2026", "/octocat1/hello-world2", "/forum3x/thread12345", "/live/match2026/cam5x", "/tile12/layer7b")
            for number in range(1, 9)], "files.example")
    yield Site("firmware in transport packets", [
        ("/fw/stb4k/20260131.ts", ok(ts_packets(300, "SSU", "Vendor"), "application/octet-stream", [("Accept-Ranges", "bytes")])),
        ("/update/mag322/218/imageupdate", ok(ts_packets(80), "application/octet-stream")), ("/ota/tv55/4711.bin", ok(
            b"\x47" + noise(187) + b"\x47" + noise(60000), "application/octet-stream")),
        ("/ota/box4k/4712", ok(b"G" * 40000, "application/octet-stream")), ("/fw/box1/model2/4713.ts", ok(
            ts_packets(300), "video/mp2t", chunked=True, length=False))], "firmware.vendor.example")
    for filler, name in ((b"\x47", "of one letter"), (b"\0", "of zeros"), (noise(4096), "of noise")):
        body = (filler * 20000)[:40000]
        yield Site(f"speed test {name}", [(path, ok(body, "application/octet-stream", length=False)) for path in (
            "/speedtest/random4000x4000.jpg", "/down/test100/12345", "/download?size=25000000&nocache=" + uuid(), "/abc123/def456/100",
            "/garbage.php?ckSize=100")] + [Ask("/upload.php", ok("size=100", "text/plain"), method="POST", body=filler[:1] * 3000)],
            "speed.example", 8080)
    yield Site("captive portal", [
        Ask("/generate_204", redirect(f"http://10.0.0.1:8002/index.html?mac=00:1a:79:01:02:03&token={token(43)}&redirect=http://a.example/")),
        Ask("/hotspot-detect.html", redirect(f"http://203.0.113.99:8000/login?token={token(32)}")),
        Ask("/canonical.html", redirect(f"https://wifi.hotel.example/portal?token={token(43)}"))], "wifi.hotel.example")
    yield Site("captive portal that catches a panel's clients", [
        Ask("/live/anna01/secret9/12.ts", redirect(f"http://203.0.113.99:8880/portal?orig=/live/anna01/secret9/12.ts&token={token(22)}")),
        Ask("/player_api.php?username=anna01&password=secret9", html("Welcome to the hotel")),
        Ask("/get.php?username=anna01&password=secret9&type=m3u_plus", redirect("https://hotel.example/login")),
        Ask("/portal.php?type=stb&action=handshake", html("Welcome to the hotel"), BOX_AGENT)], "wifi.hotel.example",
        half="suspected")
    ports = {2082: "cPanel", 2083: "cPanel", 2086: "WHM", 2087: "WHM", 2095: "Webmail", 2096: "Webmail", 25461: "Game server",
             8880: "Plesk", 8000: "Development", 31210: "Statistics"}
    for port, title in ports.items():
        yield Site(f"{title} on port {port}", [
            (f"/cpsess{1234567890 + port}/frontend/jupiter/index.html", html(title)), ("/login/?login_only=1", redirect("/")),
            (f"/cpsess{1234567890 + port}/execute/Email/list_pops", documents({"status": 1, "data": []})),
            ("/cPanel_magic_revision_1700000000/unprotected/cpanel/images/logo.png", png()), ("/live/", html()),
            (f"/cpsess{1234567890 + port}/download/12345", binary())], "host.example", port)


def interfaces():
    yield Site("apps at a shop's billing interface", [
        Ask("/includes/smartersapi/api.php", documents({"result": "success", "data": {"dns": "x"}}), "okhttp/4.9.2", method="POST",
            body=b"action=validateCustomLogin&email=a"), ("/includes/api.php", documents({"result": "error", "message": "x"})),
        ("/clientarea.php", html("Client area")), ("/cart.php?a=view", html("Cart"))], "billing.host.example")
    yield Site("film database", [
        ("/3/movie/550?api_key=" + hexadecimal(32), documents({"backdrop_path": "/a.jpg", "id": 550, "imdb_id": "tt0137523", "title": "x",
                                                              "vote_average": 8.4, "genres": [{"id": 18, "name": "Drama"}]})),
        ("/3/discover/tv?page=2", documents({"page": 2, "results": [
            {"backdrop_path": "/b.jpg", "id": n, "name": f"Show {n}", "episode_run_time": [40], "origin_country": ["US"]}
            for n in range(20)]})), ("/3/tv/1399/season/1", documents({"episodes": [{"id": n, "name": "x", "air_date": "2011-04-17"}
                                                                                   for n in range(10)], "season_number": 1})),
        ("/t/p/w500/abc.jpg", png())], "api.films.example")
    yield Site("video platform's own interface", [
        ("/api/v1/streams", documents([{"stream_id": n, "stream_type": "live", "name": f"Room {n}", "category_id": 3} for n in range(60)])),
        ("/api/v1/vod", documents([{"stream_type": "movie", "container_extension": "mp4", "name": f"Clip {n}", "id": n} for n in range(60)])),
        ("/api/v1/epg", documents({"epg_listings": [{"id": n, "title": f"Talk {n}", "start": "20:45"} for n in range(20)]})),
        ("/api/v1/series", documents([{"series_id": n, "name": "x", "cover": ""} for n in range(20)])),
        ("/api/v1/account", documents({"username": "anna", "status": "Active", "exp_date": "2027", "max_connections": 2}))],
        "api.video.example")
    yield Site("application store", [
        (f"/get.php?package=com.app&version=4711&token={token(43)}", ok(b"PK\x03\x04" + noise(20000), "application/vnd.android.package-archive")),
        ("/fdroid/repo/index-v1.json", documents({"repo": {"name": "IPTV apps"}, "apps": [{"name": "xtream player"}]})),
        (f"/auth/{token(43)}", documents({"ok": 1})), (f"/play/{token(22)}", html()), ("/apps/iptv-smarters/1", html("IPTV Smarters")),
        ("/kodi/addons/nexus/addons.xml.gz", ok(b"\x1f\x8b\x08" + noise(900), "application/gzip")),
        ("/kodi/addons/nexus/pvr.stalker/pvr.stalker-20.zip", ok(b"PK\x03\x04" + noise(9000), "application/zip")),
        ("/guide/iptv/xtream-codes", html("player_api.php?username=x&password=y", 6))], "store.example")
    yield Site("homes' interface for things", [
        ("/api/stream/camera.garden?token=" + hexadecimal(64), documents({"url": f"/api/hls/{hexadecimal(64)}/master_playlist.m3u8"})),
        (f"/api/hls/{hexadecimal(64)}/playlist.m3u8", ok("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n#EXTINF:6.0,\n./segment/1.m4s\n",
                                                        "application/vnd.apple.mpegurl")),
        (f"/api/hls/{hexadecimal(64)}/segment/1.m4s", ok(b"\0\0\0\x18styp" + noise(3000), "video/iso.segment"))], "home.example", 8123)
    agents = ("IPTVSmartersPlayer", "TiviMate/4.7.0", "Enigma2 HbbTV/1.1.1 (+PVR+RTSP+DL;OpenPLi;;;)", BOX_AGENT, "XCIPTV",
              "Xtream-Codes IPTV Panel Pro", "VLC/3.0.20 LibVLC/3.0.20", "Lavf/58.76.100", "KSPlayer", "Astra", "OTT Navigator/1.6.9.4")
    for agent in agents:
        yield Site(f"what {agent.split('/')[0][:30]} asks of others", [
            Ask("/weather?lat=40", documents({"t": 12}), agent), Ask("/logos/la1.png", png(), agent), Ask("/update.json", documents({"v": 1}), agent),
            Ask("/epg/es.xml.gz", ok(b"\x1f\x8b\x08" + noise(5000), "application/gzip"), agent), Ask("/ads/vast?x=1", ok(
                '<?xml version="1.0"?><VAST version="3.0"></VAST>', "application/xml"), agent), Ask("/crash", documents({}), agent, method="POST",
                                                                                                body=b"{}"),
            Ask("/live/news/index.m3u8", ok("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6.0,\n1.ts\n", "application/x-mpegurl"), agent),
            Ask("/video/trailer.mp4", mp4(), agent, [("Range", "bytes=0-"), ("Icy-MetaData", "1")] + [
                ("Cookie", "mac=00:1A:79:11:22:33; stb_lang=en")] * (agent == BOX_AGENT))], "svc.apps.example")


if __name__ == "__main__":
    sys.exit(Lookalikes(sys.argv[1]).run(site for group in (token_paths, scripts, downloads, interfaces) for site in group()))
