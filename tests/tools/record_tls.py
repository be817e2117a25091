#!/usr/bin/env python3
"""Records the captures of TLS in tests/captures: versions, certificates, refusals, tunnels and STARTTLS.

usage: record_tls.py FOLDER [NAME...]

Needs root, tcpdump, openssl, curl and chromium. Each session runs between two network namespaces with addresses of the
documentation prefixes (record_protos.py). Certificates are made anew each time, so the captures are kept and this file
tells how they came about.
"""
import contextlib
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from record_protos import SERVER, Wire  # noqa: E402

PANEL = "/C=UK/ST=London/L=London/O=XUI.one/OU=XUI.one/CN=XUI.one/emailAddress=support@xui.one"
OLD = ("-cipher", "DEFAULT@SECLEVEL=0")  # TLS 1.0 and 1.1 are off by default
TALKS = {  # what a server of each protocol says before TLS
    "smtp": ((None, b"220 mail.example ESMTP\r\n"), (b"EHLO", b"250-mail.example\r\n250 STARTTLS\r\n"),
             (b"STARTTLS", b"220 Go ahead\r\n")),
    "pop3": ((None, b"+OK ready\r\n"), (b"STLS", b"+OK\r\n")),
    "imap": ((None, b"* OK ready\r\n"), (b"CAPABILITY", b"* CAPABILITY IMAP4rev1 STARTTLS\r\n. OK done\r\n"),
             (b"STARTTLS", b". OK go\r\n")),
    "ftp": ((None, b"220 ready\r\n"), (b"AUTH TLS", b"234 go\r\n")),
}


def openssl(*command):
    subprocess.run(["openssl", *map(str, command)], check=True, capture_output=True)


def make_certificates(folder):
    """One that an authority made for video.example, and one as panels bring it along."""
    authority, video, panel = (folder / name for name in ("authority", "video", "panel"))
    key = ("-newkey", "rsa:2048", "-nodes", "-keyout")
    openssl("req", "-x509", *key, f"{authority}.key", "-out", f"{authority}.crt", "-days", 3650,
            "-subj", "/C=FR/O=Test Authority/CN=Test Root")
    openssl("req", *key, f"{video}.key", "-out", f"{video}.csr", "-subj", "/C=FR/O=Video/CN=video.example")
    (folder / "names").write_text("subjectAltName=DNS:video.example,DNS:*.video.example")
    openssl("x509", "-req", "-in", f"{video}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
            "-CAcreateserial", "-days", 3650, "-extfile", folder / "names", "-out", f"{video}.crt")
    openssl("req", "-x509", *key, f"{panel}.key", "-out", f"{panel}.crt", "-days", 3650, "-subj", PANEL)


@contextlib.contextmanager
def serving(wire, folder, port, name, *options):
    with wire.run(wire.sensor, "openssl", "s_server", "-accept", f"{SERVER}:{port}", "-cert", folder / f"{name}.crt",
                  "-key", folder / f"{name}.key", "-www", *options):
        time.sleep(0.7)
        yield


def ask(wire, port, name, *options):
    wire.client("openssl", "s_client", "-connect", f"{SERVER}:{port}", "-servername", name, *options, seconds=5)


def versions(wire, folder, path):
    with contextlib.ExitStack() as stack:
        stack.enter_context(serving(wire, folder, 443, "video", *OLD, "-alpn", "h2,http/1.1"))
        stack.enter_context(wire.captured(path))
        ask(wire, 443, "video.example", "-tls1", *OLD)
        ask(wire, 443, "video.example", "-tls1_1", *OLD)
        ask(wire, 443, "www.video.example", "-tls1_2", "-alpn", "http/1.1")
        ask(wire, 443, "VIDEO.example", "-tls1_3", "-alpn", "h2")
        ask(wire, 443, "video.example", "-alpn", ",".join(f"a-protocol-of-a-long-name-{i}" for i in range(60)))
        ask(wire, 443, "another.example", "-tls1_2")
        ask(wire, 443, "video.example", "-tls1_2", "-sess_out", folder / "session")
        ask(wire, 443, "video.example", "-tls1_2", "-sess_in", folder / "session")
        wire.client("curl", "-sk", "--resolve", f"tv.video.example:443:{SERVER}", "https://tv.video.example/", seconds=5)
        wire.client("curl", "-sk", f"https://{SERVER}/", seconds=5)


