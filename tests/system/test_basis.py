#!/usr/bin/env python3
"""On what a block rests: whole sessions of panels and portals that show nobody's channels are never confirmed and
never eligible; with pay channels and a sign of a pirate's catalogue they are, under all other conditions.

Rules of this test's own say what is content here: the shipped ones have tests of their own.

usage: test_basis.py BUILD
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import SERVER, Capture, answer, ts_packets  # noqa: E402
from harness import ROOT, Daemon, Suite, schema_faults, scratch  # noqa: E402
from sessions import BOX, BOX_AGENT, get, json_answer, m3u, portal_answer, portal_call, portal_channels  # noqa: E402

USER, PASSWORD, PANEL, PORTAL = "us3rname1", "passw0rd9", "203.0.113.10", "203.0.113.20"
ACCOUNT = f"username={USER}&password={PASSWORD}"
ENDLESS = answer(200, ts_packets(400), "video/mp2t", length=False)
RULES = """alert http any any -> any any (msg:"Pay channels"; flow:to_client; http.response_body; content:"Paysport"; \\
    metadata: family xtream, role panel, weight 60, reason test-content, content yes; sid:1000001;)
alert http any any -> any any (msg:"Many countries"; flow:to_client; http.response_body; content:"Everycountry"; \\
    metadata: family xtream, role panel, weight 35, reason test-structure, structural yes; sid:1000002;)
"""
CONDITIONS = {"block.basis": "content", "block.min_clients": "1", "block.min_age": "0", "block.min_watch": "0",
              "block.replay": "true"}


def panel(names):
    """Everything that a player asks an Xtream panel for."""
    login = json_answer({
        "user_info": {"username": USER, "password": PASSWORD, "auth": 1, "status": "Active", "exp_date": "1",
                      "max_connections": "1", "allowed_output_formats": ["m3u8", "ts"]},
        "server_info": {"url": PANEL, "port": "8080", "server_protocol": "http", "timezone": "x", "process": True}})
    live = json_answer([{"num": i, "name": names[i % len(names)], "stream_type": "live", "stream_id": i,
                         "epg_channel_id": None, "category_id": "1", "custom_sid": "", "tv_archive": 0,
                         "direct_source": "", "tv_archive_duration": 0} for i in range(60)])
    entries = [(names[i % len(names)], f"http://{PANEL}:8080/live/{USER}/{PASSWORD}/{i}.ts") for i in range(60)]
    host = f"{PANEL}:8080"
    return [(get(f"/player_api.php?{ACCOUNT}", host), login),
            (get(f"/player_api.php?{ACCOUNT}&action=get_live_streams", host), live),
            (get(f"/get.php?{ACCOUNT}&type=m3u_plus&output=ts", host), m3u(entries)),
            (get(f"/live/{USER}/{PASSWORD}/12.ts", host), ENDLESS)]


def portal(names):
    """Everything that a box asks a Stalker portal for."""
    base, host = "/stalker_portal/server/load.php", f"{PORTAL}:8080"
    channels = portal_channels(60)
    for number, channel in enumerate(channels["data"]):
        channel["name"] = names[number % len(names)]
    link = f"http://{host}/play/live.php?mac=00:1A:79:11:22:33&stream=12&extension=ts&play_token=AbCdEfGh12"
    steps = [(portal_call(base, host, call), portal_answer(js)) for call, js in (
        ("type=stb&action=handshake&token=", {"token": "A9" * 16}),
        ("type=itv&action=get_all_channels", channels),
        ("type=itv&action=create_link&cmd=x", {"id": "1", "cmd": f"ffmpeg {link}"}))]
    return [*steps, (get(link.split(host, 1)[-1], host, headers=BOX, agent=BOX_AGENT), ENDLESS)]


class Basis:
    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()
        self.rules = self.folder / "basis.rules"
        self.rules.write_text(RULES)
        self.captures = 0

    def replay(self, steps, server, **conditions):
        self.captures += 1
        made = Capture()
        for number in range(2):
            talk = made.talk(f"198.51.100.{7 + number}", server, 8080, at=60.0 * number)
            for asked, told in steps:
                talk.exchange(asked, told)
            talk.close(SERVER)
        path = made.write(self.folder / f"{self.captures}.pcap")
        settings = [f"{key}={value}" for key, value in (CONDITIONS | conditions).items()]
        done = self.daemon.replay(path, "-S", ROOT / "rules/*.rules", "-S", self.rules, settings=settings)
        if done.code != 0:
            raise RuntimeError(f"vigied failed: {done}")
        self.suite.equal(f"capture {self.captures}: schema", schema_faults(done.out.splitlines()), [])
        return done.detections

    def judge(self, name, make, server):
        def last(names, **conditions):
            found = self.replay(make(names), server, **conditions)
            eligible = [e for e in found if e["block"]["eligible"]]
            return (found[-1] if found else {"level": "none", "score": 0, "block": {}}), eligible

        event, eligible = last(["Channel"])
        self.suite.equal(f"{name} of nobody's channels: stays below confirmed", (event["level"], event["score"]), ("suspected", 89))
        self.suite.equal(f"{name} of nobody's channels: never eligible", eligible, [])
        event, eligible = last(["Channel", "Everycountry"])
        self.suite.equal(f"{name} with a structural sign: stays below confirmed", (event["level"], eligible), ("suspected", []))
        event, eligible = last(["Paysport"])
        self.suite.equal(f"{name} with pay channels alone: confirmed", event["level"], "confirmed")
        self.suite.equal(f"{name} with pay channels alone: no basis", (eligible, event["block"].get("reason")),
                         ([], "no basis for blocking"))
        both = ["Paysport", "Everycountry"]
        event, eligible = last(both)
        self.suite.equal(f"{name} with both: eligible", (event["level"], event["block"]),
                         ("confirmed", {"eligible": True, "basis": "content", "scope": "ip_port", "reason": "eligible"}))
        for key, value, reason in (("block.min_clients", "3", "too few clients"),
                                   ("block.min_age", "10min", "seen for too short a time"),
                                   ("block.min_watch", "60min", "address watched for too short a time"),
                                   ("block.replay", "false", "replay does not propose blocks"),
                                   ("block.basis", "listed", "no basis for blocking"),
                                   ("block.shared_prefixes", "203.0.113.0/24", "address in a shared prefix")):
            event, eligible = last(both, **{key: value})
            self.suite.equal(f"{name} with both, {key} {value}: not", (eligible, event["block"].get("reason")), ([], reason))

    def run(self):
        for name, make, server in (("a panel", panel, PANEL), ("a portal", portal, PORTAL)):
            try:
                self.judge(name, make, server)
            except Exception as error:  # one part's end must not hide the others
                self.suite.check(name, False, f"{type(error).__name__}: {error}")
        return self.suite.finish()


if __name__ == "__main__":
    sys.exit(Basis(sys.argv[1]).run())
