#!/usr/bin/env python3
"""Web pages: portals of several kinds must be `suspected`; stations, broadcasters, guides, news, players' own demos,
radio, cameras and everybody else whose pages look alike must not.

usage: test_pages.py BUILD
"""
import base64
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import answer, ts_packets  # noqa: E402
from harness import level_rank  # noqa: E402
from sessions import HOME, PUBLIC, Sessions, get, hls, json_answer, summary  # noqa: E402

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
SIGNATURE = "?md5=Zm90b2dyYWZpZXJlbg&expires=1795400000"
TS = ts_packets(300, "Service01", "FFmpeg")
PAY = ("DAZN 1", "DAZN LaLiga", "Sky Sports F1", "Sky Sport MotoGP", "Canal+ Sport", "Canal+ Foot", "M+ LaLiga TV",
       "NFL RedZone", "beIN Sports 1", "Eurosport 1", "Movistar Liga de Campeones", "TNT Sports 1")


def html(body, head="", title="Page", **how):
    text = f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>{body}</body></html>'
    return answer(200, text.encode(), "text/html; charset=utf-8", **how)


def player(source, **how):
    return html(f'<div id="p"></div><script>var p=new Clappr.Player({{source:{source},parentId:"#p"}});</script>',
                '<script src="//cdn.jsdelivr.net/npm/clappr@latest/dist/clappr.min.js"></script>', **how)


def visit(path, host, page=None, **how):
    headers = [("Referer", page), ("Origin", page.rstrip("/"))] if page else []
    return get(path, host, headers=headers, agent=BROWSER, **how)


def items(names, form, kind="li"):
    return "".join(f"<{kind}><a href='{form.format(n=n)}'>{name}</a></{kind}>" for n, name in enumerate(names))


def hidden(url):
    return 'window.atob("%s")' % base64.b64encode(url.encode()).decode()


def found():
    host, page = "watch.portal.example", "http://watch.portal.example/"
    yield "hidden source", "portal", 80, [(visit("/embed/7", host), player(hidden(f"https://edge.cdn.example/7.m3u8{SIGNATURE}")))]
    yield "hidden source, compressed and in chunks", "portal", 80, [(visit("/embed/7", host), player(
        hidden(f"https://edge.cdn.example:8443/7.m3u8{SIGNATURE}"), gzip=True, chunked=True))]
    channels = ",".join(f'{{name:"TV {n}",url:"https://live{n % 30}.station{n % 30}.example/{n}/index.m3u8"}}' for n in range(90))
    clone = html(f"<div id=list></div><script>var channels=[{channels}];play(channels)</script>",
                 '<script src="/js/clappr.min.js"></script>', "Live TV")
    yield "catalogue of other people's streams", "portal", 80, [(visit("/", host), clone)]
    yield "known name", "portal", 80, [(visit("/", "photocall.tv"), html("<p>channels</p>"))]
    aces = items(PAY, "acestream://" + "0f" * 20)
    yield "links into a network of peers with a player", "portal", 80, [
        (visit("/", host), html(f"<ul>{aces}</ul>")), (visit("/7", host), player(f'"https://x.cdn.example/7.m3u8{SIGNATURE}"'))]
    yield "list of pay channels of several lands, and a player page", "portal", 80, [
        (visit("/", host), html(f"<ul>{items(PAY, '/watch/{n}')}</ul>")),
        (visit("/watch/7", host), player(f'"https://edge.cdn.example/7.m3u8{SIGNATURE}"'))]
    named = ",".join(f'{{name:"{name}",url:"https://edge{n}.cdn.example/{n}.m3u8"}}' for n, name in enumerate(PAY))
    yield "pay channels of several lands in a player's own list", "portal", 80, [
        (visit("/", host), html(f"<script>new Hls();var list=[{named}]</script>"))]
    stream = "edge.cdn.example:8081"
    yield "segments called pictures, from an odd port for a page", "hls-restream", 8081, [
        (visit("/hls/7.m3u8", stream, page), hls("7-1.png")), (visit("/hls/7-1.png", stream, page), answer(200, TS, "image/png"))]
    yield "segments behind a picture, for a page", "hls-restream", 80, [
        (visit(f"/hls/7.m3u8{SIGNATURE}", "edge.cdn.example", page), hls("7-1.webp")),
        (visit("/hls/7-1.webp", "edge.cdn.example", page),
         answer(200, b"\x89PNG\r\n\x1a\n" + b"IHDR" + b"." * 20 + b"IENDcrc." + TS, "image/webp"))]
    yield "endless packets for a page", "mpegts-http", 8081, [
        (visit("/live/7", stream, page), answer(200, TS, "video/mp2t", length=False))]


