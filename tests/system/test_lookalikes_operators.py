#!/usr/bin/env python3
"""Licensed operators on the panels' own software, on multicast and on streaming servers (signatures 0.2, 2.3, 10 and
11.2): silent where they are listed or inside the own network, never more than suspected elsewhere, never to be blocked.

usage: test_lookalikes_operators.py BUILD
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from lawful_lists import PAY_NAMES  # noqa: E402
from lookalike import (PRIVATE, PUBLIC, UNVERIFIED, Ask, Lookalikes, Site, View, binary, catalogue, documents, endless_ts,  # noqa: E402
                       hexadecimal, html, media_list, mp4, ok, png, redirect, segment, token)
from sessions import BOX, BOX_AGENT, MINISTRA  # noqa: E402

HOST = "tv.operator.example"
FREE = ("La 1", "La 2", "Antena 3", "Cuatro", "Telecinco", "laSexta", "24h", "Clan", "Teledeporte", "Canal Sur", "TV3", "ETB 1",
        "Telemadrid", "Neox", "Nova", "Mega", "Energy", "DMAX", "Paramount", "TRECE")
USER, PASSWORD = "cliente4711", "k3Rt9wQz"
ACCOUNT = f"username={USER}&password={PASSWORD}"
EXPOSED = ("block.replay=true", "block.min_clients=1", "block.min_age=0", "block.min_watch=0", "block.require_verified=false")
# Without the basis `software`: with it a licensed operator of that software could be blocked on purpose.
VIEWS = (View("public", PUBLIC), View("everything proposed", PUBLIC, EXPOSED),
         View("private, guard off", PRIVATE, ("verdict.private_servers=true", *EXPOSED)),
         View("private, guard on", PRIVATE, silent=True))


def ministra(host, base="/stalker_portal/server/load.php", channel="ffmpeg http://localhost/ch/{n}_", link=None, names=FREE,
             count=120):
    """A box's whole evening with the genuine software."""
    data = [{"id": str(n), "name": f"{names[n % len(names)]}", "number": str(n + 1), "cmd": channel.format(n=n),
             "tv_genre_id": "1", "logo": "", "xmltv_id": "", "cmds": [], "use_http_tmp_link": 1, "tv_archive_duration": 0,
             "censored": 0, "allow_pvr": 0, "open": 1} for n in range(count)]
    calls = [("type=stb&action=handshake&token=", {"token": hexadecimal(32).upper(), "random": hexadecimal(40), "not_valid": 0}),
             ("type=stb&action=get_profile&hd=1&num_banks=2&stb_type=MAG322", {
                 "id": "17", "name": "", "stb_type": "MAG322", "num_banks": "2", "image_version": "218", "tariff_plan_id": "2",
                 "parent_password": "0000", "watchdog_timeout": "120", "storages": [], "fav_itv_on": "0", "main_notify": "1"}),
             ("type=stb&action=get_localization", {"weather_comfort": "Temperature"}),
             ("type=account_info&action=get_main_info", {"mac": "00:1A:79:4B:2C:6D", "phone": "", "end_date": ""}),
             ("type=itv&action=get_genres", [{"id": "*", "title": "All", "alias": "all"}, {"id": "1", "title": "TDT", "alias": "tdt"}]),
             ("type=itv&action=get_all_channels", {"total_items": count, "max_page_items": 14, "selected_item": 0, "cur_page": 0,
                                                    "data": data}),
             ("type=itv&action=get_ordered_list&genre=1&fav=0&sortby=number&p=1", {
                 "total_items": count, "max_page_items": 14, "selected_item": 0, "cur_page": 1, "data": data[:14]}),
             ("type=itv&action=create_link&cmd=ffmpeg%20http%3A%2F%2Flocalhost%2Fch%2F1_&series=0&forced_storage=undefined",
              {"id": "1", "cmd": link or f"ffmpeg http://{host}/ch/1?token={hexadecimal(40)}", "streamer_id": 0, "link_id": 0,
               "load": 0, "error": ""}),
             ("type=vod&action=get_categories", [{"id": "1", "title": "Cine", "alias": "cine"}]),
             ("type=epg&action=get_week", [{"f_human": "Sat"}])]
    calls += [(f"type=watchdog&action=get_events&init={n == 0:d}&cur_play_type=1&event_active_id=0", {"data": {"msgs": 0}})
              for n in range(4)]
    asks = [Ask("/stalker_portal/c/", html("Loading"), BOX_AGENT, BOX), Ask("/stalker_portal/c/version.js?1769892300", ok(
        "var ver = '5.6.1';", "application/javascript"), BOX_AGENT, BOX)]
    for call, js in calls:
        asks.append(Ask(f"{base}?{call}&JsHttpRequest=1-xml", documents({"js": js, "text": MINISTRA}), BOX_AGENT, BOX))
    return asks


