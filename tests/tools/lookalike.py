"""Lawful services that look alike, many in one capture, each at an address of its own: none may be suspected.

A test yields `Site`s; `Lookalikes` puts all of them into one capture, three clients each, replays it in several
views (see VIEWS) and judges each site by what was said of its address and its name. One real panel stands among
them, so that a daemon that says nothing at all fails. In no view may anything but the panel be eligible.
"""
import dataclasses
import hashlib
import json

from capture_maker import CLIENT, SERVER, Capture, answer, is_endless, request, ts_packets
from harness import PROPOSE_ALL, Daemon, Suite, level_rank, scratch
from sessions import summary
from stand_in import Panel, page, visit_panel

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CLIENTS = ("198.51.100.7", "198.51.100.8", "198.51.100.9")
PANEL_NUMBER = 254
PUBLIC, PRIVATE = ("203.0.113", "192.0.2"), ("192.168.1", "10.11.12")
UNVERIFIED = (*PROPOSE_ALL, "block.require_verified=false")


@dataclasses.dataclass(frozen=True)
class View:
    name: str
    networks: tuple
    settings: tuple = ()
    half: object = None
    silent: bool = False  # not even the panel is told


VIEWS = (View("public", PUBLIC), View("everything proposed", PUBLIC, UNVERIFIED),
         View("client's half", PUBLIC, half=CLIENT), View("server's half", PUBLIC, half=SERVER),
         View("private, guard off", PRIVATE, ("verdict.private_servers=true", *UNVERIFIED)),
         View("private, guard on", PRIVATE, silent=True))


@dataclasses.dataclass
class Ask:
    """One request and its answer; `told` None: nobody answers."""
    target: str
    told: bytes
    agent: str = BROWSER
    headers: tuple = ()
    method: str = "GET"
    body: bytes = b""
    host: str = None  # where it is not the site's own


@dataclasses.dataclass
class Site:
    """`steps` is a list of Ask or (target, told), or a function of the site's address that gives one; `host` None
    stands for the address. `most` is the highest level that may be said of it: a licensed operator of the panels'
    own software is suspected where nobody has listed him; `half` the same where only one half is seen."""
    name: str
    steps: object
    host: str = None
    port: int = 80
    most: str = "observed"
    half: str = None
    clients: int = len(CLIENTS)

    def asks(self, address):
        steps = self.steps(address) if callable(self.steps) else self.steps
        return [step if isinstance(step, Ask) else Ask(*step) for step in steps]


def visit(capture, site, address, at):
    """Each client asks for everything, over a new connection behind each answer without length."""
    host = site.host or (address if ":" not in address else f"[{address}]")
    authority = host if site.port == 80 else f"{host}:{site.port}"
    for number in range(site.clients):
        talk = None
        for place, ask in enumerate(site.asks(address)):
            if talk is None:
                talk = capture.talk(CLIENTS[number], address, site.port, at=at + 7 * number + 0.3 * place)
            asked = request(ask.method, ask.target, ask.host or authority, list(ask.headers), ask.body, ask.agent)
            if ask.told is None:
                talk.client(asked).wait(6).reset()
                talk = None
                continue
            talk.exchange(asked, ask.told)
            if is_endless(ask.told):
                talk.close(SERVER)
                talk = None
        if talk is not None:
            talk.close()


class Lookalikes:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()

    def run(self, sites, views=VIEWS):
        sites = list(sites)
        names = [site.name for site in sites]
        assert len(set(names)) == len(names), [name for name in names if names.count(name) > 1]
        for view in views:
            self.judge(sites, view)
        return self.suite.finish()

    def addresses(self, sites, view):
        """A number beyond the panel's goes into the second network."""
        room = PANEL_NUMBER - 1
        assert len(sites) <= room * len(view.networks)
        return [f"{view.networks[n // room]}.{n % room + 1}" for n in range(len(sites))]

    def replay(self, sites, view, settings=()):
        made = Capture()
        addresses = self.addresses(sites, view)
        for number, (site, address) in enumerate(zip(sites, addresses)):
            visit(made, site, address, at=number * 0.5)
        panel = f"{view.networks[0]}.{PANEL_NUMBER}"
        for number in range(2):
            visit_panel(made, Panel("tv.panel.example", 8080), CLIENTS[number], panel, at=number * 9)
        path = made.write(self.folder / f"{view.name}.pcap".replace(" ", "_"), half=view.half)
        done = self.daemon.replay(path, settings=("detection.min_level=observed", *view.settings, *settings))
        if done.code != 0:
            raise RuntimeError(f"vigied failed: {done}")
        return done, addresses, panel

    def judge(self, sites, view):
        done, addresses, panel = self.replay(sites, view)
        if view.silent:
            self.suite.equal(f"{view.name}: nothing is said of anybody", done.out, b"")
            return
        told = {}
        for event in done.detections:
            told.setdefault(event["server"]["ip"] if "server" in event else event["host"], []).append(event)
        self.suite.check(f"{view.name}: the panel among them is told", highest(told.pop(panel, [])) >= 2, done.out[:800])
        for site, address in zip(sites, addresses):
            events = told.pop(address, []) + told.pop(site.host, [])
            most = site.half if view.half and site.half else site.most
            self.suite.check(f"{site.name}, {view.name}", highest(events) <= level_rank(most), summary(events))
            self.suite.check(f"{site.name}, {view.name}: never eligible", not eligible(events), eligible(events))
        self.suite.equal(f"{view.name}: nobody else is told", sorted(told), [])


