#!/usr/bin/env python3
"""Whole sessions with a panel and with a portal, as several clients hold them, over channels of one's choice.

usage: whole_sessions.py [NAME...]   writes the captures content_*.pcap of tests/captures, the same bytes each time

The shapes are those of signatures.md 1.4, 2.3 and 3.1. The same software serves pirates and licensed operators: the
sessions differ in nothing but the channels' names.
"""
import pathlib
import sys
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from capture_maker import SERVER, Capture, answer, is_endless, ts_packets  # noqa: E402
from sessions import BOX_AGENT, MINISTRA, get, json_answer, portal_answer  # noqa: E402

CLIENTS = ("198.51.100.7", "198.51.100.39", "198.51.100.71")
BETWEEN = 2100.0  # seconds from one client to the next: the third comes more than an hour after the first
XTREAM, STALKER = "203.0.113.41", "203.0.113.42"
USERS = (("anneberlioz", "k7Ffq2Lw90"), ("marcduprat", "Zt51xxPq8s"), ("lucavilla", "9wEr44uyTa"))
OWN = ("Canal Comarca", "Comarca Deporte Local", "Pleno Municipal", "Comarca Info", "Fiestas y Tradiciones")
FREE = ("La 1", "La 2", "24h", "Clan", "Teledeporte", "Antena 3", "Cuatro", "Telecinco", "laSexta", "Neox", "Nova", "Mega",
        "TRECE", "Energy", "DMAX", "France 2", "France 3", "Arte", "TF1", "Rai Uno", "Das Erste", "ZDF")
# Of six holders; no country has an operator that sells the channels of all.
PAY = ("DAZN 1", "M+ LaLiga", "CANAL+ Sport", "Sky Sports Main Event", "DAZN LaLiga", "DAZN F1", "M+ Liga de Campeones",
       "CANAL+ Foot", "CANAL+ Premier League", "Sky Sports Cricket", "beIN Sports 1", "SuperSport Rugby")


def live_items(names):
    return [{"num": number, "name": name, "stream_type": "live", "stream_id": 700 + number, "stream_icon": "",
             "epg_channel_id": f"ch{number}", "added": "1704067200", "custom_sid": "", "tv_archive": 0, "direct_source": "",
             "tv_archive_duration": 0, "category_id": str(1 + number % 3), "thumbnail": ""}
            for number, name in enumerate(names, 1)]


def categories(names):
    return [{"category_id": str(number), "category_name": name, "parent_id": 0} for number, name in enumerate(names, 1)]


def playlist(names, base, groups):
    lines = ["#EXTM3U"]
    for number, name in enumerate(names, 1):
        lines.append(f'#EXTINF:-1 tvg-id="ch{number}" tvg-name="{name}" tvg-logo="" '
                     f'group-title="{groups[number % len(groups)]}",{name}')
        lines.append(f"{base}/{700 + number}.ts")
    return "\r\n".join(lines).encode() + b"\r\n"


def endless(name):
    return answer(200, ts_packets(60, name, "Provider"), "video/mp2t", [("Connection", "close")], length=False)


def xtream(names, authority="tv.servicio.example:8080", user=USERS[0], groups=("GENERAL", "DEPORTES", "CINE")):
    """What a player asks an Xtream panel for, from its login to a channel."""
    account = f"username={user[0]}&password={user[1]}"
    host, _, port = authority.partition(":")
    login = {"user_info": {"username": user[0], "password": user[1], "message": "", "auth": 1, "status": "Active",
                           "exp_date": "1795300000", "is_trial": "0", "active_cons": "0", "created_at": "1704067200",
                           "max_connections": "1", "allowed_output_formats": ["m3u8", "ts"]},
             "server_info": {"url": host, "port": port or "80", "https_port": "25463", "server_protocol": "http",
                             "rtmp_port": "25462", "timezone": "Europe/Madrid", "timestamp_now": 1769892300,
                             "time_now": "2026-01-31 20:45:00", "process": True}}
    sent = [("Content-Description", "File Transfer"),
            ("Content-Disposition", f'attachment; filename="playlist_{user[0]}_plus.m3u"')]
    base = f"http://{authority}/live/{user[0]}/{user[1]}"
    return [(get(f"/player_api.php?{account}", authority), json_answer(login)),
            (get(f"/player_api.php?{account}&action=get_live_categories", authority), json_answer(categories(groups))),
            (get(f"/player_api.php?{account}&action=get_live_streams", authority), json_answer(live_items(names))),
            (get(f"/get.php?{account}&type=m3u_plus&output=ts", authority),
             answer(200, playlist(names, base, groups), "application/octet-stream", sent)),
            (get(f"/live/{user[0]}/{user[1]}/702.ts", authority), endless(names[1]))]