def panel(wire, folder, path):
    """As XUI.one's nginx is set up: no TLS 1.3, its own certificate, and a name that it does not take."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(serving(wire, folder, 25463, "panel", "-no_tls1_3"))
        strict = ("-servername", "panel.example", "-servername_fatal", "-cert2", folder / "video.crt", "-key2", folder / "video.key")
        stack.enter_context(serving(wire, folder, 8443, "panel", *strict))
        stack.enter_context(wire.captured(path))
        wire.client("curl", "-sk", "https://panel.example:25463/player_api.php", seconds=5)
        wire.client("curl", "-sk", f"https://{SERVER}:25463/", seconds=5)
        ask(wire, 8443, "wrong.example")


def browser(wire, folder, path):
    """Its hello is larger than a segment: it has a key against quantum computers."""
    with serving(wire, folder, 443, "video"), wire.captured(path), tempfile.TemporaryDirectory() as profile:
        pathlib.Path(profile).chmod(0o777)
        wire.client("chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--dump-dom",
                    "--ignore-certificate-errors", "--disable-background-networking", "https://video.example/", seconds=20)


def talk(connection, protocol, context):
    for word, answer in TALKS[protocol]:
        while word is not None and word not in connection.recv(4096).upper():
            pass
        connection.sendall(answer)
    with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as inner:
        inner.recv(1)


def relay(connection):
    """CONNECT as proxies grant it; the server is on this host."""
    head = connection.recv(4096)
    port = int(head.split(b" ", 2)[1].rsplit(b":", 1)[1])
    with socket.create_connection((SERVER, port)) as onward:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=pump, args=(onward, connection), daemon=True)
        back.start()
        pump(connection, onward)
        back.join(5)


def pump(source, target):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def stand_in(folder, kind, port):
    """In the server's namespace, by main() itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/video.crt", f"{folder}/video.key")
    with socket.create_server((SERVER, port)) as listener:
        while True:
            connection = listener.accept()[0]
            handler = (relay, (connection,)) if kind == "proxy" else (talk, (connection, kind, context))
            threading.Thread(target=handler[0], args=handler[1], daemon=True).start()


def tunnels(wire, folder, path):
    ports = {"proxy": 3128, "smtp": 587, "pop3": 110, "imap": 143, "ftp": 21}
    with contextlib.ExitStack() as stack:
        for kind, port in ports.items():
            stack.enter_context(wire.run(wire.sensor, sys.executable, __file__, "--stand-in", folder, kind, port))
        stack.enter_context(serving(wire, folder, 443, "video", "-tls1_2"))
        time.sleep(0.5)
        stack.enter_context(wire.captured(path))
        wire.client("curl", "-skp", "-x", f"http://{SERVER}:3128", "https://video.example/", seconds=5)
        for kind in TALKS:
            ask(wire, ports[kind], "mail.example", "-starttls", kind, "-tls1_2" if kind != "smtp" else "-tls1_3")


RECORDS = {"tls_versions": versions, "tls_panel_certificate": panel, "tls_chromium": browser, "tls_tunnels": tunnels}


def main():
    if sys.argv[1] == "--stand-in":
        stand_in(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    target, names = pathlib.Path(sys.argv[1]), sys.argv[2:] or list(RECORDS)
    target.mkdir(parents=True, exist_ok=True)
    target.chmod(0o777)  # tcpdump gives its rights away
    wire = Wire()
    with tempfile.TemporaryDirectory() as folder:
        make_certificates(pathlib.Path(folder))
        for name in names:
            path = target / f"{name}.pcap"
            RECORDS[name](wire, pathlib.Path(folder), path)
            print(f"{path}: {path.stat().st_size} bytes", flush=True)


if __name__ == "__main__":
    main()
