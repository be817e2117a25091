#!/usr/bin/env python3
"""Lists of lawful channels, and names of pay channels without any stream (signatures 3.3, 10, 11.2 and 11.3):
none of it is suspected or could be blocked.

usage: test_lookalikes_lists.py BUILD
"""
import gzip
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from lawful_lists import (ALL_BRANDS, FAST, PAY_NAMES, WORDS, community_list, country_index, fast_list, free_tv,  # noqa: E402
                          tdt)
from lookalike import (VIEWS, Ask, Lookalikes, Site, catalogue, documents, hexadecimal, html, master_list, mp4, ok, redirect,  # noqa: E402
                       token, uuid)

TEXT, STREAM_TYPES = "text/plain; charset=utf-8", ("audio/x-mpegurl", "application/vnd.apple.mpegurl", "text/plain")
BOX_AGENTS = ("VLC/3.0.20 LibVLC/3.0.20", "TiviMate/4.7.0 (Android 12)", "Kodi/20.2 (Linux; Android 11)")


def fast():
    """Lists of channels paid for by advertising: thousands of entries, few hosts, brands of five owners."""
    for number, kind in enumerate(FAST):
        yield Site(f"FAST list, {kind}", [(f"/playlists/{kind}_all.m3u", catalogue(
            fast_list(kind), kind=STREAM_TYPES[number % 3], chunked=number % 2 == 0, length=number % 2 == 1))],
            "lists.collector.example", clients=2)
    whole = [entry for kind in FAST for entry in fast_list(kind)]
    yield Site("FAST lists, all in one, gzip", [("/all.m3u8", catalogue(whole, gzip=True))], "lists.collector.example",
               clients=2)
    guide = 'url-tvg="https://epg.collector.example/all.xml.gz" x-tvg-url="https://epg.collector.example/all.xml.gz"'
    for label, uri in (
            ("short paths", lambda kind, n: f"https://fast.platform.example/stitch/hls/channel/{hexadecimal(24, n)}/master.m3u8"
                                            f"?deviceId={uuid(n)}&sid={uuid(0)}"),
            ("numbers", lambda kind, n: f"https://fast.platform.example/v1/channel/{n}/playlist.m3u8"),
            ("three parts", lambda kind, n: f"https://fast.platform.example/linear/eu1/{n}.m3u8"),
            ("a helper at home, http", lambda kind, n: f"http://fast.helper.example:8089/pluto/watch/{hexadecimal(24, n)}")):
        yield Site(f"10,000 entries on one host with every brand, {label}", [Ask("/playlist.m3u", catalogue(
            fast_list("pluto", 10000, ALL_BRANDS, uri), head=f"#EXTM3U {guide}", gzip=True), BOX_AGENTS[0])],
            "fast.helper.example", 8089 if "home" in label else 80, clients=2)
    premium = [(f'tvg-id="{n}" group-title="PPV Replays;24/7 {WORDS[n % 30]}"', f"24/7 {WORDS[n % 30]} {n}",
                f"https://fast.platform.example/c/{uuid(n)}.m3u8") for n in range(600)]
    yield Site("FAST list of loops and replays", [("/loops.m3u", catalogue(premium))], "fast.loops.example")