def stations():
    own, page = "www.station.example", "http://www.station.example/"
    yield "station with its own stream", 80, [
        (visit("/live", own), player('"http://media.station.example:8081/hls/live.m3u8"')),
        (visit("/live2", own), player('"/hls/live.m3u8"'))]
    yield "station's own stream on an odd port", 8081, [
        (visit("/hls/live.m3u8", "media.station.example:8081", page), hls("1.ts")),
        (visit("/hls/1.ts", "media.station.example:8081", page), answer(200, TS, "video/mp2t"))]
    yield "station with a rented stream", 80, [
        (visit("/live", own), player(f'"http://s12.streamhost.example:8081/station/live.m3u8{SIGNATURE}"'))]
    yield "a rented stream", 8081, [
        (visit(f"/station/live.m3u8{SIGNATURE}", "s12.streamhost.example:8081", page), hls("1.ts")),
        (visit("/station/1.ts", "s12.streamhost.example:8081", page), answer(200, TS, "video/mp2t"))]
    yield "club with a platform's player", 80, [(visit("/tv", "club.example"), html(
        '<iframe src="https://www.youtube.com/embed/abc"></iframe><script>jwplayer("p").setup({file:'
        '"https://cdn.jwplayer.com/manifests/abc.m3u8?exp=1795400000&sig=Zm90b2dyYWZpZXJlbg"})</script>'))]
    clips = ",".join(f'{{"title":"Folge {n}","src":"https://media.sender.example/v/{n}/master.m3u8"}}' for n in range(200))
    yield "broadcaster's video site", 80, [(visit("/mediathek", "www.sender.example"), html(
        f'<script>window.state={{"items":[{clips}]}}</script><div class="video-js"></div>'))]


def operators():
    """A licensed operator's own player, with the pay channels of one land, from a rented delivery network."""
    names = ("Sky Sport Uno", "Sky Sport Calcio", "Sky Cinema Uno", "DAZN 1", "Zona DAZN", "Eurosport 2", "Rai 1", "La7")
    yield "operator's player for the pay channels of one land", 80, [
        (visit("/tv", "www.operator.example"), html(f"<ul>{items(names, '/tv/{n}')}</ul>")),
        (visit("/tv/1", "www.operator.example"), player(f'"https://cdn.delivery.example/1.m3u8{SIGNATURE}"'))]


def readers():
    guide = "".join(f'<tr><td><img src=/{n}.png alt="{name}"></td><td><a href="/tonight/{n}">{name}</a></td></tr>'
                    for n, name in enumerate(PAY * 6))
    yield "guide of pay channels", 80, [(visit("/tonight", "guide.example"), html(f"<table>{guide}</table>"))]
    yield "where a match is shown", 80, [(visit("/match", "football.example"), html(
        f"<ul>{items(PAY, '/channel/{n}')}</ul><iframe src=https://player.twitch.tv/?channel=x></iframe>"))]
    yield "news with videos of its own and others'", 80, [(visit("/sport", "news.example"), html(
        f"{items([f'Story about TV sport {n}' for n in range(60)], '/story/{n}')}<iframe src=https://www.youtube.com/embed/x>"
        "</iframe><script>jwplayer('v').setup({file:'https://video.news.example/a/master.m3u8'})</script>"))]
    yield "article about portals", 80, [(visit("/blog/iptv", "blog.example"), html(
        "<p>They hide <code>atob('aHR0cDovL2hpZGRlbi5leGFtcGxlL2xpdmUvMS5tM3U4P3M9MQ==')</code> and embed "
        '"http://203.0.113.9:25461/live/1.m3u8" with Clappr, hls.js or acestream://0123 links.</p>'))]
    yield "forum with addresses in its text", 80, [(visit("/t/1", "forum.example"), html(
        "".join(f"<p>try http://203.0.113.{n}:8080/live/{n}.m3u8?token=x or acestream://{n:040x}</p>" for n in range(50))))]