def stalker(names, authority="portal.servicio.example", box=0, genuine=False, genres=("GENERAL", "DEPORTES", "CINE")):
    """What a box asks a portal for, from its handshake to a channel: one that a panel imitates, or the genuine one."""
    mac = f"00:1A:79:4B:2C:{0x60 + box:02X}"
    base = "/stalker_portal/server/load.php" if genuine else "/c/portal.php"
    sent = [("Cookie", f"mac={urllib.parse.quote(mac)}; stb_lang=es; timezone=Europe%2FMadrid"),
            ("X-User-Agent", "Model: MAG250; Link: WiFi")]
    data = [{"id": str(700 + number), "name": name, "number": str(number), "cmd": f"ffmpeg http://localhost/ch/{700 + number}_",
             "tv_genre_id": str(1 + number % len(genres)), "logo": "", "xmltv_id": "", "cmds": [], "use_http_tmp_link": 1,
             "tv_archive_duration": 0, "censored": 0, "allow_pvr": 0, "open": 1} for number, name in enumerate(names, 1)]
    played = (f"/ch/702?token={'5e' * 20}" if genuine else
              f"/play/live.php?mac={mac}&stream=702&extension=ts&play_token=Xk29aQw{box}Lm")
    calls = [("type=stb&action=handshake&token=", {"token": ("A9" if genuine else "b64tokn") * 16, "random": "3c" * 20}),
             ("type=stb&action=get_profile&hd=1&num_banks=2&stb_type=MAG250", {
                 "id": "17", "name": "", "stb_type": "MAG250", "num_banks": "2", "image_version": "218", "watchdog_timeout": 120,
                 "parent_password": "0000", "storages": {}, "fav_itv_on": "0"}),
             ("type=itv&action=get_genres", [{"id": "*", "title": "All", "alias": "All"}] + [
                 {"id": str(number), "title": genre, "alias": genre} for number, genre in enumerate(genres, 1)]),
             ("type=itv&action=get_all_channels", {"total_items": len(data), "max_page_items": 14, "selected_item": 0,
                                                    "cur_page": 0, "data": data}),
             ("type=itv&action=create_link&cmd=ffmpeg%20http%3A%2F%2Flocalhost%2Fch%2F702_&series=&forced_storage=undefined",
              {"id": "702", "cmd": f"ffmpeg http://{authority}{played}", "streamer_id": 0, "link_id": 0, "load": 0, "error": ""})]
    steps = [(get(f"{base}?{call}&JsHttpRequest=1-xml", authority, headers=sent, agent=BOX_AGENT),
              portal_answer(js, MINISTRA if genuine else None, "application/json" if genuine else "text/javascript"))
             for call, js in calls]
    return [*steps, (get(played, authority, headers=sent, agent=BOX_AGENT), endless(names[1]))]


def record(sessions, server, port, between=BETWEEN):
    """One client for each session; a connection ends with the answer that has no length."""
    made = Capture()
    for number, steps in enumerate(sessions):
        talk = None
        for place, (asked, told) in enumerate(steps):
            if talk is None:
                talk = made.talk(CLIENTS[number], server, port, at=between * number + place)
            talk.exchange(asked, told)
            if is_endless(told):
                talk.close(SERVER)
                talk = None
        if talk is not None:
            talk.close()
    return made


def xtream_capture(names, **how):
    return record([xtream(names, user=user, **how) for user in USERS], XTREAM, 8080)


def stalker_capture(names, **how):
    return record([stalker(names, box=box, **how) for box in range(3)], STALKER, 80)


CAPTURES = {"content_xtream_pay": lambda: xtream_capture(PAY + FREE[:8]), "content_xtream_own": lambda: xtream_capture(OWN + FREE),
            "content_stalker_pay": lambda: stalker_capture(PAY + FREE[:8]), "content_stalker_own": lambda: stalker_capture(OWN + FREE)}


def main():
    for name in sys.argv[1:] or CAPTURES:
        print(CAPTURES[name]().write(HERE.parent / "captures" / f"{name}.pcap"))


if __name__ == "__main__":
    main()