def communities():
    lists = {"many hosts": free_tv, "one country": tdt, "the world": country_index}
    for label, make in lists.items():
        for kind, target, host in (("audio/x-mpegurl", "/lists/tv.m3u8", "lists.example"),
                                   (TEXT, "/org/repo/master/tv.m3u8", "raw.githubusercontent.com")):
            yield Site(f"community list, {label}, {host}", [Ask(target, catalogue(make(), kind=kind, gzip=True),
                                                                BOX_AGENTS[1])], host, clients=2)
    old = community_list(800, 300, secure=0, odd=300, bare=90, top=60, suffixes=True)
    prefixed = [(a, f"{('ES', 'FR', 'IT', 'DE', 'PT', 'GR')[n % 6]}: {t}", u) for n, (a, t, u) in enumerate(old)]
    yield Site("community list without https", [("/tv.m3u", catalogue(old))], "old-lists.example")
    yield Site("community list with countries before names", [("/tv.m3u", catalogue(prefixed, end="\r\n"))],
               "old-lists.example")
    with_users = [(a, t, u.replace("://", "://guest:guest@")) for a, t, u in old[:120]]
    yield Site("list with users and passwords of web cameras", [("/cams.m3u", catalogue(with_users))], "cams.example")
    agents = [(f'tvg-id="c{n}" http-user-agent="Mozilla/5.0"', f"Local {n}\n#EXTVLCOPT:http-referrer=https://tv{n}.example/",
               f"https://tv{n}.example/live/{n}.m3u8|User-Agent=Mozilla/5.0&Referer=https://tv{n}.example/")
              for n in range(150)]
    yield Site("list with agents and referers of players", [("/geo.m3u8", catalogue(agents))], "geo.example")
    clubs = [("", "Real Madrid TV", "https://rmtv.akamaized.net/hls/live/2043153/rmtv-es-web/master.m3u8"),
             ("", "Betis TV", "https://rbbtv.realbetisbalompie.example/live/master.m3u8"),
             ("", "Barça TV", "https://www.fcbarcelona.example/tv/live.m3u8"), ("", "Teledeporte", "https://tdp.example/1.m3u8")]
    yield Site("channels of clubs", [("/clubs.m3u8", catalogue(clubs)), ("/hls/live/2043153/rmtv-es-web/master.m3u8",
                                                                        master_list(["a.m3u8", "b.m3u8"]))], "clubs.example")
    bouquet = ["#NAME Free to air (TV)"]
    for n in range(120):
        bouquet += [f"#SERVICE 4097:0:1:{n:X}:0:0:0:0:0:0:https%3a//cdn{n}.tv.example/live/index.m3u8:TV {n}",
                    f"#DESCRIPTION TV {n}"]
    yield Site("bouquet of free channels", [("/userbouquet.freetv.tv", ok("\n".join(bouquet), TEXT)), (
        "/bouquets.tv", ok('#NAME Bouquets (TV)\n#SERVICE 1:7:1:0:0:0:0:0:0:0:FROM BOUQUET "userbouquet.freetv.tv" ORDER BY '
                           'bouquet\n', TEXT))], "e2lists.example")


def names_without_streams():
    """All names of pay channels, and nothing to watch."""
    xml = ['<?xml version="1.0" encoding="UTF-8"?>', '<tv generator-info-name="WebGrab+Plus/w MDB &amp; REX">']
    for n, name in enumerate(PAY_NAMES * 20):
        xml.append(f'<channel id="{name.replace(" ", "")}{n}.es"><display-name lang="es">{name}</display-name></channel>')
        xml.append(f'<programme start="20260131204500 +0100" channel="{name}{n}"><title>Fútbol en {name}</title></programme>')
    guide = "\n".join(xml + ["</tv>"])
    yield Site("guide as XML", [("/epg.xml", ok(guide, "application/xml")), ("/guide.xml", ok(guide, "text/xml", gzip=True)),
                                ("/xmltv.php", ok(guide, "application/xml", chunked=True))], "epg.example")
    yield Site("guide as a packed file", [("/epg.xml.gz", ok(gzip.compress(guide.encode(), mtime=0), "application/gzip"))],
               "epg.example")
    rows = "".join(f"<tr><td>{name}</td><td>21:00</td><td>Fútbol</td></tr>" for name in PAY_NAMES)
    yield Site("guide as a page", [("/programacion/hoy", ok(f"<!DOCTYPE html><html><body><table>{rows}</table>", "text/html"))],
               "guia.example")
    yield Site("guide as JSON", [("/api/v1/channels", documents({"channels": [
        {"id": n, "name": name, "logo": f"/logos/{n}.png", "category_id": "3", "now": {"title": "Fútbol", "start": 1769892300}}
        for n, name in enumerate(PAY_NAMES)]})), ("/api/v1/epg?ch=3", documents({"epg": [
            {"title": f"Liga en {name}", "channel": name, "start_timestamp": 1769892300} for name in PAY_NAMES]}))],
        "guia.example")
    yield Site("operator's shop of packages", [("/packs.json", documents({"packs": [
        {"name": "Fútbol", "price": "29.99", "channels": list(PAY_NAMES)}]})), ("/canales", html("Todos los canales"))],
        "operador.example")
    film = [(f'group-title="Movies"', f"{name}: the documentary", f"https://vod.example/films/{n}.mp4")
            for n, name in enumerate(PAY_NAMES)]
    yield Site("films that have pay channels in their titles", [("/films.m3u", catalogue(film)), ("/films/1.mp4", mp4())],
               "vod.example")
    yield Site("catalogue of a film service", [("/api/titles", documents([
        {"id": n, "title": f"{name}: the documentary", "type": "movie", "container": "mp4", "tmdb_id": 500 + n,
         "rating": 7.1} for n, name in enumerate(PAY_NAMES)]))], "vod.example")
    yield Site("radio with names of leagues", [("/radios.m3u", catalogue([
        ('radio="true" group-title="Radio"', f"Radio Serie A {n}", f"https://radio{n}.example/stream.mp3") for n in range(40)]))],
        "radios.example")
    rules = "! Title: Anti-piracy hosts\n" + "\n".join(
        f"||{name}^" for n in range(300) for name in (f"xtream{n}.example", f"iptv-panel{n}.example/player_api.php",
                                                      f"dazn{n}.example/get.php?username=*&password=*&type=m3u_plus"))
    yield Site("block list of ad blockers", [("/filters/piracy.txt", ok(rules, TEXT)), ("/hosts", ok(
        "\n".join(f"0.0.0.0 line{n}.iptv.example" for n in range(3000)), TEXT, gzip=True))], "filters.example")