def unlisted():
    """As they stand in the traffic of an ISP that has listed nobody."""
    yield Site("genuine Ministra", ministra(HOST) + [Ask(f"/ch/1?token={hexadecimal(40)}", endless_ts("La 1", "RTVE"),
                                                         BOX_AGENT, BOX)], HOST)
    yield Site("genuine Ministra with a pay channel's name", ministra(HOST, names=FREE + PAY_NAMES) + [
        Ask(f"/ch/1?token={hexadecimal(40)}", endless_ts("CANAL+", "CANAL+"), BOX_AGENT, BOX)], HOST, most="suspected")
    yield Site("genuine Ministra with multicast", ministra(HOST, channel="rtp rtp://@239.1.1.{n}:5000", link="rtp rtp://@239.1.1.1:5000"),
               HOST, 88)
    yield Site("genuine Ministra at its root", ministra(HOST, "/server/load.php"), HOST, 8080)
    yield Site("genuine Ministra on a bare address", lambda address: ministra(address), None, 88)
    yield Site("genuine Ministra with Flussonic", lambda address: ministra(
        HOST, link=f"ffmpeg http://{HOST}:8081/la1/mpegts?token={hexadecimal(40)}") + [
            Ask(f"/la1/mpegts?token={hexadecimal(40)}", endless_ts("La 1", "RTVE", headers=[("X-Sid", hexadecimal(32))]), BOX_AGENT, BOX),
            Ask(f"/la1/index.m3u8?token={hexadecimal(40)}", media_list(["tracks-v1a1/mono.m3u8"]), BOX_AGENT)], HOST, 8081)
    yield Site("Ministra's application interface", [
        Ask("/stalker_portal/auth/token.php", documents({"token_type": "bearer", "access_token": hexadecimal(32), "expires_in": 86400}),
            method="POST", body=b"grant_type=password&username=1&password=2"),
        ("/stalker_portal/api/v2/users/17/tv-channels", documents({"status": "OK", "results": [
            {"id": n, "name": x, "number": n} for n, x in enumerate(FREE)]}))], HOST)
    login = {"user_info": {"username": USER, "password": PASSWORD, "message": "", "auth": 1, "status": "Active",
                           "exp_date": None, "is_trial": "0", "active_cons": "1", "created_at": "1704067200", "max_connections":
                           "3", "allowed_output_formats": ["m3u8", "ts"]},
             "server_info": {"url": HOST, "port": "80", "https_port": "443", "server_protocol": "http", "rtmp_port": "1935",
                             "timezone": "Europe/Madrid", "timestamp_now": 1769892300, "time_now": "2026-01-31 20:45:00"}}
    live = [{"num": n, "name": x, "stream_type": "live", "stream_id": n, "stream_icon": "", "epg_channel_id": f"c{n}", "added": "1",
             "category_id": "1", "custom_sid": "", "tv_archive": 1, "direct_source": "", "tv_archive_duration": 7}
            for n, x in enumerate(FREE * 8)]
    films = [{"num": n, "name": f"Film {n}", "stream_type": "movie", "stream_id": n, "stream_icon": "", "rating": "7",
              "rating_5based": 3.5, "added": "1", "category_id": "2", "container_extension": "mp4", "direct_source": ""}
             for n in range(1500)]
    # With pay channels and masses of films nothing but a list tells an operator from a pirate: without the films here.
    for label, entries in (("free channels", FREE), ("each channel in three qualities",
                                                     [f"{x} {q}" for x in FREE[:12] for q in ("SD", "HD", "UHD")]),
                           ("pay channels", FREE + PAY_NAMES)):
        tv = [(f'tvg-id="c{n}" tvg-name="{x}" tvg-logo="" group-title="TV"', x, f"http://{HOST}/live/{USER}/{PASSWORD}/{n}.ts")
              for n, x in enumerate(entries)]
        yield Site(f"licensed service on the Xtream API, {label}", [
            Ask(f"/player_api.php?{ACCOUNT}", documents(login)),
            Ask(f"/player_api.php?{ACCOUNT}&action=get_live_streams", documents(
                [{**item, "name": entries[n % len(entries)]} for n, item in enumerate(live[:len(entries)])], gzip=True)),
            Ask(f"/player_api.php?{ACCOUNT}&action=get_vod_streams", documents(
                films[:90] if label == "pay channels" else films, gzip=True)),
            Ask(f"/get.php?{ACCOUNT}&type=m3u_plus&output=ts", catalogue(tv, kind="application/octet-stream", headers=[
                ("Content-Disposition", f'attachment; filename="playlist_{USER}_plus.m3u"')])),
            Ask(f"/live/{USER}/{PASSWORD}/3.ts", endless_ts("Cuatro", "Mediaset"), "TiviMate/4.7.0")], HOST,
            most="confirmed" if label == "pay channels" else "suspected")


