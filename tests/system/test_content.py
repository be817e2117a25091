#!/usr/bin/env python3
"""Whose channels, by the shipped rules: whole sessions with a panel and a portal are confirmed where they show pay channels
of two holders, and suspected at most and never to be blocked where all channels are free or the operator's own. Lists of
many lands, decorations and forms are confirmed; those of lawful services never are.

usage: test_content.py BUILD
"""
import itertools
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import Capture  # noqa: E402
from harness import CAPTURES, Daemon, Suite, level_rank, schema_faults, scratch  # noqa: E402
from lawful_lists import FAST, community_list, fast_list, free_tv  # noqa: E402
from lookalike import Ask, Site, catalogue, documents, eligible, endless_ts, highest, visit  # noqa: E402
from pirate_lists import DECORATIONS, FORMS, LANDS, PASSWORD, USER, films, m3u_text, names  # noqa: E402
from sessions import summary  # noqa: E402
from whole_sessions import CAPTURES as WHOLE, FREE, OWN, PAY, record, stalker, stalker_capture, xtream, xtream_capture  # noqa: E402

# Everything that takes time or several clients is off; only content and a list's entry are a basis, as shipped.
EXPOSED = ("block.replay=true", "block.min_clients=1", "block.min_age=0", "block.min_watch=0", "block.require_verified=false")
# Pairs of holders: of one country, of two, of leagues that sell everywhere.
PAIRS = {"DAZN and Movistar Plus+": ("DAZN 1", "DAZN F1", "M+ LaLiga"), "DAZN and CANAL+": ("DAZN 1", "DAZN 2", "CANAL+ Sport"),
         "CANAL+ and Sky Italia": ("CANAL+ Foot", "CANAL+ Sport", "Sky Sport Calcio"),
         "LaLiga and DAZN": ("LaLiga TV Bar", "LaLiga Hypermotion", "DAZN LaLiga"),
         "NFL and NHL": ("NFL Network", "NFL RedZone", "NHL Center Ice 1"), "WTA and MotoGP": ("WTA TV", "WTA 1", "TNT MotoGP"),
         "Formula 1 and Lega Serie A": ("F1 TV Pro", "F1 TV Premium", "Serie A TIM")}
CLUBS = ("Real Madrid TV", "Barça TV", "Betis TV", "DAZN TV", "DAZN Rise", "NFL Channel", "MotoGP Channel", "F1 Channel", "NHL")


def pirates():
    """Sites that must be confirmed; each by its list or channels alone."""
    for land, form, port in itertools.product(LANDS, ("get.php", "player_api.php", "an imitated portal"), (80, 8080)):
        yield f"{land} panel, {form}, port {port}", port, lambda at, land=land, form=form: FORMS[form](names(land, "nothing"), at)
    for form, land in itertools.product(FORMS, ("spanish", "greek", "polish", "turkish")):
        yield f"{form}, {land}", 25461, lambda at, land=land, form=form: FORMS[form](names(land), at)
    for decoration, land in itertools.product(DECORATIONS, ("british", "italian", "french", "german")):
        yield f"names with {decoration}, {land}", 8080, lambda at, land=land, decoration=decoration: FORMS["get.php"](
            names(land, decoration), at)
    for form in ("get.php", "player_api.php", "an imitated portal", "a bouquet"):
        yield f"sports alone, {form}", 8080, lambda at, form=form: FORMS[form](
            [f"{tag}| {name}" for tag in ("ES", "UK") for name in PAY], at)
        yield f"two holders of one land among own channels, {form}", 8080, lambda at, form=form: FORMS[form](
            [*OWN, *FREE, "DAZN LaLiga", "M+ LaLiga", "M+ Deportes"], at)
    yield "films and series alone", 8080, lambda at: [Ask(f"/get.php?username={USER}&password={PASSWORD}&type=m3u_plus", catalogue(
        films(at, 1200)), "TiviMate/4.7.0")]
    yield "films and series alone, of five countries", 8080, lambda at: [Ask(
        f"/get.php?username={USER}&password={PASSWORD}&type=m3u_plus", catalogue(films(at, 1200, prefixed=True)), "TiviMate/4.7.0")]