def others():
    demo = ",".join(f'{{url:"https://media{n % 9}.demo{n % 9}.example/{n}/x.m3u8",name:"Big Rabbit {n}"}}' for n in range(40))
    yield "players' demo", 80, [(visit("/demo/", "hls-player.example"), html(
        f"<select><option>Test stream 1<option>Test stream 2</select><script>if(Hls.isSupported()){{run([{demo}])}}</script>"))]
    stations = ",".join(f'{{name:"Radio {n} FM",url:"https://s{n}.radio{n}.example/live.m3u8"}}' for n in range(120))
    yield "directory of radio", 80, [(visit("/", "radios.example"), html(
        f"<script src=/hls.min.js></script><script>var all=[{stations}]</script>"))]
    cameras = ",".join(f'{{title:"Beach {n}",file:"http://cam{n}.town{n}.example:8080/live.m3u8"}}' for n in range(40))
    yield "directory of cameras", 80, [(visit("/", "beaches.example"), html(f"<script>jwplayer().load([{cameras}])</script>"))]
    links = items([f"TV {n} HD" for n in range(200)], "http://s{n}.station.example:8080/{n}.m3u8")
    yield "list of free stations as links", 80, [(visit("/tv", "lists.example"), html(f"<ul>{links}</ul>"))]
    script = answer(200, b'var p="http://cdn.example:8081/demo.m3u8";new Hls({})' + b";//x" * 500, "application/javascript")
    yield "a player's script with an example", 80, [(visit("/js/app.js", "shop.example"), script)]
    yield "pictures", 80, [(visit("/a.png", "shop.example"), answer(200, b"\x89PNG\r\n\x1a\n" + b"G" * 4000, "image/png")),
                           (visit("/b.jpg", "shop.example"), answer(200, b"\xff\xd8\xff\xe0" + b"G" * 4000, "image/jpeg"))]
    yield "interface with a stream's address", 80, [(visit("/api/live", "app.example"), json_answer(
        {"name": "Live", "url": f"https://cdn.other.example:8443/1.m3u8{SIGNATURE}"}))]


def notices():
    """Names that lead to a notice are told as such; nobody's address becomes a server."""
    ace = "https://www.alliance4creativity.com/watch-it-legally/"
    madrid = "<p>Web bloqueada por resolución judicial del Juzgado Mercantil n.º 6</p>"
    yield "seized", [("pirate.example", answer(301, b"", headers=[("Location", ace)])),
                     ("pirate2.example", html(f"<script>setTimeout(()=>location='{ace}',9)</script>")),
                     ("pirate3.example", html(f"closed<meta http-equiv=refresh content='5;url={ace}'>")),
                     ("pirate4.example", html("<img src=/banner.png>", title="This domain has been seized"))]
    yield "blocked", [("pirate.example", answer(302, b"", headers=[("Location", "http://blocked.nb.sky.com/")])),
                      ("pirate2.example", answer(451, f"<html><body>{madrid}</body></html>".encode()))]
    yield None, [("news.example", html(f"<a href={ace}>watch it legally</a>" * 30)),
                 ("bit.ly", answer(301, b"", headers=[("Location", ace)])),
                 ("www.alliance4creativity.com", answer(301, b"", headers=[("Location", ace)])),
                 ("paper.example", answer(451, b"<html><body>Not available in your country.</body></html>"))]


class Pages(Sessions):
    def run(self):
        for name, family, port, talks in found():
            rank, detections = self.level(name, talks, port=port)
            self.suite.check(name, rank >= level_rank("suspected"), summary(detections))
            if detections:
                self.suite.equal(f"{name}: family", detections[-1]["family"], family)
            self.suite.check(f"{name}: nothing is confirmed or proposed", rank < level_rank("confirmed") and
                             not any(event["block"]["eligible"] for event in detections), summary(detections))
        for group in (stations, operators, readers, others):
            for name, port, talks in group():
                for label, server, settings in (("", PUBLIC, ()), (", private", HOME, ("verdict.private_servers=true",))):
                    rank, detections = self.level(name, talks, server, port, settings)
                    self.suite.check(f"{name}{label}: silent", rank < level_rank("suspected"), summary(detections))
        for state, pages in notices():
            for host, told in pages:
                _, detections = self.level(f"notice {host}", [(visit("/", host), told)])
                got = [(event["subject"], event["state"], event["host"]) for event in detections]
                self.suite.equal(f"{host}: {state or 'no notice'}", got, [("host", state, host)] if state else [])
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Pages(sys.argv[1]).run())
