#!/usr/bin/env python3
"""Records the captures of tests/captures that are neither HTTP panels nor TLS: card sharing, RTMP, RTSP, Ace Stream.

usage: record_protos.py FOLDER [NAME...]

Needs root, tcpdump, ffmpeg, rtmpdump, vlc, curl and nginx with libnginx-mod-rtmp. Each session runs between two
network namespaces with addresses of the documentation prefixes; nothing else is on the wire. What is recorded is
never the same twice, so the captures are kept and this file tells how they came about.
"""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from netns import Pair, ip  # noqa: E402

CLIENT, SERVER = "198.51.100.7", "203.0.113.10"
HOSTS = ("panel.example", "video.example", "camera.example", "ace.example", "origin.example")
NGINX = """
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 64; }}
rtmp {{ server {{ listen 1935; listen 25462; application live {{ live on; record off; }} }} }}
"""
PICTURE = ["-re", "-f", "lavfi", "-i", "testsrc=size=160x90:rate=10", "-c:v", "libx264", "-preset", "ultrafast",
           "-g", "10", "-b:v", "60k", "-pix_fmt", "yuv420p"]
ACCOUNT = "username=rosalind&password=dna1953"
CONTENT = "dd1e67078381739d14beca697356ab76d49d1a2d"
AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")  # VLC does not run as root
PANEL_AGENT = "Xtream-Codes IPTV Panel Pro"


class Wire(Pair):
    """The client in one namespace, the server and the sensor in the other."""

    def __init__(self):
        super().__init__()
        for name, device, own, other in ((self.sender, self.send_to, CLIENT, SERVER),
                                         (self.sensor, self.listen_on, SERVER, CLIENT)):
            ip("-n", name, "addr", "add", f"{own}/32", "dev", device)
            ip("-n", name, "route", "add", f"{other}/32", "dev", device)
            ip("-n", name, "link", "set", device, "mtu", "1500")
            etc = pathlib.Path("/etc/netns") / name
            etc.mkdir(parents=True, exist_ok=True)
            (etc / "hosts").write_text("127.0.0.1 localhost\n" + "".join(f"{SERVER} {host}\n" for host in HOSTS))
            subprocess.run(["ip", "netns", "exec", name, "ethtool", "-K", device, "tso", "off", "gso", "off", "gro", "off"],
                           capture_output=True)

    def close(self):
        for name in (self.sender, self.sensor):
            shutil.rmtree(f"/etc/netns/{name}", ignore_errors=True)
        super().close()

    @contextlib.contextmanager
    def run(self, where, *command, **how):
        """A process in a namespace, ended with the block."""
        process = subprocess.Popen(["ip", "netns", "exec", where, *map(str, command)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, **how)
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)

    def client(self, *command, seconds=20):
        """One client, ended after its time at the latest."""
        with self.run(self.sender, *command) as process, contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)

    @contextlib.contextmanager
    def captured(self, path):
        with self.run(self.sensor, "tcpdump", "-i", self.listen_on, "-U", "-s", "0", "-w", path, "tcp or udp"):
            time.sleep(1.0)
            yield
            time.sleep(1.0)


def cards(name, port, seconds):
    def record(wire, path):
        tool = HERE / "card_sharing.py"
        with wire.run(wire.sensor, sys.executable, tool, "server", name, SERVER, port):
            time.sleep(0.5)
            with wire.captured(path):
                wire.client(sys.executable, tool, "client", name, SERVER, port, seconds, seconds=seconds + 10)
    return record


@contextlib.contextmanager
def rtmp_server(wire, *streams):
    """nginx with its RTMP module, and somebody who publishes on its loopback."""
    folder = tempfile.mkdtemp()
    config = pathlib.Path(folder) / "nginx.conf"
    config.write_text(NGINX.format(folder=folder))
    with contextlib.ExitStack() as stack:
        stack.enter_context(wire.run(wire.sensor, "nginx", "-c", config, "-p", folder))
        time.sleep(1.0)
        for stream in streams:
            stack.enter_context(wire.run(wire.sensor, "ffmpeg", *PICTURE, "-f", "flv", f"rtmp://127.0.0.1/live/{stream}"))
        time.sleep(2.0)
        yield
    shutil.rmtree(folder, ignore_errors=True)