def lawful():
    """Sites that may be suspected and never are confirmed."""
    spain = [*FREE[:12], "DAZN 1", "DAZN LaLiga", "M+ LaLiga", "M+ Liga de Campeones", "LaLiga TV Bar", "Eurosport 2"]
    forms = {"multicast": "rtp://@239.0.0.{n}:8208", "raw multicast": "udp://@239.0.0.{n}:1234",
             "udpxy": "http://{at}/udp/239.0.0.{n}:8208", "udpxy with RTP": "http://{at}/rtp/239.0.0.{n}:8208",
             "Tvheadend": "http://{at}/stream/channelid/{n}?profile=pass", "HDHomeRun": "http://{at}/auto/v{n}",
             "https": "https://ott.operator.example/live/{n}/index.m3u8", "plain http": "http://{at}/canales/{n}/index.m3u8",
             "RTSP": "rtsp://{at}/canal{n}", "Flussonic": "http://{at}/canal{n}/mpegts?token=0123456789abcdef"}
    for label, form in forms.items():
        yield f"operator's list of {label}", lambda at, form=form: [Ask("/canales.m3u", catalogue(
            [(f'tvg-id="{n}" group-title="TV"', name, form.format(at=at, n=n)) for n, name in enumerate(spain, 1)]), "VLC/3.0.20")]
    yield "Tvheadend's list", lambda at: [Ask("/playlist/channels", catalogue(
        [(f'tvg-id="{n:032x}"', name, f"http://{at}/stream/channelid/{n}?ticket={n:040x}") for n, name in enumerate(spain + list(PAY))],
        headers=[("X-Server", "HTS/tvheadend")]), "Kodi/20.1")]
    yield "hotel's list", lambda at: [Ask("/hotel.m3u", catalogue(
        [("", name, f"http://{at}/play/a{n:03d}") for n, name in enumerate([*FREE, "Sky News", "CNN", "Hotel Info"])]), "LG WebOS")]
    yield "broadcaster's app", lambda at: [Ask("/api/channels", documents({"channels": [
        {"id": n, "name": name, "url": f"https://cdn.broadcaster.example/{n}/master.m3u8"} for n, name in enumerate(CLUBS)]}),
        "BroadcasterApp/5.1")]
    for kind in FAST:
        yield f"FAST list {kind}", lambda at, kind=kind: [Ask("/playlist.m3u", catalogue(fast_list(kind), gzip=True), "TiviMate/4.7.0")]
    yield "FAST list through a helper", lambda at: [Ask("/playlist.m3u", catalogue(fast_list("pluto", uri=lambda kind, n: (
        f"http://{at}/pluto/watch/{n:024x}")), gzip=True), "TiviMate/4.7.0")]
    yield "community's list", lambda at: [Ask("/index.m3u", catalogue(free_tv(), gzip=True), "VLC/3.0.20")]
    worldwide = community_list(1200, 400, secure=60, odd=120, bare=50, top=60, suffixes=True)
    named = [(a, (CLUBS + PAY)[n % 21] if n < 40 else t, u) for n, (a, t, u) in enumerate(worldwide)]
    yield "community's list with removed channels", lambda at: [Ask("/all.m3u", catalogue(named, gzip=True), "VLC/3.0.20")]
    own = [*OWN, *FREE, *CLUBS]
    for label, channels in (("own and free channels", own), ("one holder's pay channels", [*own, "M+ LaLiga", "M+ Vamos", "M+ Golf"]),
                            ("channels in three qualities", [f"{name} {q}" for name in own[:12] for q in ("SD", "HD", "UHD")])):
        yield f"licensed panel of {label}", lambda at, channels=channels: [Ask(
            head.split(" ")[1], told, "OperadorTV/2.0") for head, told in steps(xtream(channels, at))]
        yield f"licensed Ministra of {label}", lambda at, channels=channels: box_asks(channels, at)
    yield "Ministra of one country's pay channels", lambda at: box_asks([*spain, *OWN], at)
    yield "films that bear pay channels' names", lambda at: [Ask("/vod.m3u", catalogue(
        [(f'group-title="Cine"', f"{name}: the film", f"http://{at}/movie/{USER}/{PASSWORD}/{n}.mp4") for n, name in enumerate(PAY)]),
        "VLC/3.0.20")]


def steps(session):
    return [(asked.split(b"\r\n", 1)[0].decode(), told) for asked, told in session]