def common():
    """Operators on software that shows no panel, and what their devices ask of others."""
    yield Site("operator's list of multicast", [("/iptv/canales.m3u", catalogue(
        [(f'tvg-id="{n}" group-title="TDT"', x, f"rtp://@239.0.0.{n + 1}:8208") for n, x in enumerate(FREE * 6)])),
        ("/iptv/udp.m3u", catalogue([("", x, f"udp://@239.0.1.{n + 1}:5000") for n, x in enumerate(FREE + PAY_NAMES)]))], HOST)
    yield Site("operator's list for its own boxes", [("/stb/lista.m3u8", catalogue(
        [(f'tvg-id="{n}" tvg-chno="{n}" group-title="TV"', x, f"https://ott.operator.example/live/disk1/{n}/index.m3u8")
         for n, x in enumerate(FREE + PAY_NAMES)]))], HOST)
    yield Site("operator's catalogue of films with RTSP", [("/vod/catalog.m3u", catalogue(
        [('group-title="Cine"', f"Film {n}", f"rtsp://vod.operator.example:554/asset{n}.mpg") for n in range(400)]))], HOST)
    for product, port, asks in (
            ("Flussonic", 80, [("/la1/index.m3u8?token=" + hexadecimal(40), media_list(["tracks-v1a1/mono.m3u8"])),
                               ("/la1/tracks-v1a1/mono.m3u8?token=" + hexadecimal(40), media_list(
                                   [f"2026/01/31/20/45/{n:02d}-06000.ts" for n in range(0, 60, 6)])),
                               ("/la1/tracks-v1a1/2026/01/31/20/45/06-06000.ts", segment()), ("/la1/mpegts", endless_ts()),
                               ("/la1/archive-1769880000-3600.m3u8", media_list(["a.ts"])),
                               ("/la1/timeshift_abs-1769880000.ts", endless_ts())]),
            ("Astra", 8000, [("/play/a0b1", endless_ts(kind="application/octet-stream", headers=[("Server", "Astra")])),
                             ("/play/a0b1/index.m3u8", media_list(["1.ts"])), ("/playlist.m3u8", catalogue(
                                 [("", x, f"http://{HOST}:8000/play/a{n:03x}") for n, x in enumerate(FREE * 4)])),
                             ("/udp/239.1.1.1:1234", endless_ts(headers=[("Server", "Astra")]))]),
            ("Wowza", 1935, [("/live/la1/playlist.m3u8", media_list(["chunklist_w123456789.m3u8"])),
                             ("/live/la1/chunklist_w123456789.m3u8", media_list([f"media_w123456789_{n}.ts" for n in range(4)])),
                             ("/live/la1/media_w123456789_1.ts", segment()),
                             ("/vod/_definst_/smil:film.smil/playlist.m3u8?wowzasessionid=123", media_list(["a.ts"], ended=True))]),
            ("Nimble", 8081, [("/live/la1/playlist.m3u8?wmsAuthSign=c2VydmVyX3RpbWU9" + token(80), media_list(
                ["chunks.m3u8?nimblesessionid=12"])), ("/live/la1/chunks.m3u8?nimblesessionid=12", media_list(["l_4_77_1.ts"])),
                ("/live/la1/l_4_77_1.ts?nimblesessionid=12", segment()), ("/live/la1/mpeg.2ts", endless_ts())]),
            ("nginx-rtmp", 8080, [("/hls/la1.m3u8", media_list([f"la1-{n}.ts" for n in range(5)])), ("/hls/la1-1.ts", segment()),
                                  ("/hls/la1_hi/index.m3u8", media_list(["0.ts"])), ("/hls/la1_hi/0.ts", segment()),
                                  ("/stat", ok('<?xml version="1.0"?><rtmp></rtmp>', "text/xml"))]),
            ("SRS", 8080, [("/live/la1.ts", endless_ts()), ("/live/la1.flv", ok(b"FLV\x01\x05" + b"x" * 4000, "video/x-flv",
                                                                                length=False)),
                           ("/live/la1.m3u8?hls_ctx=" + token(8), media_list(["la1-7.ts"]))])):
        for where in (HOST, None):
            yield Site(f"operator with {product} {'by name' if where else 'on a bare address'}", [Ask(*ask) for ask in asks],
                       where, port)
    yield Site("interactive television (HbbTV)", [Ask(target, told, "Mozilla/5.0 (Linux) HbbTV/1.4.1 (+DRM;Samsung;SmartTV2019;T-"
                                                      "HKMDEUC;;) Chrome/76", [("Accept", "application/vnd.hbbtv.xhtml+xml")])
                                                  for target, told in (
        ("/hbbtv/index.php?chid=12", ok('<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE html PUBLIC "-//HbbTV//1.1.1//EN">'
                                       '<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>',
                                       "application/vnd.hbbtv.xhtml+xml")),
        ("/live/hbbtv/das-erste/12.mpd", ok('<?xml version="1.0"?><MPD type="dynamic"></MPD>', "application/dash+xml")),
        ("/portal.php?type=hbbtv&action=init&mac=001122334455", documents({"ok": True})),
        ("/get.php?type=channel&id=12", documents({"channel": 12})), ("/tracker/1x1.gif", ok(b"GIF89a\1\0\1\0", "image/gif")),
        ("/mediathek/film/12345.mp4", mp4()))], "hbbtv.broadcaster.example")
    yield Site("box of an operator at its firmware server", [
        Ask("/imageupdate?mac=00:1A:79:4B:2C:6D", binary(), BOX_AGENT, BOX), Ask("/250/imageupdate", binary(), BOX_AGENT, BOX),
        Ask("/stb/bootstrap", html("Boot"), BOX_AGENT, BOX), Ask("/portal/index.html", html("Loading"), BOX_AGENT, BOX),
        Ask("/weather.json", documents({"temp": 12}), BOX_AGENT, BOX), Ask("/logo/1.png", png(), BOX_AGENT, BOX),
        Ask("/c/images/back.png", png(), BOX_AGENT, BOX), Ask("/ntp", redirect("http://fw.stb.example/"), BOX_AGENT, BOX)],
        "fw.stb.example")


