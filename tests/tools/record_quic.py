#!/usr/bin/env python3
"""Records tests/captures/quic_gtls.pcap: ngtcp2's client at its server, over version 1 and draft 29, with a Retry, and where nobody is.

usage: record_quic.py FOLDER

Needs root, tcpdump, openssl, and gtlsclient and gtlsserver (ngtcp2-client, ngtcp2-server). What is recorded is never
the same twice, so the capture is kept and this file tells how it came about.
"""
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from record_protos import SERVER, Wire  # noqa: E402

PORT, RETRY_PORT, CLOSED_PORT = "443", "4433", "4434"


def main():
    folder = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as made:
        made = pathlib.Path(made)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
                        "-subj", "/CN=panel.example", "-keyout", made / "key.pem", "-out", made / "cert.pem"], check=True, capture_output=True)
        (made / "index.html").write_text("nothing here\n")
        made.chmod(0o755)
        wire = Wire()
        common = [f"--htdocs={made}", "--quiet"]
        with wire.run(wire.sensor, "gtlsserver", *common, SERVER, PORT, made / "key.pem", made / "cert.pem"), \
             wire.run(wire.sensor, "gtlsserver", *common, "-V", SERVER, RETRY_PORT, made / "key.pem", made / "cert.pem"):
            time.sleep(1)
            with wire.captured(folder / "quic_gtls.pcap"):
                for words in (["panel.example", PORT], ["-v", "0xff00001d", "video.example", PORT], ["panel.example", RETRY_PORT],
                              ["camera.example", CLOSED_PORT]):
                    host, port = words[-2:]
                    wire.client("gtlsclient", "--quiet", "--exit-on-all-streams-close", "--timeout=2s", "--handshake-timeout=2s",
                                *words[:-2], host, port, f"https://{host}/index.html", seconds=5)
        wire.close()


if __name__ == "__main__":
    main()
