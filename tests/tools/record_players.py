#!/usr/bin/env python3
"""Records the captures of tests/captures that show players: Kodi, VLC, mpv, MPlayer, ffmpeg, GStreamer, streamlink,
yt-dlp, aria2, wget, python-requests and node against a panel, and against lawful services.

usage: record_players.py FOLDER [NAME...]

Needs root, tcpdump, ffmpeg and the players; for Kodi also kodi-pvr-iptvsimple, kodi-pvr-stalker and xvfb. The servers
are player_server.py. Each session runs between two network namespaces with addresses of the documentation prefixes;
nothing else is on the wire. Of each connection the first bytes are kept (KEEP), as one that goes on shows them.
"""
import ipaddress
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from netns import ip  # noqa: E402
from player_server import BALANCER_AT, PANEL, PANEL_AT, PORTAL_HOST, STATION_AT  # noqa: E402
from record_protos import AS_NOBODY, CLIENT, Wire  # noqa: E402

KEEP = 24 * 1024
ADDRESSES = {PANEL_AT: f"{PANEL.host} {PORTAL_HOST}", BALANCER_AT: "", STATION_AT: "tv.station.example radio.station.example"}
TV, ACCOUNT = f"http://{PANEL.authority}", f"username={PANEL.user}&password={PANEL.password}"
LIVE, SHORT, FILM = (f"{TV}/{kind}{PANEL.user}/{PANEL.password}" for kind in ("live/", "", "movie/"))
STATION, RADIO = "http://tv.station.example", "http://radio.station.example:8000"
MAC = "00:1A:79:5E:3A:C1"

VLC = "timeout 6 cvlc -q --vout dummy --aout dummy --play-and-exit '{}'"
MPV = "timeout 6 mpv --no-config --vo=null --ao=null {}"
MPLAYER = "timeout 5 mplayer -vo null -ao null -really-quiet '{}'"
GSTREAMER = "timeout 5 gst-launch-1.0 -q souphttpsrc location='{}' ! fakesink"
GSTREAMER_HLS = "timeout 6 gst-launch-1.0 -q souphttpsrc location='{}' ! hlsdemux ! tsdemux ! fakesink"
FFMPEG = "timeout 6 ffmpeg -loglevel error -i '{}' -t 6 -c copy -f null -"
STREAMLINK = "timeout 6 /usr/bin/streamlink -O '{}' best > /dev/null"
YT_DLP = "timeout 7 /usr/bin/yt-dlp -q --no-cache-dir -o 'yt.%(ext)s' '{}'"
WGET_ON = "head -c 200000 /dev/zero > {1}; timeout 6 wget -q -c -O {1} '{0}'"
ARIA2 = "timeout 6 aria2c -q -x4 -s4 -k 1M --allow-overwrite=true -o aria2.mkv '{}'"
REQUESTS = f"""/usr/bin/python3 - <<'END'
import requests
account, session = {{"username": "{PANEL.user}", "password": "{PANEL.password}"}}, requests.Session()
session.post("{TV}/player_api.php", data=account).json()
for action in ("get_live_categories", "get_live_streams", "get_short_epg"):
    session.get("{TV}/player_api.php", params={{**account, "action": action, "stream_id": 1001}}).json()
session.get("{FILM}/9001.mkv", headers={{"Range": "bytes=0-20000"}}).content
next(session.get("{SHORT}/1205", stream=True, timeout=5).iter_content(30000))
END"""
NODE = f"""node --input-type=module - <<'END'
await (await fetch("{TV}/get.php?{ACCOUNT}&type=m3u_plus&output=hls")).text();
const list = await (await fetch("{LIVE}/1009.m3u8")).text();
for (const line of list.split("\\n").filter(line => line.startsWith("/")).slice(0, 2)) await (await fetch("{TV}" + line)).arrayBuffer();
const reader = (await fetch("{LIVE}/1210.ts")).body.getReader();
for (let got = 0; got < 30000;) got += (await reader.read()).value.length;
process.exit(0);
END"""
KODI = "timeout {seconds} xvfb-run -a -s '-screen 0 640x360x24' kodi --standalone"
KODI_CALLS = """import json, socket, time
def call(method, **words):
    link.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": words}).encode())
    text = ""
    while True:
        text += link.recv(65536).decode()
        while text:
            try:
                value, end = json.JSONDecoder().raw_decode(text)
            except ValueError:
                break
            text = text[end:].lstrip()
            if value.get("id") == 1:
                return value.get("result")
for _ in range(100):
    try:
        link = socket.create_connection(("127.0.0.1", 9090), 10)
        break
    except OSError:
        time.sleep(0.3)
for name in ("pvr.iptvsimple", "pvr.stalker"):
    call("Addons.SetAddonEnabled", addonid=name, enabled=name == "ADDON")
for _ in range(30):
    time.sleep(1)
    channels = (call("PVR.GetChannels", channelgroupid="alltv") or {}).get("channels")
    if channels:
        call("Player.Open", item={"channelid": channels[0]["channelid"]})
        break
"""


