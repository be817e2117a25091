#!/usr/bin/env python3
"""What people run at home, and see from outside: tuners, recorders, proxies, media servers, boxes, cameras
(signatures, section 10): none of it is suspected, on a private address or a public one, and nothing could be blocked.

usage: test_lookalikes_home.py BUILD
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
from capture_maker import Capture, answer  # noqa: E402
from harness import level_rank  # noqa: E402
from lookalike import (CLIENTS, Ask, Lookalikes, Site, View, binary, catalogue, documents, endless_ts,  # noqa: E402
                       fragment, hexadecimal, highest, html, master_list, media_list, mp4, noise, ok, png, redirect, segment,
                       token, uuid)
from sessions import summary  # noqa: E402
from stand_in import Panel, visit_panel  # noqa: E402

FREE = ("Das Erste HD", "ZDF HD", "RTL", "ProSieben", "arte", "La 1", "Antena 3", "Rai 1", "TF1", "France 2", "BBC ONE",
        "ITV1", "Channel 4", "RTP 1", "TVE", "3sat", "KiKA", "ORF 1", "SRF 1", "NPO 1")
EXPOSED = ("block.replay=true", "block.min_clients=1", "block.min_age=0", "block.min_watch=0", "block.require_verified=false")
VLC, KODI, LAVF = "VLC/3.0.20 LibVLC/3.0.20", "Kodi/20.2 (Linux; Android 11; SHIELD)", "Lavf/60.16.100"
EMBY = [("X-Emby-Token", hexadecimal(32))]
PLEX = [("X-Plex-Token", token(20)), ("X-Plex-Client-Identifier", uuid())]
CHALLENGE = answer(401, b"", None, [("WWW-Authenticate", 'Digest realm="tvheadend", qop=auth, nonce="abc", opaque="def"')])
BASIC = [("Authorization", "Basic dXNlcjpwYXNz")]
TVH = [("Server", "HTS/tvheadend")]


def names(count):
    return [f"{FREE[n % len(FREE)]}{f' {n}' if n >= len(FREE) else ''}" for n in range(count)]


def channels(uri, count=120, group="TV"):
    return [(f'tvg-id="{hexadecimal(32, n)}" tvg-chno="{n + 1}" group-title="{group}"', name, uri(n))
            for n, name in enumerate(names(count))]


def recorders():
    def tvheadend(address):
        base = f"http://{address}:9981"
        return [Ask("/playlist/auth/channels", CHALLENGE, KODI),
                Ask("/playlist/auth/channels.m3u?auth=" + token(24), catalogue(
                    channels(lambda n: f"{base}/stream/channelid/{n + 900}?auth={token(24)}&profile=pass"), headers=TVH), KODI),
                Ask("/playlist/tags", catalogue(channels(lambda n: f"{base}/playlist/tagid/{n}", 12), headers=TVH), KODI),
                Ask("/xmltv/channels", ok('<?xml version="1.0"?><tv generator-info-name="TVHeadend-4.3">'
                                          '<channel id="a"><display-name>DAZN 1</display-name></channel></tv>', "text/xml"), KODI),
                Ask("/stream/channelid/900?profile=pass", endless_ts("Das Erste HD", "ARD", headers=TVH), KODI, BASIC),
                Ask(f"/stream/channel/{hexadecimal(32)}", endless_ts(headers=TVH), KODI, BASIC),
                Ask(f"/stream/service/{hexadecimal(32, 1)}", endless_ts(headers=TVH), KODI, BASIC),
                Ask(f"/play/stream/channel/{hexadecimal(32)}?title=arte", catalogue(
                    channels(lambda n: f"{base}/stream/channelid/900?ticket={hexadecimal(40)}", 1), headers=TVH), VLC, BASIC),
                Ask(f"/dvrfile/{hexadecimal(32)}", binary(headers=TVH), VLC, BASIC)]
    yield Site("Tvheadend", tvheadend, None, 9981)
    yield Site("Tvheadend by its name", tvheadend, "home.dyndns.example", 9981)

    def tuner(address):
        lineup = [{"GuideNumber": f"{n}.1", "GuideName": name, "VideoCodec": "H264", "HD": 1,
                   "URL": f"http://{address}:5004/auto/v{n}"} for n, name in enumerate(names(120))]
        return [("/discover.json", documents({"FriendlyName": "HDHomeRun FLEX 4K", "DeviceID": "1080A1B2", "TunerCount": 4,
                                              "BaseURL": f"http://{address}:80", "LineupURL": f"http://{address}/lineup.json"})),
                ("/lineup.json", documents(lineup)), ("/lineup_status.json", documents({"ScanInProgress": 0})),
                Ask("/lineup.m3u", catalogue(channels(lambda n: f"http://{address}:5004/auto/v{n}")), VLC),
                Ask("/auto/v1", endless_ts(kind="video/mpeg"), VLC), Ask("/tuner0/v2", endless_ts(kind="video/mpeg"), VLC),
                Ask("/auto/v5.1?transcode=mobile", endless_ts(kind="video/mpeg"), VLC)]
    yield Site("HDHomeRun", tuner, None, 80)
    yield Site("HDHomeRun, streams", tuner, None, 5004)

    def nextpvr(address):
        return [("/services/service?method=channel.list&sid=plugin", ok(
            '<?xml version="1.0"?><rsp stat="ok"><channels><channel><id>1</id><name>arte</name></channel></channels></rsp>',
            "text/xml")), Ask(f"/live?channeloid=7531&client={uuid()}", endless_ts(), KODI)]
    yield Site("NextPVR", nextpvr, None, 8866)

    def channels_dvr(address):
        base = f"http://{address}:8089"
        return [Ask("/devices/ANY/channels.m3u", catalogue(channels(lambda n: f"{base}/devices/ANY/channels/{n}.1/hls/master.m3u8")),
                    VLC),
                Ask("/devices/ANY/channels/5.1/stream.mpg?format=ts&codec=copy", endless_ts(), VLC),
                Ask("/devices/ANY/channels/5.1/hls/master.m3u8", master_list(["live/1.m3u8"]), VLC),
                Ask("/devices/ANY/channels/5/hls/stream0.ts", segment(), VLC),
                Ask("/dvr/files/123/stream.mpg", endless_ts(), VLC)]
    yield Site("Channels DVR", channels_dvr, None, 8089)
    yield Site("playout of one's own films", lambda address: [
        Ask("/iptv/channels.m3u", catalogue(channels(lambda n: f"http://{address}:8409/iptv/channel/{n}.ts", 40)), VLC),
        Ask("/iptv/channel/1.ts", endless_ts(), VLC), Ask("/iptv/channel/2.m3u8?mode=segmenter", media_list(["/iptv/session/2/7.ts"]),
                                                          VLC),
        Ask("/iptv/session/2/7.ts", segment(), VLC), Ask("/video?channel=1", endless_ts(), VLC)], None, 8409)
    yield Site("multicast gateway", lambda address: [
        Ask("/tv.m3u", catalogue(channels(lambda n: f"http://{address}:4022/udp/239.255.0.{n + 1}:1234")), VLC),
        Ask("/udp/239.255.0.1:1234", endless_ts(kind="application/octet-stream", headers=[("Server", "udpxy 1.0-23.12 (prod)")]),
            VLC), Ask("/rtp/239.255.0.2:1234/", endless_ts(kind="application/octet-stream"), VLC),
        Ask("/status/", html("udpxy status"))], None, 4022)


def proxies():
    """Re-publishers of lists. Their Xtream API, too, is for the living room."""
    for name, list_path, port in (("xTeVe", "/m3u/xteve.m3u", 34400), ("Threadfin", "/m3u/threadfin.m3u", 34400)):
        yield Site(name, lambda address, port=port, list_path=list_path: [
            Ask(list_path, catalogue(channels(lambda n: f"http://{address}:{port}/stream/{hexadecimal(32, n)}")), VLC),
            ("/discover.json", documents({"BaseURL": f"http://{address}:{port}", "DeviceID": "FEB2CA2A", "TunerCount": 2,
                                          "FriendlyName": "proxy", "LineupURL": f"http://{address}:{port}/lineup.json"})),
            ("/lineup.json", documents([{"GuideName": name, "GuideNumber": str(n),
                                         "URL": f"http://{address}:{port}/stream/{hexadecimal(32, n)}"}
                                        for n, name in enumerate(names(90))])),
            ("/xmltv/xteve.xml", ok('<?xml version="1.0"?><tv generator-info-name="xTeVe"></tv>', "application/xml")),
            Ask(f"/stream/{hexadecimal(32, 1)}", endless_ts(), LAVF),
            Ask(f"/stream/{hexadecimal(32, 2)}", endless_ts("Service01", "FFmpeg"), LAVF)], None, port)
    yield Site("Dispatcharr without the Xtream API", lambda address: [
        Ask("/output/m3u/", catalogue(channels(lambda n: f"http://{address}:9191/proxy/ts/stream/{uuid(n)}")), VLC),
        ("/hdhr/lineup.json", documents([{"GuideNumber": str(n), "GuideName": x, "URL":
                                          f"http://{address}:9191/proxy/ts/stream/{uuid(n)}"} for n, x in enumerate(names(90))])),
        Ask(f"/proxy/ts/stream/{uuid(1)}", ok(noise(0) + segment().split(b"\r\n\r\n", 1)[1], "video/mp2t", chunked=True), VLC),
        ("/output/epg", ok('<?xml version="1.0"?><tv generator-info-name="Dispatcharr"></tv>', "application/xml"))], None, 9191)
    yield Site("m3u-editor without the Xtream API", lambda address: [
        Ask(f"/{uuid(3)}/playlist.m3u", catalogue(channels(lambda n: f"http://{address}:36400/stream/{uuid(n)}")), VLC),
        Ask(f"/stream/{uuid(1)}", endless_ts(), VLC)], None, 36400)


def media_servers():
    for name, port in (("Jellyfin", 8096), ("Emby", 8920)):
        yield Site(name, lambda address, port=port: [
            Ask("/Users/AuthenticateByName", documents({"User": {"Name": "anna", "Id": hexadecimal(32)}, "AccessToken":
                                                        hexadecimal(32), "ServerId": hexadecimal(32)}), method="POST",
                body=b'{"Username":"anna","Pw":"secret"}'),
            Ask(f"/LiveTv/Channels?UserId={hexadecimal(32)}", documents({"Items": [
                {"Name": x, "Id": hexadecimal(32, n), "ChannelNumber": str(n), "Type": "TvChannel"}
                for n, x in enumerate(names(120))], "TotalRecordCount": 120}), headers=EMBY),
            Ask(f"/LiveTv/LiveStreamFiles/{hexadecimal(32)}/stream.ts", endless_ts(), headers=EMBY),
            Ask(f"/Videos/{hexadecimal(32)}/master.m3u8?DeviceId=x&MediaSourceId={hexadecimal(32)}&api_key={hexadecimal(32)}",
                master_list([f"main.m3u8?api_key={hexadecimal(32)}"])),
            Ask(f"/Videos/{uuid()}/live.m3u8?api_key={hexadecimal(32)}", media_list([f"hls1/main/{n}.ts" for n in range(5)])),
            Ask(f"/Videos/{uuid()}/hls1/main/1.ts?api_key={hexadecimal(32)}", segment()),
            Ask(f"/videos/{uuid()}/hls/{hexadecimal(32)}/12.ts", segment()),
            Ask(f"/Videos/{hexadecimal(32)}/stream.mkv?static=true", mp4(kind="video/x-matroska")),
            Ask(f"/Items/{hexadecimal(32)}/Images/Primary", png())], None, port)
    yield Site("Plex", lambda address: [
        Ask("/livetv/sessions", documents({"MediaContainer": {"size": 1}}), headers=PLEX),
        Ask("/video/:/transcode/universal/start.m3u8?path=%2Flivetv%2Fsessions%2F1&X-Plex-Token=" + token(20),
            master_list(["session/a1b2c3/base/index.m3u8"]), headers=PLEX),
        Ask("/video/:/transcode/universal/session/a1b2c3/base/index.m3u8", media_list([f"{n:05d}.ts" for n in range(6)])),
        Ask("/video/:/transcode/universal/session/a1b2c3/base/00001.ts", segment()),
        Ask(f"/livetv/sessions/{uuid()}/{uuid(1)}/index.m3u8", media_list(["0.ts"])),
        Ask("/library/parts/4711/1700000000/file.mkv?download=1", mp4(kind="video/x-matroska")),
        Ask("/playlists/12/items.m3u8", media_list(["a.mp3"], ended=True))], None, 32400)
    yield Site("shelf of films", lambda address: [
        Ask("/MediaItems/1234.ts", segment(length=True), VLC), Ask("/MediaItems/12.mkv", mp4(kind="video/x-matroska"), VLC),
        Ask("/media/disk1/films/12.mkv", mp4(), VLC), Ask("/dlna/abc123/12345.ts", segment(), VLC)], None, 8200)
    yield Site("films in a cloud at home", [
        Ask("/remote.php/dav/files/anna/Filme/film.mp4", mp4()), Ask(f"/s/{token(15)}/download", mp4()),
        Ask("/webdav/series/Season1/12.mkv", mp4()), Ask(f"/d/{token(22)}/12.mp4", mp4())], "cloud.home.example", 5000)


def boxes():
    services = "\n".join(["#EXTM3U "] + [f"#EXTINF:-1,{x}\n#EXTVLCOPT:http-reconnect=true\n"
                                          f"http://{{address}}:8001/1:0:19:{n:X}:420:1:C00000:0:0:0:" for n, x in
                                          enumerate(names(120))])

    def box(address):
        body = services.replace("{address}", address)
        return [Ask("/web/about", ok('<?xml version="1.0" encoding="UTF-8"?><e2abouts><e2about></e2about></e2abouts>', "text/xml")),
                Ask("/web/getallservices", ok('<?xml version="1.0"?><e2servicelistrecursive></e2servicelistrecursive>', "text/xml")),
                Ask("/web/services.m3u?bRef=1:7:1:0:0:0:0:0:0:0:FROM%20BOUQUET", ok(body, "application/x-mpegurl"), VLC),
                Ask("/web/stream.m3u?ref=1:0:19:1:420:1:C00000:0:0:0:&name=arte", ok(
                    body[:body.index("#EXTINF", 20)], "application/x-mpegurl"), VLC),
                Ask("/web/epgservice?sRef=1:0:19:1", ok("<?xml version='1.0'?><e2eventlist></e2eventlist>", "text/xml")),
                Ask("/file?file=/etc/enigma2/userbouquet.favourites.tv", ok(
                    "#NAME Favourites (TV)\n" + "".join(f"#SERVICE 1:0:19:{n:X}:420:1:C00000:0:0:0:\n" for n in range(90)),
                    "application/octet-stream")), ("/grab?format=png", png())]
    yield Site("Enigma2 box, its interface", box, "box.dyndns.example", 80)
    yield Site("Enigma2 box, its streams", lambda address: [
        Ask("/1:0:19:1:420:1:C00000:0:0:0:", endless_ts("Das Erste HD", "ARD"), VLC, BASIC),
        Ask("/1:0:19:2B66:3F3:1:C00000:0:0:0:?bitrate=1000000", endless_ts("ZDF HD", "ZDFvision"), LAVF),
        Ask("/1:0:1:6DCA:44D:1:C00000:0:0:0:", endless_ts(), VLC)], None, 8001)
    yield Site("Enigma2 box, transcoded", lambda address: [
        Ask("/1:0:19:1:420:1:C00000:0:0:0:?width=720", endless_ts(), VLC)], None, 8002)
    yield Site("box's films", lambda address: [Ask("/file?file=/media/hdd/movie/20260131%202045.ts", segment(length=True), VLC),
                                               Ask("/web/ts.m3u?file=/media/hdd/movie/1.ts", catalogue(
                                                   [("", "1", f"http://{address}/file?file=/media/hdd/movie/1.ts")]), VLC)], None, 80)
    yield Site("television that plays from the phone", lambda address: [
        Ask("/content/media/external/video/12345.ts", segment(), VLC), Ask(f"/{uuid()}/{token(8)}/1", segment(), VLC)], None, 8089)


def cameras():
    mjpeg = ok(b"--frame\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff\xe0" + noise(9000), "multipart/x-mixed-replace; "
               "boundary=frame", length=False)
    for port in (80, 8000, 554, 34567, 37777):
        yield Site(f"cameras on port {port}", [
            ("/live/ch00_0", mjpeg), Ask("/h264/ch1/main/av_stream", endless_ts(), VLC), ("/api/stream.m3u8?camera=3&token=" +
             token(32), media_list(["seg_1.ts", "seg_2.ts"])), ("/mjpg/video.mjpg?resolution=640x480", mjpeg),
            ("/cgi-bin/mjpg/video.cgi?channel=1&subtype=1", mjpeg),
            Ask("/onvif/device_service", ok('<?xml version="1.0"?><s:Envelope></s:Envelope>', "application/soap+xml"), method="POST",
                body=b"<s:Envelope/>"), Ask("/live/cam1/main/1.m3u8", media_list(["1_1.ts", "1_2.ts"]), VLC),
            Ask("/live/camera2/sub/1", endless_ts(), VLC), Ask("/live/ipc01/hd/2.ts", endless_ts(), VLC),
            ("/ISAPI/Streaming/channels/101/httpPreview", mjpeg), Ask("/hls/garden.m3u8", media_list(["garden-1.ts"]), VLC),
            ("/snapshot.cgi?user=admin&pwd=secret", ok(b"\xff\xd8\xff\xe0" + noise(4000), "image/jpeg")),
            Ask("/live/0/hd/1", endless_ts(), VLC), Ask("/flv/live/ch0_0.flv", ok(b"FLV\x01\x05" + noise(4000), "video/x-flv",
                                                                                   length=False), VLC)], None, port)
    yield Site("list of a recorder's cameras", lambda address: [Ask("/cameras.m3u", catalogue(
        [("", f"Camera {n}", f"rtsp://admin:{token(8)}@{address}:554/Streaming/Channels/{n}01") for n in range(1, 65)] +
        [("", f"Web {n}", f"http://{address}:8000/live/cam{n}/main/1.m3u8") for n in range(1, 65)]), VLC)], None, 8000)


def groups():
    for group in (recorders, proxies, media_servers, boxes, cameras):
        yield from group()


class Home(Lookalikes):
    def xtream_at_home(self):
        """Who speaks the Xtream API in the living room: with the guard silent, without it never more than suspected."""
        panel = Panel("192.168.1.1", 9191)
        calls = [(panel.login_request(), panel.login_answer()), (panel.list_request(), panel.live_answer()),
                 (panel.playlist_request(), panel.playlist_answer())]
        sites = [Site("Dispatcharr with the Xtream API", [Ask(asked.split(b" ")[1].decode(), told, KODI)
                                                           for asked, told in calls] +
                      [Ask(f"/live/{panel.user}/{panel.password}/12.ts", endless_ts(), KODI)], None, 9191, "suspected")]
        self.run(sites, (View("private, guard off", ("192.168.1",), ("verdict.private_servers=true", *EXPOSED)),
                         View("private, guard on", ("192.168.1",), silent=True)))

    def upstream(self):
        """The proxy at home is nobody's business; the panel that it pulls from is judged like any other."""
        made = Capture()
        talk = made.talk("192.168.1.20", "192.168.1.10", 9191)
        home = Panel("192.168.1.10", 9191)
        talk.exchange(home.login_request(), home.login_answer())
        talk.exchange(home.playlist_request(), home.playlist_answer()).close()
        visit_panel(made, Panel("far.panel.example", 8080), CLIENTS[0], "203.0.113.10", at=3)
        done = self.daemon.replay(made.write(self.folder / "upstream.pcap"), settings=("detection.min_level=observed",))
        told = {event["server"]["ip"] for event in done.detections}
        self.suite.equal("a proxy's upstream is judged, the proxy is not", told, {"203.0.113.10"})
        self.suite.check("a proxy's upstream is suspected", highest(done.detections) >= level_rank("suspected"),
                         summary(done.detections))


if __name__ == "__main__":
    test = Home(sys.argv[1])
    test.xtream_at_home()
    test.upstream()
    sys.exit(test.run(groups()))