class Operators(Lookalikes):
    def listed(self):
        """Listed as official: silent. Allowed: shown, never blocked. Inside the own network: never with its address."""
        sites = [site for site in unlisted() if site.host == HOST]
        folder = self.folder / "lists"
        folder.mkdir()
        for list_name, silent in (("official.list", True), ("allow.list", False)):
            (folder / list_name).write_text(f".{HOST.split('.', 1)[1]}\n")
            view = View(list_name, PUBLIC, (f"rules.lists=[{folder}]", *UNVERIFIED))
            done, addresses, _ = self.replay(sites, view)
            (folder / list_name).unlink()
            told = [e for e in done.detections if e.get("host") == HOST]
            self.suite.equal(f"{list_name}: whether an operator on it is told", bool(told), not silent)
            self.suite.equal(f"{list_name}: nothing of it is eligible", [e for e in told if e["block"]["eligible"]], [])
        home = View("own network", PUBLIC, ("network.home=[203.0.113.0/25]", *UNVERIFIED))
        done, addresses, _ = self.replay(sites, home)
        shown = [address for address in addresses if f'"{address}"'.encode() in done.out]
        self.suite.equal("own network: no address of a server inside is shown", shown, [])
        inside = [e for e in done.detections if e.get("host") == HOST]
        self.suite.equal("own network: nothing inside is eligible", [e for e in inside if e["block"]["eligible"]], [])


if __name__ == "__main__":
    test = Operators(sys.argv[1])
    test.listed()
    test.run(unlisted(), VIEWS)
    sys.exit(test.run(common()))