def kodi(addon, settings, seconds=32):
    """Kodi with one television add-on, told over its own interface to open the first channel."""
    rows = "".join(f'<setting id="{name}">{value.replace("&", "&amp;")}</setting>' for name, value in settings.items())
    folder = f"$HOME/.kodi/userdata/addon_data/{addon}"
    return (f"mkdir -p {folder}; echo '<settings version=\"2\">{rows}</settings>' > {folder}/settings.xml\n"
            f"(sleep 4; /usr/bin/python3 - <<'END'\n{KODI_CALLS.replace('ADDON', addon)}\nEND\n) &\n{KODI.format(seconds=seconds)}")


def simple(playlist, guide):
    return {"m3uPathType": "1", "m3uUrl": playlist, "epgPathType": "1", "epgUrl": guide, "m3uCache": "false", "epgCache": "false"}


SESSIONS = {
    "xtream_kodi": [kodi("pvr.iptvsimple", simple(f"{TV}/get.php?{ACCOUNT}&type=m3u_plus&output=ts", f"{TV}/xmltv.php?{ACCOUNT}"))],
    "stalker_kodi": [kodi("pvr.stalker", {"active_portal": "0", "mac_0": MAC, "server_0": f"http://{PORTAL_HOST}/portal.php",
                                          "time_zone_0": "Europe/Paris", "guide_preference_0": "1"}, 36)],
    "xtream_short_redirect": [VLC.format(f"{SHORT}/1207"), MPV.format(f"{SHORT}/1206"), MPLAYER.format(f"{SHORT}/1003")],
    "xtream_gstreamer": [GSTREAMER.format(f"{LIVE}/1204.ts"), GSTREAMER_HLS.format(f"{LIVE}/1004.m3u8")],
    "xtream_hls_players": [VLC.format(f"{LIVE}/1005.m3u8"), STREAMLINK.format(f"{LIVE}/1006.m3u8"), YT_DLP.format(f"{LIVE}/1008.m3u8")],
    "xtream_film_ranges": [MPV.format(f"--start=40 '{FILM}/9001.mkv'"), ARIA2.format(f"{FILM}/9005.mkv")],
    "xtream_film_resumed": [WGET_ON.format(f"{FILM}/9006.mkv", "9006.mkv")],
    "xtream_scripts": [REQUESTS, NODE],
    "legal_players": [VLC.format(f"{STATION}/live/canal9/master.m3u8"), FFMPEG.format(f"{STATION}/live/canal9/master.m3u8"),
                      MPV.format(f"{STATION}/live/canal9/master.m3u8"), GSTREAMER_HLS.format(f"{STATION}/live/canal9/master.m3u8"),
                      STREAMLINK.format(f"{STATION}/live/canal9/master.m3u8")],
    "legal_kodi": [kodi("pvr.iptvsimple", simple(f"{STATION}/free.m3u8", f"{STATION}/guide.xml"))],
    "legal_plain_stream": [VLC.format(f"{STATION}/canal9.ts"), MPLAYER.format(f"{STATION}/canal9.ts"), GSTREAMER.format(f"{STATION}/canal9.ts")],
    "legal_film_ranges": [MPV.format(f"--start=40 '{STATION}/films/2026/film.mp4'"), YT_DLP.format(f"{STATION}/films/2026/film.mp4"),
                          WGET_ON.format(f"{STATION}/films/2026/film.mp4", "film.mp4")],
    "legal_radio_players": [VLC.format(f"{RADIO}/jazz.m3u"), GSTREAMER.format(f"{RADIO}/jazz"), MPLAYER.format(f"{RADIO}/jazz")],
}