def play_rtmp(url, tool):
    def record(wire, path):
        with rtmp_server(wire, "4711", "nordtv"), wire.captured(path):
            if tool == "rtmpdump":
                wire.client("rtmpdump", "--live", "--stop", "2", "-r", url.rsplit("/", 1)[0], "-y", url.rsplit("/", 1)[1],
                            "-o", "/dev/null", seconds=8)
            else:
                wire.client("ffmpeg", "-i", url, "-t", "2", "-f", "null", "-", seconds=12)
    return record


def publish_rtmp(wire, path):
    with rtmp_server(wire), wire.captured(path):
        wire.client("ffmpeg", *PICTURE, "-t", "3", "-f", "flv", "rtmp://video.example/live/live_5ecret_key", seconds=12)


def rtsp(sout, url):
    def record(wire, path):
        folder = tempfile.mkdtemp()
        os.chmod(folder, 0o777)
        source = pathlib.Path(folder) / "source.ts"
        subprocess.run(["ffmpeg", *PICTURE[1:], "-t", "20", "-f", "mpegts", source], capture_output=True, check=True)
        environment = {**os.environ, "HOME": folder}
        with wire.run(wire.sensor, *AS_NOBODY, "cvlc", "-I", "dummy", "--loop", source, "--sout", sout, env=environment):
            time.sleep(3.0)
            with wire.captured(path):
                wire.client("ffmpeg", "-i", url, "-t", "2", "-f", "null", "-", seconds=12)
        shutil.rmtree(folder, ignore_errors=True)
    return record


def http(address, *clients):
    def record(wire, path):
        with wire.run(wire.sensor, sys.executable, HERE / "ace_stand_in.py", SERVER, address):
            time.sleep(1.0)
            with wire.captured(path):
                for command in clients:
                    wire.client(*command, seconds=8)
    return record


ACE = "http://ace.example:6878"
RECORDS = {
    "cardsharing_cccam": cards("cccam", 12000, 50),
    "cardsharing_newcamd": cards("newcamd", 15000, 65),
    "cardsharing_camd35": cards("camd35", 21100, 65),
    "cardsharing_cs378x": cards("cs378x", 21200, 65),
    "cardsharing_radegast": cards("radegast", 678, 15),
    "rtmp_panel_ffmpeg": play_rtmp(f"rtmp://panel.example:25462/live/4711?{ACCOUNT}", "ffmpeg"),
    "rtmp_panel_rtmpdump": play_rtmp(f"rtmp://panel.example:25462/live/4711?{ACCOUNT}", "rtmpdump"),
    "legal_rtmp_broadcaster": play_rtmp("rtmp://video.example/live/nordtv", "ffmpeg"),
    "legal_rtmp_publish": publish_rtmp,
    "rtsp_mpegts_vlc": rtsp("#rtp{mux=ts,sdp=rtsp://203.0.113.10:8554/tv}", "rtsp://video.example:8554/tv"),
    "legal_rtsp_camera": rtsp("#rtp{sdp=rtsp://203.0.113.10:8554/live/ch00_0}", "rtsp://camera.example:8554/live/ch00_0"),
    "p2p_ace_engine": http(6878, ("curl", "-s", f"{ACE}/webui/api/service?method=get_version"),
                           ("curl", "-s", f"{ACE}/ace/getstream?id={CONTENT}&format=json"),
                           ("ffmpeg", "-i", f"{ACE}/ace/getstream?id={CONTENT}", "-t", "1", "-f", "null", "-"),
                           (*AS_NOBODY, "cvlc", "-I", "dummy", "--play-and-exit", "--run-time", "2", "--vout", "dummy", "--aout",
                            "dummy", f"{ACE}/ace/manifest.m3u8?id={CONTENT}")),
    "upstream_panel_ffmpeg": http(80, ("ffmpeg", "-user_agent", PANEL_AGENT, "-i", "http://origin.example/nordtv1/mpegts",
                                       "-t", "1", "-f", "null", "-")),
}


def main():
    folder, names = pathlib.Path(sys.argv[1]), sys.argv[2:] or list(RECORDS)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)  # tcpdump gives its rights away
    wire = Wire()
    for name in names:
        path = folder / f"{name}.pcap"
        RECORDS[name](wire, path)
        print(f"{path}: {path.stat().st_size} bytes", flush=True)


if __name__ == "__main__":
    main()
