"""Two network namespaces joined by a veth pair, for live tests: what one sends, the other's sensor sees.

Needs root. Names carry the process id and a count, so that tests run side by side.
"""
import atexit
import ctypes
import itertools
import os
import socket
import subprocess
import threading
import time

COUNT = itertools.count()
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def ip(*words):
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Pair:
    """`sender` and `sensor` are namespaces, `send_to` and `listen_on` the ends of the pair in them."""

    def __init__(self):
        stem = f"vg{os.getpid()}{chr(97 + next(COUNT) % 26)}"
        self.sender, self.sensor = f"{stem}-out", f"{stem}-in"
        self.send_to, self.listen_on = f"{stem}0", f"{stem}1"
        atexit.register(self.close)
        for name in (self.sender, self.sensor):
            ip("netns", "add", name)
            # No neighbour discovery: a quiet link must be quiet.
            subprocess.run(["ip", "netns", "exec", name, "sh", "-c",
                            "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6;"
                            "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6"], capture_output=True)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", self.sender, "link", "add", self.send_to, "type", "veth", "peer", "name", self.listen_on,
           "netns", self.sensor)
        for name, device in ((self.sender, self.send_to), (self.sensor, self.listen_on)):
            ip("-n", name, "link", "set", device, "mtu", "9000")
            ip("-n", name, "link", "set", device, "up")

    def close(self):
        for name in (self.sender, self.sensor):
            subprocess.run(["ip", "netns", "del", name], capture_output=True)

    def send(self, capture, *options):
        """Replays a capture onto the wire at its own pace, or as `options` of tcpreplay say."""
        command = ["ip", "netns", "exec", self.sender, "tcpreplay", "--quiet", *options, "-i", self.send_to, str(capture)]
        done = subprocess.run(command, capture_output=True, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"tcpreplay: {done.stderr.decode(errors='replace')}")

    def inside(self, make):
        """What `make()` returns when called in the sensor's namespace: sockets keep theirs."""
        results = []

        def work():
            with open(f"/run/netns/{self.sensor}") as handle:
                if LIBC.setns(handle.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            results.append(make())

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return results[0]

    def watch(self):
        return Watch(self.inside(lambda: packet_socket(self.listen_on)))

    def get(self, port, path):
        """One HTTP/1.0 request to the sensor's loopback; status line, head and body as bytes."""
        with self.inside(lambda: socket.create_connection(("127.0.0.1", port), 5)) as link:
            link.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
            parts = []
            while part := link.recv(65536):
                parts.append(part)
        return b"".join(parts)


def packet_socket(device):
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
    link.bind((device, 0))
    return link


class Watch:
    """Notes when the first packet with given bytes arrives, beside the sensor and without it."""

    def __init__(self, link):
        self.link, self.seen, self.stopped = link, [], False
        link.settimeout(0.1)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while not self.stopped:
            try:
                data = self.link.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                return
            self.seen.append((time.time(), data))

    def first(self, wanted):
        return next((when for when, data in self.seen if wanted in data), None)

    def close(self):
        self.stopped = True
        self.link.close()