def make_media(folder):
    """A minute of pictures and sound at 40 kbit/s."""
    def ffmpeg(*words):
        subprocess.run(["ffmpeg", "-loglevel", "error", "-y", *words], check=True, cwd=folder)

    ffmpeg("-f", "lavfi", "-i", "testsrc=size=160x90:rate=5", "-f", "lavfi", "-i", "sine=frequency=440", "-t", "60", "-c:v", "libx264",
           "-preset", "veryfast", "-b:v", "24k", "-maxrate", "30k", "-bufsize", "30k", "-g", "20", "-c:a", "aac", "-b:a", "16k", "-ac", "1",
           "-metadata", "service_name=Kanal Vier", "-metadata", "service_provider=Kanal", "-f", "mpegts", "live.ts")
    ffmpeg("-i", "live.ts", "-c", "copy", "-movflags", "+faststart", "film.mp4")
    ffmpeg("-i", "live.ts", "-c", "copy", "film.mkv")
    ffmpeg("-i", "live.ts", "-c", "copy", "-f", "segment", "-segment_time", "4", "-segment_format", "mpegts", "segment%02d.ts")
    ffmpeg("-f", "lavfi", "-i", "sine=frequency=330", "-t", "60", "-c:a", "libmp3lame", "-b:a", "32k", "radio.mp3")
    for name in ("film.mp4", "film.mkv"):  # long enough for jumps and pieces: what follows is a void nobody plays
        with (folder / name).open("ab") as film:
            film.write(struct.pack(">I4s", 600 * 1024, b"free") + bytes(600 * 1024 - 8) if name.endswith("mp4") else
                       b"\xec" + struct.pack(">Q", 0x01 << 56 | (600 * 1024)) + bytes(600 * 1024))


def connection_of(frame):
    """The two ends of a TCP segment over IPv4 and Ethernet, and how many bytes it carries."""
    head = 14 + (frame[14] & 15) * 4
    size = struct.unpack_from("!H", frame, 16)[0] - (head - 14) - (frame[head + 12] >> 4) * 4
    ends = ((ipaddress.ip_address(frame[26:30]), *struct.unpack_from("!H", frame, head)),
            (ipaddress.ip_address(frame[30:34]), *struct.unpack_from("!H", frame, head + 2)))
    return tuple(sorted(ends)), size


def cut(path):
    """Keeps the first KEEP bytes of each connection's payload."""
    data, at, seen = path.read_bytes(), 24, {}
    parts = [data[:24]]
    while at < len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        ends, payload = connection_of(data[at + 16:at + 16 + size])
        if seen.get(ends, 0) < KEEP:
            parts.append(data[at:at + 16 + size])
        seen[ends] = seen.get(ends, 0) + payload
        at += 16 + size
    path.write_bytes(b"".join(parts))


def prepare(wire):
    """More addresses for the servers; their names for the client, and no resolver that it would wait for."""
    for address in ADDRESSES:
        if address != PANEL_AT:
            ip("-n", wire.sensor, "addr", "add", f"{address}/32", "dev", wire.listen_on)
            ip("-n", wire.sender, "route", "add", f"{address}/32", "dev", wire.send_to)
    etc = pathlib.Path("/etc/netns") / wire.sender
    (etc / "hosts").write_text("127.0.0.1 localhost\n" + "".join(f"{a} {names}\n" for a, names in ADDRESSES.items() if names))
    (etc / "nsswitch.conf").write_text("hosts: files\n")
    ip("-n", wire.sender, "link", "set", "lo", "up")


def record(wire, media, home, name, path):
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    home.chmod(0o777)
    with wire.run(wire.sensor, sys.executable, HERE / "player_server.py", media):
        time.sleep(1.0)
        with wire.captured(path):
            for command in SESSIONS[name]:
                wire.client(*AS_NOBODY, "env", f"HOME={home}", "sh", "-c", f"cd {home}; {command}", seconds=60)
                time.sleep(0.3)
    cut(path)


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)  # tcpdump gives its rights away
    wire = Wire()
    prepare(wire)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        scratch.chmod(0o755)
        media = scratch / "media"
        media.mkdir()
        make_media(media)
        for name in sys.argv[2:] or SESSIONS:
            path = folder / f"{name}.pcap"
            record(wire, media, scratch / "home", name, path)
            print(f"{path}: {path.stat().st_size} bytes, client {CLIENT}", flush=True)


if __name__ == "__main__":
    main()
