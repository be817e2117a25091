#!/usr/bin/env python3
"""What must never be detected or blocked: neighbours of a panel, names that clients claim, scanners' targets.

usage: test_blocking.py BUILD
"""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import CLIENT, SERVER, Capture, answer, request  # noqa: E402
from harness import PROPOSE_ALL, Daemon, Redis, Suite, level_rank, scratch  # noqa: E402
from stand_in import Panel, page, visit_panel, visit_site  # noqa: E402

USER, PASSWORD = "rosalindfranklin", "dna1953photo51"
MAC, TOKEN = "00:1A:79:4B:2C:6D", "kQ8Zr1TnWb"
BOX = [("Cookie", f"mac={MAC}; stb_lang=en; timezone=Europe/Paris"), ("Authorization", "Bearer " + "7A" * 16),
       ("X-User-Agent", "Model: MAG250; Link: WiFi")]
BOX_AGENT = "Mozilla/5.0 (QtEmbedded; U; Linux; C) AppleWebKit/533.3 (KHTML, like Gecko) MAG200 stbapp ver: 2 rev: 250 Safari/533.3"
ACCOUNT = f"username={USER}&password={PASSWORD}"
LIVE_ACTIONS = ("get_live_categories", "get_live_streams", "get_vod_categories", "get_vod_streams",
                "get_series_categories", "get_series", "get_series_info&series_id=5", "get_vod_info&vod_id=5",
                "get_short_epg&stream_id=5", "get_simple_data_table&stream_id=5", "201")
BOX_CALLS = ("type=stb&action=handshake&token=", "type=stb&action=get_profile&hd=1&sn=062014N067770",
             "type=stb&action=do_auth&login=a&password=b", "type=account_info&action=get_main_info",
             "type=itv&action=get_genres", "type=itv&action=get_all_channels",
             "type=itv&action=get_ordered_list&genre=1&p=1",
             "type=itv&action=create_link&cmd=ffmpeg%20http%3A%2F%2Flocalhost%2Fch%2F5_&series=0",
             "type=vod&action=get_categories", "type=watchdog&action=get_events&init=0&cur_play_type=1")


