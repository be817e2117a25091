"""Whole sessions as captures: one client, one server, what was asked and answered, judged by the highest level."""
import json

from capture_maker import SERVER, Capture, answer, is_endless, request
from harness import Daemon, Suite, level_rank, scratch

PUBLIC, HOME = "203.0.113.10", "192.168.1.10"
BOX_AGENT = ("Mozilla/5.0 (QtEmbedded; U; Linux; C) AppleWebKit/533.3 (KHTML, like Gecko) MAG200 stbapp ver: 2 "
             "rev: 250 Safari/533.3")
BOX = [("Cookie", "mac=00:1A:79:4B:2C:6D; stb_lang=en; timezone=Europe/Paris"),
       ("X-User-Agent", "Model: MAG250; Link: WiFi")]
MINISTRA = "generated in: 0.014s; query counter: 7; cache hits: 1; cache miss: 0; php errors: 0; sql errors: 0;"


def get(target, host, **how):
    return request("GET", target, host, **how)


def json_answer(document, kind="application/json", **how):
    return answer(200, json.dumps(document, separators=(",", ":")).encode(), kind, **how)


def m3u(entries, **how):
    """`entries` are (title, URI) or (title, URI, what stands behind #EXTINF: until the comma)."""
    lines = ["#EXTM3U"]
    for title, uri, *information in entries:
        lines += [f"#EXTINF:{information[0] if information else -1},{title}", uri]
    return answer(200, ("\n".join(lines) + "\n").encode(), "audio/x-mpegurl", **how)


def hls(*segments, sequence=7):
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:10", f"#EXT-X-MEDIA-SEQUENCE:{sequence}"]
    for segment in segments:
        lines += ["#EXTINF:10.0,", segment]
    return answer(200, ("\n".join(lines) + "\n").encode(), "application/x-mpegurl")


def portal_call(base, host, call):
    return get(f"{base}?{call}&JsHttpRequest=1-xml", host, headers=BOX, agent=BOX_AGENT)


def portal_answer(js, text=MINISTRA, kind="application/json"):
    return json_answer({"js": js, "text": text} if text else {"js": js}, kind)


def portal_channels(count, host="localhost"):
    data = [{"id": str(i), "name": f"Channel {i}", "number": str(i), "cmd": f"ffmpeg http://{host}/ch/{i}_",
             "tv_genre_id": "1", "logo": "", "xmltv_id": "", "cmds": [], "use_http_tmp_link": 1,
             "tv_archive_duration": 0} for i in range(count)]
    return {"total_items": count, "max_page_items": 14, "selected_item": 0, "cur_page": 0, "data": data}


class Sessions:
    """Replays sessions one by one; a subclass says what is expected of each."""

    def __init__(self, build):
        self.suite, self.daemon, self.folder = Suite(), Daemon(build), scratch()

    def level(self, name, talks, server=PUBLIC, port=80, settings=(), clients=1):
        """`talks` is a list of (asked, told), or of callables on an open talk. Gives (rank, detections)."""
        made = Capture()
        for number in range(clients):
            talk = None
            for place, step in enumerate(talks):
                if talk is None:
                    talk = made.talk(f"198.51.100.{7 + number}", server, port, at=30 * number + place)
                if callable(step):
                    step(talk)
                else:
                    talk.exchange(*step)
                if not callable(step) and is_endless(step[1]) or place + 1 == len(talks):
                    talk.close(SERVER)
                    talk = None
        path = made.write(self.folder / f"{name.replace(' ', '_').replace('/', '_')}.pcap")
        done = self.daemon.replay(path, settings=("detection.min_level=observed", *settings))
        if done.code != 0:
            raise RuntimeError(f"vigied failed: {done}")
        return max((level_rank(event["level"]) for event in done.detections), default=0), done.detections


def summary(detections):
    return [(e["level"], e["score"], [x["sid"] for x in e["evidence"]]) for e in detections[-1:]]