def paste_hosts():
    """Whoever stores other people's files is a playlist at most and never blocked, whatever the file holds."""
    pirate = [(f'tvg-id="" tvg-name="{n}" tvg-logo="" group-title="{land}| SPORTS PPV"', f"{land}| {name} {quality}",
               f"http://line.panel-of-others.example:8080/us3rname1/passw0rd9/{n}")
              for n, name in enumerate(PAY_NAMES) for land in ("ES", "FR", "UK", "DE", "IT", "PT") for quality in ("FHD", "HD")]
    for host, target in (("pastebin.com", "/raw/aB3dE5fG"), ("raw.githubusercontent.com", "/someone/iptv/main/list.m3u"),
                         ("gist.githubusercontent.com", f"/someone/{hexadecimal(32)}/raw/tv.m3u"),
                         ("storage.googleapis.com", "/bucket/list.m3u"), ("transfer.sh", "/abc/list.m3u")):
        yield Site(f"pirate list at {host}", [Ask(target, catalogue(pirate, kind=TEXT), BOX_AGENTS[2])], host,
                   most="suspected", half="confirmed")  # whose host it is the answers alone do not say
    yield Site("shortener of links", [("/tv2026", redirect("http://line.panel-of-others.example:8080/get.php?username=us3rname1"
                                                           "&password=passw0rd9&type=m3u_plus&output=ts", 301))], "bit.ly")
    yield Site("ordinary repository", [("/kodi/repo/master/addons.xml", ok(
        '<?xml version="1.0" encoding="UTF-8"?><addons><addon id="plugin.video.tv" name="TV" version="1.0"></addon></addons>',
        TEXT)), ("/kodi/repo/master/addons.xml.md5", ok(hexadecimal(32), TEXT)), (
            "/kodi/repo/master/zips/plugin.video.tv/plugin.video.tv-1.0.zip",
            ok(b"PK\x03\x04" + token(4000).encode(), "application/zip"))], "raw.githubusercontent.com")


class Lists(Lookalikes):
    def playlist_only(self):
        """A paste host's part in a pirate list is that of a playlist."""
        sites = [site for site in paste_hosts() if site.most == "suspected"]
        done, addresses, _ = self.replay(sites, VIEWS[1])
        for site, address in zip(sites, addresses):
            roles = {role for event in done.detections if event.get("server", {}).get("ip") == address
                     for role in event["roles"]}
            self.suite.equal(f"{site.name}: its role", roles, {"playlist"})


if __name__ == "__main__":
    test = Lists(sys.argv[1])
    test.playlist_only()
    sys.exit(test.run(site for group in (fast, communities, names_without_streams, paste_hosts) for site in group()))