def claims():
    """A request for everything that the rules could take for a panel's, portal's or stream's."""
    paths = [f"/player_api.php?{ACCOUNT}", f"/player_api?{ACCOUNT}", f"/player_api/{USER}/{PASSWORD}"]
    paths += [f"/player_api.php?{ACCOUNT}&action={action}" for action in LIVE_ACTIONS]
    paths += [f"/panel_api.php?{ACCOUNT}", f"/get.php?{ACCOUNT}&type=m3u_plus&output=ts",
              f"/get.php?{ACCOUNT}&type=m3u&output=hls", f"/xmltv.php?{ACCOUNT}",
              f"/enigma2.php?{ACCOUNT}&type=get_live_categories", f"/playlist/{USER}/{PASSWORD}/m3u_plus",
              f"/epg/{USER}/{PASSWORD}", f"/v16/wwwdir/get.php?{ACCOUNT}&type=m3u", "/xplugin.php?action=gen_mac&pversion=1",
              f"/live/{USER}/{PASSWORD}/1001.ts", f"/live/{USER}/{PASSWORD}/1001.m3u8",
              f"/live/{USER}/{PASSWORD}/1001", f"/movie/{USER}/{PASSWORD}/2002.mkv",
              f"/series/{USER}/{PASSWORD}/3003.mp4",
              f"/timeshift/{USER}/{PASSWORD}/60/2026-01-31:20-00/1001.ts",
              f"/timeshifts/{USER}/{PASSWORD}/60/1001/2026-01-31:20-00.ts",
              f"/streaming/timeshift.php?{ACCOUNT}&stream=1001&start=2026-01-31:20-00&duration=60",
              "/streaming/live.php?stream=1001", f"/{USER}/{PASSWORD}/1001", f"/{USER}/{PASSWORD}/1001.ts",
              f"/{USER}/{PASSWORD}/1001?token={TOKEN}", f"/{USER}/{PASSWORD}/1001?play_token={TOKEN}",
              f"/play/live.php?mac={MAC}&stream=1001&extension=ts&play_token={TOKEN}",
              f"/play/movie.php?mac={MAC}&stream=2002.mkv&play_token={TOKEN}&type=movie",
              "/hls/d20d8251e8d9b14c16ed635aa4d97d0e/10012_271.ts", "/auth/" + "aB3" * 14 + "x",
              "/vauth/2002.mkv?token=" + "aB3" * 14 + "x", "/tsauth/1001_0_60.ts?token=" + "aB3" * 14 + "x",
              f"/hlsr/{'Gx' * 20}/{USER}/{PASSWORD}/1001/{'d2' * 16}/1001_7.ts",
              f"/live/{USER}/{PASSWORD}/1001.ts?token=SxNaUkddFA0abSQxN0ZJRENFQFZVWGleXBtbUx4%3D"]
    paths += [f"/get.php?{ACCOUNT}&type={kind}" for kind in ("dreambox", "simple", "enigma22_script")]
    blocks, hexadecimal = "aB3" * 14 + "x", "d2" * 16  # the length of whole AES blocks
    paths += [f"/player_api.php?token={TOKEN}", f"/player_api.php?{ACCOUNT}&action=get_live_streams&items_per_page=9&offset=0",
              f"/player_api.php?{ACCOUNT}&action=get_epg&stream_id=5", f"/get.php?token={TOKEN}&type=m3u_plus",
              f"/epg?{ACCOUNT}", "/api.php?action=stream&sub=list", "/system_api.php?password=x&action=stats",
              f"/live/{hexadecimal}/12.ts", "/live/john/smith/12.ts", f"/hls/{USER}/{PASSWORD}/12.m3u8", f"/auth/12.ts?token={blocks}",
              f"/subauth/{blocks}", f"/hls/1_2.ts?token={blocks}", f"/{hexadecimal}/auth/{blocks}", f"/thumb/{USER}/{PASSWORD}/12",
              f"/subtitle/{USER}/{PASSWORD}/1/2", "/banned.ts", f"/probe/{blocks}", "/ch12.m3u8", f"/images/{'aB3_' * 16}.png",
              f"/list.php?login={USER}&password={PASSWORD}&type=m3u", f"/p/{PASSWORD}/tv.m3u", f"/stream/{USER}/{PASSWORD}/12",
              "/stalker_portal/api/v1/users", "/includes/smartersapi/api.php", f"/live?channelId=5&deviceUser={USER}&devicePass={PASSWORD}"]
    paths += [f"/{USER}/{PASSWORD}/{number}" for number in range(1002, 1008)]
    sha1 = "d20d8251e8" * 4
    paths += ["/oscamapi.html?part=status", "/api/c/81/d20d8251", f"/ace/getstream?id={sha1}", f"/ace/manifest.m3u8?id={sha1}",
              f"/ace/stat/{sha1}/x", f"/content/{sha1}/0.1", "/webui/api/service?method=get_version",
              "/hls/manifest.m3u8?manifest_url=x"]
    asked = [("GET", path, (), b"", "IPTVSmarters") for path in paths]
    asked.append(("GET", f"/player_api.php?{ACCOUNT}", (), b"", "Xtream-Codes IPTV Panel Pro"))
    asked.append(("POST", "/player_api.php", [("Content-Type", "application/x-www-form-urlencoded")],
                  f"{ACCOUNT}&action=get_live_streams".encode(), "IPTVSmarters"))
    asked += [("GET", path, (), b"", "Enigma2 HbbTV/1.1.1 (+PVR+RTSP+DL;OpenPLi;;;)") for path in (
        f"/live/{USER}/{PASSWORD}/1001.ts", "/userbouquet.iptv.tv", "/1:0:19:283D:3FB:1:C00000:0:0:0:", "/web/getallservices")]
    asked.append(("POST", "/api/e/1/2/3/4/5/6", (), b"\x80\x70", "OSCam"))
    asked.append(("POST", "/server/load.php?JsHttpRequest=1769892300-xml", BOX, b"type=itv&action=get_all_channels", BOX_AGENT))
    for base in ("/stalker_portal/server/load.php", "/portal.php", "/server/load.php", "/c/portal.php"):
        asked += [("GET", f"{base}?{call}&JsHttpRequest=1-xml", BOX, b"", BOX_AGENT) for call in BOX_CALLS]
    asked += [("GET", path, BOX, b"", BOX_AGENT) for path in ("/stalker_portal/c/", "/c/", "/c/version.js")]
    asked.append(("GET", "/c/", [("Cookie", f"mac={MAC}; stb_lang=en_US@rg=dezzzz")], b"", BOX_AGENT))
    asked.append(("GET", f"/{USER}/{PASSWORD}/1001", [("Icy-MetaData", "1"), ("Range", "bytes=0-")], b"", "KSPlayer"))
    return asked