def box_asks(channels, at):
    """What a box asks genuine Ministra for, with its own headers."""
    asks = []
    for asked, told in stalker(channels, at, genuine=True):
        head, *lines = asked.decode().split("\r\n\r\n", 1)[0].split("\r\n")
        headers = [tuple(line.split(": ", 1)) for line in lines]
        asks.append(Ask(head.split(" ")[1], told, dict(headers)["User-Agent"],
                        tuple(h for h in headers if h[0] not in ("Host", "User-Agent", "Accept"))))
    return asks


class Content:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()
        self.written = 0

    def replay(self, made, *settings):
        self.written += 1
        path = made.write(self.folder / f"{self.written}.pcap")
        done = self.daemon.replay(path, settings=("detection.min_level=observed", *settings))
        if done.code != 0:
            raise RuntimeError(f"vigied failed: {done}")
        faults = schema_faults(done.out.splitlines())
        if faults:
            raise RuntimeError(f"schema: {faults[:3]}")
        return done.detections

    def judge(self, name, made, confirmed, found_as=("suspected",)):
        """Under the shipped settings, and with all that could be proposed proposed."""
        found = self.replay(made)
        if confirmed:
            self.suite.check(f"{name}: confirmed", highest(found) == level_rank("confirmed"), summary(found))
        else:
            self.suite.check(f"{name}: {' or '.join(found_as)}", found and found[-1]["level"] in found_as, summary(found))
            self.suite.check(f"{name}: 89 at most", max(e["score"] for e in found) <= 89, summary(found))
            exposed = self.replay(made, *EXPOSED)
            self.suite.check(f"{name}: three clients", max(e["clients"] for e in exposed) == 3, summary(exposed))
            self.suite.check(f"{name}: never confirmed", highest(exposed) < level_rank("confirmed"), summary(exposed))
            self.suite.check(f"{name}: never eligible", not eligible(exposed), eligible(exposed))

    def whole(self):
        plain = {"free": FREE, "own and free": OWN + FREE, "clubs' and paid for by advertising": OWN + CLUBS + FREE,
                 "of one holder": OWN + FREE + ("M+ LaLiga", "M+ Vamos", "M+ Deportes", "M+ Golf")}
        paid = {"of many holders": FREE[:8] + PAY, **{pair: OWN + FREE + three for pair, three in PAIRS.items()}}
        for kind, make in (("panel", xtream_capture), ("portal", stalker_capture),
                           ("genuine portal", lambda channels: stalker_capture(channels, genuine=True))):
            for label, channels in plain.items():
                self.judge(f"{kind}, channels {label}", make(channels), False,
                           ("observed", "suspected") if kind == "genuine portal" else ("suspected",))
            for label, channels in paid.items():
                if kind != "genuine portal":
                    self.judge(f"{kind}, pay channels {label}", make(channels), True)
        bare = record([xtream(OWN + FREE + PAIRS["DAZN and CANAL+"], authority="203.0.113.43")], "203.0.113.43", 80)
        self.judge("panel on a bare address, one client", bare, True)

    def captures(self):
        """What stands in tests/captures is what the generator makes."""
        for name, make in WHOLE.items():
            self.suite.check(f"{name}.pcap is as it is made", (CAPTURES / f"{name}.pcap").read_bytes() == make().to_bytes())

    def sites(self, sites, settings=()):
        """(name, what was told) of each, all of them in one capture."""
        made, places = Capture(), []
        for number, (name, port, asks) in enumerate(sites):
            address, host = f"203.0.{113 + number // 250}.{number % 250 + 1}", f"tv{number}.service.example"
            authority = host if port == 80 else f"{host}:{port}"
            visit(made, Site(name, asks(authority), host, port, clients=2), address, at=0.05 * number)
            places.append((name, address))
        found = self.replay(made, *settings)
        told = {}
        for event in found:
            told.setdefault(event.get("server", {}).get("ip"), []).append(event)
        return [(name, told.get(address, [])) for name, address in places]

    def many(self):
        for name, events in self.sites(pirates()):
            self.suite.check(f"{name}: confirmed", highest(events) == level_rank("confirmed"), summary(events))
        for label, settings in (("", ()), (", everything proposed", EXPOSED)):
            for name, events in self.sites(((name, 80, asks) for name, asks in lawful()), settings):
                self.suite.check(f"{name}{label}: never confirmed", highest(events) < level_rank("confirmed"), summary(events))
                self.suite.check(f"{name}{label}: never eligible", not eligible(events), eligible(events))

    def run(self):
        self.suite.run((self.whole, self.captures, self.many))
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Content(sys.argv[1]).run())
