#!/usr/bin/env python3
"""Records the captures of tests/captures that show lists: for set-top boxes, in ranges, as .gz files.

usage: record_lists.py FOLDER [NAME...]

Needs root, tcpdump, curl, wget and ffmpeg. The clients are Debian's, where a box asks with the box's own agent; the
servers are list_server.py. Each session runs between two network namespaces with addresses of the documentation
prefixes; nothing else is on the wire.
"""
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from list_server import PANEL  # noqa: E402
from record_protos import SERVER, Wire  # noqa: E402

BOX = "Enigma2 HbbTV/1.1.1 (+PVR+RTSP+DL;OpenPLi;;;)"
ACCOUNT = f"username={PANEL.user}&password={PANEL.password}"
TV, FILES, HOME = "http://tv.panel.example:8080", "http://lists.example", "http://myhome.example:8001"
REFERENCE = "1:0:19:283D:3FB:1:C00000:0:0:0:"


def curl(*words):
    return ("curl", "-s", "-o", "/dev/null", *words)


def ranges(url, size, *cuts):
    """One curl that fetches all pieces at once."""
    command = ["curl", "-s", "-Z", "--parallel-immediate"]
    for number, (first, behind) in enumerate(zip((0, *cuts), (*cuts, size))):
        command += (["--next"] if number else []) + ["-s", "-o", "/dev/null", "-r", f"{first}-{behind - 1}", url]
    return tuple(command)


def session(kind, port, *clients):
    def record(wire, path):
        with wire.run(wire.sensor, sys.executable, HERE / "list_server.py", kind, SERVER, port):
            time.sleep(1.0)
            with wire.captured(path):
                for command in clients:
                    wire.client(*command, seconds=8)
                    time.sleep(0.3)
    return record


LENGTH = len(PANEL.playlist(800))
RECORDS = {
    "enigma2_box": session("panel", 8080,
                           ("wget", "-q", "-O", "/dev/null", f"{TV}/get.php?{ACCOUNT}&type=enigma216_script&output=mpegts"),
                           ("wget", "-q", "-O", "/dev/null", f"{TV}/get.php?{ACCOUNT}&type=enigma16&output=mpegts"),
                           curl("-A", BOX, f"{TV}/enigma2.php?{ACCOUNT}&type=get_live_streams&cat_id=0"),
                           curl("-A", BOX, "--max-time", "2", f"{TV}/live/{PANEL.user}/{PANEL.password}/1001.ts")),
    "lists_of_other_boxes": session("panel", 8080, *[
        ("wget", "-q", "-O", "/dev/null", f"{TV}/get.php?{ACCOUNT}&type={kind}&output=mpegts")
        for kind in ("simple", "ariva", "gst", "fps", "octagon", "webtvlist", "spark", "starlivev5", "zorro")]),
    "m3u_ranges_curl": session("files", 80, ranges(f"{FILES}/tv.m3u", LENGTH, LENGTH // 4, LENGTH // 2, LENGTH * 3 // 4)),
    "m3u_fetched_on": session("files", 80, ("wget", "-q", "-O", "/dev/null", f"{FILES}/cut.m3u")),
    "m3u_gz_file": session("files", 80, ("wget", "-q", "-O", "/dev/null", f"{FILES}/tv.m3u.gz")),
    "m3u_clear_keys": session("files", 80, curl("-A", "okhttp/4.9.2", f"{FILES}/sport.m3u")),
    "legal_enigma2_owner": session("box", 8001, curl(f"{HOME}/web/getservices?sRef=x"),
                                   curl(f"{HOME}/web/stream.m3u?ref={REFERENCE}&name=x"),
                                   ("ffmpeg", "-i", f"{HOME}/{REFERENCE}", "-t", "1", "-f", "null", "-")),
}


def main():
    folder, names = pathlib.Path(sys.argv[1]), sys.argv[2:] or list(RECORDS)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)  # tcpdump gives its rights away
    wire = Wire()
    for name in (wire.sender, wire.sensor):
        with (pathlib.Path("/etc/netns") / name / "hosts").open("a") as hosts:
            hosts.write(f"{SERVER} tv.panel.example lists.example myhome.example\n")
    for name in names:
        path = folder / f"{name}.pcap"
        RECORDS[name](wire, path)
        print(f"{path}: {path.stat().st_size} bytes", flush=True)


if __name__ == "__main__":
    main()