def scan(capture, client, host, server, at, told=None, port=80):
    """Sends every claim, each over a connection of its own; `told` gives an answer for a target."""
    for number, (method, target, headers, body, agent) in enumerate(claims()):
        talk = capture.talk(client, server, port, at=at + number * 0.05)
        asked = request(method, target, host, headers, body, agent)
        if told is None:
            talk.client(asked, acknowledged=False).wait(1).reset()
        else:
            talk.exchange(asked, told(target)).close()


def worst(detections):
    return max((level_rank(event["level"]) for event in detections), default=0)


def highest_score(detections):
    return max((event["score"] for event in detections), default=0)


def eligible(detections):
    return [event for event in detections if event["block"]["eligible"]]


class Blocking:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()
        self.names = 0

    def capture(self, made, **how):
        self.names += 1
        return made.write(self.folder / f"{self.names}.pcap", **how)

    def replay(self, path, *settings, arguments=()):
        done = self.daemon.replay(path, *arguments, settings=settings)
        if done.code != 0:
            raise RuntimeError(f"vigied failed: {done}")
        return done

    def neighbours(self):
        """One address and port: a panel, and four ordinary sites under other names."""
        server, sites = "203.0.113.30", ("shop.example", "blog.example", "club.example", "school.example")
        made = Capture()
        for number, site in enumerate(sites):
            visit_site(made, site, f"198.51.100.{10 + number}", server, at=0.5 * number)
            visit_site(made, site, f"198.51.100.{10 + number}", server, at=40 + number)
        for number in range(4):
            visit_panel(made, Panel("tv.panel.example"), f"198.51.100.{20 + number}", server, at=3 + 5 * number)
        # A cache in front of all of them takes turns on one connection.
        talk = made.talk("198.51.100.99", server, at=30)
        panel = Panel("tv.panel.example")
        for site in sites:
            talk.exchange(request("GET", "/", site), answer(200, page(site)))
            talk.exchange(panel.login_request(), panel.login_answer())
        talk.close()
        path = self.capture(made)
        for label, settings in (("defaults", ()), ("everything proposed", PROPOSE_ALL),
                                ("names unverified", (*PROPOSE_ALL, "block.require_verified=false"))):
            done = self.replay(path, "detection.min_level=observed", *settings)
            hosts = {event.get("host") for event in done.detections}
            self.suite.equal(f"neighbours, {label}: only the panel's name is detected", hosts, {"tv.panel.example"})
            named = [site for site in sites if site.encode() in done.out]
            self.suite.equal(f"neighbours, {label}: no other name stands in the output", named, [])
            wide = [e for e in eligible(done.detections) if e["block"]["scope"] == "ip_port"]
            self.suite.check(f"neighbours, {label}: address and port are never eligible", not wide, wide)
        self.suite.check("neighbours: the panel is suspected at least", worst(done.detections) >= 2, done.out)

    def claimed_name(self):
        """Five clients say `Host: bank.example` to a panel, which answers them as any panel would."""
        server = "203.0.113.40"
        alone, beside = Capture(), Capture()
        for number in range(5):
            visit_panel(alone, Panel("bank.example"), f"198.51.100.{30 + number}", server, at=number * 4)
            visit_panel(beside, Panel("bank.example"), f"198.51.100.{30 + number}", server, at=number * 4)
        for number in range(5):
            visit_panel(beside, Panel("tv.panel.example"), f"198.51.100.{40 + number}", server, at=30 + number * 4)
        for label, made in (("alone", alone), ("beside the panel's own name", beside)):
            path = self.capture(made)
            for mode, settings in (("defaults", ()), ("everything proposed", PROPOSE_ALL)):
                redis = Redis(self.folder / f"redis{self.names}{len(settings)}")
                done = self.replay(path, *settings, arguments=("--redis", redis.url))
                names = [e for e in eligible(done.detections) if e["block"]["scope"] == "host"]
                self.suite.check(f"claimed name {label}, {mode}: never eligible", not names, names)
                kept = redis.members("{vigie}:propose:host") + redis.members("{vigie}:block:host")
                self.suite.equal(f"claimed name {label}, {mode}: nothing in Redis", kept, [])
                told = {event.get("host") for event in done.detections}
                self.suite.check(f"claimed name {label}, {mode}: the panel is detected nevertheless",
                                 "bank.example" in told, told)
                if label != "alone":  # until the second name was shown, the address alone was eligible
                    last = {event["id"]: event for event in done.detections}
                    self.suite.check(f"claimed name {label}, {mode}: in the end nothing is eligible",
                                     not eligible(last.values()), eligible(last.values()))
                    kept = [key for key in redis.call("KEYS", "*") if b":propose:" in key or b":block:" in key]
                    self.suite.equal(f"claimed name {label}, {mode}: nor in Redis", kept, [])
                redis.kill()

    def scanners(self):
        one, many = Capture(), Capture()
        scan(one, "198.51.100.50", "silent.example", "203.0.113.50", 0)
        for number in range(20):
            scan(many, f"198.51.100.{60 + number}", "silent.example", "203.0.113.50", number * 3)
        views = {"client half": {"half": CLIENT}, "both halves": {}}
        for view, how in views.items():
            single, crowd = self.capture(one, **how), self.capture(many, **how)
            done = self.replay(single)
            self.suite.equal(f"one scanner, {view}: nothing is printed", done.out, b"")
            done = self.replay(single, "detection.min_level=observed")
            self.suite.equal(f"one scanner, {view}: observed at most and in fact", worst(done.detections), 1)
            self.suite.check(f"one scanner, {view}: score at most 45", highest_score(done.detections) <= 45,
                             highest_score(done.detections))
            done = self.replay(crowd, *PROPOSE_ALL, "block.require_verified=false")
            self.suite.equal(f"twenty scanners, {view}: suspected at most and in fact", worst(done.detections), 2)
            self.suite.check(f"twenty scanners, {view}: score at most 65", highest_score(done.detections) <= 65,
                             highest_score(done.detections))
            self.suite.check(f"twenty scanners, {view}: nothing is eligible", not eligible(done.detections), done.out)
        redis = Redis(self.folder / "redis-scan")
        self.replay(self.capture(many, half=CLIENT), arguments=("--redis", redis.url))
        services = [key for key in redis.call("KEYS", "{vigie}:service:*")]
        scores = [int(float(redis.call("HGET", key, "score"))) for key in services]
        self.suite.check("twenty scanners: Redis's own score is at most 65", scores and max(scores) <= 65, scores)
        redis.kill()

    def claims_known(self):
        """Every claim that the shipped rules know is among those that the scanner sends."""
        made = Capture()
        scan(made, "198.51.100.50", "silent.example", "203.0.113.50", 0)
        scan(made, "198.51.100.50", "203.0.113.50", "203.0.113.50", 60)
        scan(made, "198.51.100.50", "rr3---sn-h5q7knes.imitation.example", "203.0.113.51", 120, port=25461)
        scan(made, "198.51.100.50", "silent.example", "203.0.113.52", 180, port=6878)
        done = self.replay(self.capture(made, half=CLIENT), "verdict.max_evidence=128", arguments=("--explain",))
        text = done.out.decode()
        missing = [sid for sid in claim_sids() if str(sid) not in text]
        self.suite.equal("the scanner sends every claim of the rule set", missing, [])

    def refused(self):
        """What the answer says no to leaves nothing, not even at the lowest level."""
        away = answer(302, b"", headers=[("Location", "http://www.example.net/welcome")])
        article = page("How player_api.php works") + b'"user_info" "allowed_output_formats" #EXTM3U'
        cases = {"404": lambda target: answer(404, page("Not found", 1)),
                 "403": lambda target: answer(403, b"Forbidden", "text/plain"),
                 "500": lambda target: answer(500, page("Oops", 1)),
                 "404 without body": lambda target: answer(404),
                 "200 with a page": lambda target: answer(200, article),
                 "200 with a page, chunked and packed": lambda target: answer(200, article, chunked=True, gzip=True),
                 "200 with a page called a stream": lambda target: answer(200, article, "video/mp2t"),
                 "302 to elsewhere": lambda target: away}
        for label, told in cases.items():
            made = Capture()
            for number in range(2):
                scan(made, f"198.51.100.{80 + number}", "refusing.example", "203.0.113.60", number * 5, told)
            done = self.replay(self.capture(made), "detection.min_level=observed")
            self.suite.equal(f"claims answered with {label} leave nothing", done.out, b"")

    def private(self):
        for server in ("192.168.7.7", "10.1.2.3", "172.20.0.9", "100.64.9.9", "169.254.3.3", "127.0.0.2",
                       "fd12::7", "fe80::7", "::1"):
            made = Capture()
            client = "198.51.100.90" if "." in server else "2001:db8:9::90"
            visit_panel(made, Panel("tv.home.example", 8080), client, server)
            path = self.capture(made)
            done = self.replay(path, "detection.min_level=observed")
            self.suite.equal(f"private server {server}: nothing", done.out, b"")
            done = self.replay(path, "verdict.private_servers=true", *PROPOSE_ALL, "block.require_verified=false")
            self.suite.check(f"private server {server}: told where configured", worst(done.detections) >= 2, done.out)
            self.suite.check(f"private server {server}: never eligible", not eligible(done.detections), done.out)

    def proxies(self):
        """A panel asked through somebody's proxy: the proxy's address and port are nobody's to block."""
        made, panel = Capture(), Panel("tv.panel.example", 8080)
        for number in range(4):
            talk = made.talk(f"198.51.100.{100 + number}", "203.0.113.70", 3128, at=number)
            for asked, told in ((panel.login_request(), panel.login_answer()),
                                (panel.playlist_request(), panel.playlist_answer())):
                absolute = asked.replace(b"GET /", f"GET http://{panel.authority}/".encode(), 1)
                talk.exchange(absolute, told)
            talk.close()
            tunnel = made.talk(f"198.51.100.{100 + number}", "203.0.113.71", 3128, at=10 + number)
            tunnel.exchange(request("CONNECT", panel.authority, panel.authority), answer(200, b"", None, length=False))
            tunnel.exchange(panel.login_request(), panel.login_answer())
            tunnel.exchange(panel.playlist_request(), panel.playlist_answer()).close()
        done = self.replay(self.capture(made), "detection.min_level=observed", *PROPOSE_ALL,
                           "block.require_verified=false")
        wide = [e for e in done.detections if e["block"]["scope"] == "ip_port"]
        self.suite.check("proxies: never address and port", not wide, wide)
        self.suite.check("proxies: the panel behind is told", "tv.panel.example" in {e.get("host") for e in done.detections},
                         done.out)

    def spoofed(self):
        """Answers that nobody asked for, under a victim's address: told perhaps, never eligible."""
        made, panel = Capture(), Panel("tv.panel.example", 8080)
        for number in range(5):
            for told in (panel.login_answer(), panel.playlist_answer(400)):
                talk = made.talk(f"198.51.100.{120 + number}", "203.0.113.90", 8080, at=number, opened=False)
                talk.send(SERVER, told, acknowledged=False)
        done = self.replay(self.capture(made), "detection.min_level=observed", *PROPOSE_ALL)
        self.suite.check("spoofed answers: told", worst(done.detections) >= 2, done.out)
        self.suite.check("spoofed answers: never eligible", not eligible(done.detections), done.out)
        for number in range(5):  # the victim answers others meanwhile, as any site does
            visit_site(made, "shop.example", f"198.51.100.{120 + number}", "203.0.113.90", at=10 + number)
        done = self.replay(self.capture(made), "detection.min_level=observed", *PROPOSE_ALL)
        self.suite.check("spoofed answers beside real ones: never eligible", not eligible(done.detections), done.out)

    def eligible_at_all(self):
        """That the above can fail: a panel alone at its address is eligible once every safeguard is off."""
        made = Capture()
        visit_panel(made, Panel("203.0.113.80"), "198.51.100.110", "203.0.113.80")
        done = self.replay(self.capture(made), *PROPOSE_ALL)
        self.suite.check("a panel alone at its address is eligible without safeguards",
                         [e for e in eligible(done.detections) if e["block"]["scope"] == "ip_port"], done.out)

    def run(self):
        self.suite.run((self.neighbours, self.claimed_name, self.scanners, self.claims_known,
                        self.refused, self.private, self.proxies, self.spoofed, self.eligible_at_all))
        return self.suite.finish()


def claim_sids():
    """Sids of the shipped rules that rest on the bytes of a client's HTTP request alone."""
    sids = []
    for path in sorted(pathlib.Path("rules").glob("*.rules")):
        text = re.sub(r"\\\n\s*", " ", path.read_text())
        for line in text.splitlines():
            if line.startswith("alert http ") and "to_server" in line and "http.answered" not in line:
                sids.append(int(re.search(r"\bsid:\s*(\d+)", line).group(1)))
    return sids


if __name__ == "__main__":
    sys.exit(Blocking(sys.argv[1]).run())