def highest(events):
    return max((level_rank(event["level"]) for event in events), default=0)


def eligible(events):
    return [event for event in events if event["block"]["eligible"]]


# What servers of every kind answer


def numbers(seed):
    """Endless integers below 2**32, the same for the same seed."""
    count = 0
    while True:
        digest = hashlib.sha256(f"{seed} {count}".encode()).digest()
        for at in range(0, 32, 4):
            yield int.from_bytes(digest[at:at + 4], "big")
        count += 1


def token(length, seed=0, letters="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"):
    source = numbers(f"token {length} {seed}")
    return "".join(letters[next(source) % len(letters)] for _ in range(length))


def hexadecimal(length, seed=0):
    return token(length, seed, "0123456789abcdef")


def uuid(seed=0):
    text = hexadecimal(32, seed)
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def noise(size, seed=0):
    return b"".join(hashlib.sha256(f"{seed} {n}".encode()).digest() for n in range(-(-size // 32)))[:size]


def ok(body, kind, headers=(), **how):
    return answer(200, body if isinstance(body, bytes) else body.encode(), kind, headers, **how)


def html(title="Welcome", kilobytes=2, **how):
    return ok(page(title, kilobytes), "text/html; charset=utf-8", **how)


def documents(value, kind="application/json", headers=(), **how):
    return ok(json.dumps(value, ensure_ascii=False), kind, headers, **how)


def redirect(location, status=302, headers=()):
    return answer(status, b"", None, [("Location", location), *headers])


def endless_ts(service="Channel", provider="Provider", kind="video/mp2t", headers=()):
    return ok(ts_packets(60, service, provider), kind, [*headers, ("Connection", "close")], length=False)


def segment(packets=60, kind="video/mp2t", headers=(), **how):
    return ok(ts_packets(packets), kind, headers, **how)


def mp4(kilobytes=8, headers=(("Accept-Ranges", "bytes"),), kind="video/mp4", **how):
    return ok(b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + noise(kilobytes * 1024), kind, headers, **how)


def fragment(kilobytes=4):
    return ok(b"\0\0\0\x18styp" + b"msdh\0\0\0\0msdhmsix" + noise(kilobytes * 1024), "video/iso.segment")


def mp3(kilobytes=16, kind="audio/mpeg", headers=(), **how):
    return ok(b"\xff\xfb\x90\x64" * 4 + noise(kilobytes * 1024), kind, headers, **how)


def png(size=900):
    return ok(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + noise(size), "image/png")


def binary(kilobytes=16, seed=0, kind="application/octet-stream", headers=(), **how):
    return ok(b"\x7f\x01" + noise(kilobytes * 1024, seed), kind, headers, **how)


def media_list(segments, duration=6, sequence=17, ended=False, kind="application/vnd.apple.mpegurl", tags=(), **how):
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", f"#EXT-X-TARGETDURATION:{duration}", f"#EXT-X-MEDIA-SEQUENCE:{sequence}", *tags]
    for uri in segments:
        lines += [f"#EXTINF:{duration:.6f},", uri]
    return ok("\n".join(lines + ["#EXT-X-ENDLIST"] * ended) + "\n", kind, **how)


def master_list(variants, kind="application/vnd.apple.mpegurl", **how):
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for number, uri in enumerate(variants):
        lines += [f"#EXT-X-STREAM-INF:BANDWIDTH={800 * (number + 1)}000,AVERAGE-BANDWIDTH={700 * (number + 1)}000,"
                  f'RESOLUTION={640 + 320 * number}x{360 + 180 * number},CODECS="avc1.4d401f,mp4a.40.2"', uri]
    return ok("\n".join(lines) + "\n", kind, **how)


def catalogue(entries, head="#EXTM3U", kind="audio/x-mpegurl", end="\n", **how):
    """`entries` are (attributes behind #EXTINF:-1, title, URI)."""
    lines = [head]
    for attributes, title, uri in entries:
        lines += [f"#EXTINF:-1 {attributes},{title}" if attributes else f"#EXTINF:-1,{title}", uri]
    return ok(end.join(lines) + end, kind, **how)
